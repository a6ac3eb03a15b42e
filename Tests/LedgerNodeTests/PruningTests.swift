import Encoding
import Ledger
import Storage
import TestSupport
import Testing
import Web

@testable import LedgerNode

@Suite(.serialized, .timeLimit(.minutes(10))) struct PruningTests {
    /// Bytes of a node's databases on the disk.
    private static func size(_ configuration: NodeConfiguration) throws -> Int64 {
        try DurableFolder.names(in: configuration.data).reduce(0) {
            $0 + DurableFolder.byteCount(of: "\(configuration.data)/\($1)")
        }
    }

    /// What is dropped is told from what never was, and what proofs need is there.
    private static func checkAnswers(_ network: TestNetwork) async throws {
        let gone = try await network.send("GET", "/v1/blocks/2", to: 0)
        #expect(gone.status == 410)
        let sealed = try await network.get("/v1/blocks/2/certificate", from: 0)
        #expect(sealed["certificate"]?["height"] == 2, "evidence about it is still taken")
        let none = try await network.send("GET", "/v1/blocks/7777/certificate", to: 0)
        #expect(none.status == 404)
        let proof = try await network.send("GET", "/v1/elections/1/certificate", to: 0)
        #expect(proof.status == 200)
        let results = try await network.send(
            "GET", "/v1/results?before=\(SystemClock.now().rfc3339)&proof=true", to: 0)
        #expect(results.status == 200)
        let past = try await network.send(
            "GET",
            "/v1/results?before=\(SystemClock.now().adding(milliseconds: -86_400_000).rfc3339)",
            to: 0)
        #expect(past.status == 410)
        // In this order, as blocks go on being dropped.
        let kept = try await network.get("/v1/status", from: 0)["keptFrom"]?.uint64Value ?? 0
        let lists = try await network.get("/v1/blocks", from: 0)
        for entry in lists["blocks"]?.arrayValue ?? [] {
            #expect((entry["height"]?.uint64Value ?? 0) >= kept - 32)
            #expect((entry["height"]?.uint64Value ?? 0) > 2)
        }
    }

    @Test func `dropped blocks give their space back, and what proofs need stays`() async throws {
        let network = try await TestNetwork {
            $0.others = 1
            $0.electionInterval = 8
            $0.heartbeat = 60
        }
        var configuration = network.nodes[0].configuration
        configuration.retainBlocks = 16
        let events = EventLog()
        let start = { (configuration: NodeConfiguration) in
            try await LedgerNodeServer.start(
                configuration: configuration,
                surroundings: LedgerNodeServer.Surroundings(log: events.append))
        }
        // All blocks are kept at first, in a file that can shrink later.
        configuration.retainBlocks = 1_000_000
        let keeper = try await start(configuration)
        let code = try await network.run(
            try network.sign(
                .candidateAdd([try network.candidacy(of: 0)]), by: network.nodes[0].pair,
                sequence: 0), at: 0)
        #expect(code == "ok")
        let content = String(repeating: "twelve bytes", count: 1_300)
        for sequence in 0..<40 {
            let data = try network.sign(
                .data(content: content + "\(sequence)"), by: network.voters[0],
                sequence: UInt64(sequence))
            _ = try await network.run(data, at: 0)
        }
        let filled = keeper.height
        await keeper.stop()
        let before = try Self.size(configuration)

        configuration.retainBlocks = 16
        let pruning = try await start(configuration)
        // Told when the space is back: more than one round may pass before all of them are dropped.
        try await eventually("the first \(filled) blocks are dropped") {
            events.all("blocks-dropped").contains { ($0["below"]?.uint64Value ?? 0) > filled }
        }
        try await Self.checkAnswers(network)
        await pruning.stop()
        let after = try Self.size(configuration)
        // A megabyte of transactions is twice in the two databases or once; most of it is gone.
        #expect(before > 800_000)
        #expect(after < before / 2, "\(before) bytes became \(after)")

        // The store is whole: its state has the root, and a node goes on with it.
        let archive = try ChainArchive(data: configuration.data)
        #expect(try archive.base() > filled)
        _ = try archive.state()
        #expect(try archive.handovers().count >= 0)
        let again = try await start(configuration)
        let next = try await network.block(again.height + 2, from: 0)
        #expect(next.height > filled)
        await again.stop()
        #expect(events.count(of: "pruning-failed") == 0)
    }

    @Test func `a node that never prunes keeps all blocks`() async throws {
        let network = try await TestNetwork { $0.heartbeat = 60 }
        try await network.withNodes([0]) { _ in
            _ = try await network.block(3, from: 0)
            let status = try await network.get("/v1/status", from: 0)
            #expect(status["keptFrom"] == nil)
            let first = try await network.send("GET", "/v1/blocks/1", to: 0)
            #expect(first.status == 200)
        }
    }

    @Test func `headers and certificates stay as long as evidence about them is taken`()
        async throws
    {
        let network = try await TestNetwork { $0.heartbeat = 60 }
        try await network.withNodes([0]) { _ in _ = try await network.block(80, from: 0) }
        let genesis = try Genesis(
            bytes: DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        let path = network.nodes[0].configuration.data + "/chain.sqlite"
        let store = try BlockStore(path: path, genesis: genesis)
        defer { store.close() }
        let tip = try store.loadState().tip.height
        func sealed() throws -> [UInt64] {
            try (1...tip).filter { try store.sealed($0) != nil }
        }
        try await store.drop(below: 70)
        while try await store.sweepBlocks() {}
        #expect(try store.block(69) == nil)
        // Evidence is taken from genesis on: all are there.
        while try await store.sweepHeaders(before: 1, keeping: []) {}
        #expect(try sealed() == Array(1...tip))
        // One too few to be dropped, then just enough.
        while try await store.sweepHeaders(before: 16, keeping: []) {}
        #expect(try sealed() == Array(1...tip))
        while try await store.sweepHeaders(before: 17, keeping: [5]) {}
        #expect(try sealed() == [5] + Array(17...tip))
        // What is here whole keeps its header, however old evidence may be.
        while try await store.sweepHeaders(before: tip + 1, keeping: [5]) {}
        #expect(try sealed() == [5] + Array(69...tip))
        #expect(try store.loadState().tip.height == tip)
    }
}
