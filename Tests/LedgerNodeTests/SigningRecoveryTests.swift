import Consensus
import Cryptography
import Encoding
import FoundationEssentials
import Ledger
import Storage
import TestSupport
import Testing
import Web

@testable import LedgerNode

/// What a representative does when its record of signatures or its log is not what it should be.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SigningRecoveryTests {
    private func data(_ network: TestNetwork, _ index: Int) -> String {
        network.nodes[index].configuration.data
    }

    private func copy(_ names: String, from: String, to: String) throws {
        let files = FileManager.default
        try DurableFile.makeDirectory(to)
        for name in try files.contentsOfDirectory(atPath: to) where name.hasPrefix(names) {
            try files.removeItem(atPath: "\(to)/\(name)")
        }
        for name in try files.contentsOfDirectory(atPath: from)
        where name.hasPrefix(names) && !name.hasSuffix(".lock") {
            try files.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
        }
    }

    private func withheld(_ network: TestNetwork, _ index: Int) async throws -> String? {
        try await network.get("/v1/status", from: index)["withheld"]?.stringValue
    }

    @Test func `an older copy of the record is found, and nothing signed until it is accepted`()
        async throws
    {
        let network = try await TestNetwork()
        let backup = network.folder.file("backup")
        try await network.withNodes([0]) { _ in _ = try await network.block(2, from: 0) }
        try copy("signing.sqlite", from: data(network, 0), to: backup)
        try await network.withNodes([0]) { _ in _ = try await network.block(6, from: 0) }
        try copy("signing.sqlite", from: backup, to: data(network, 0))
        var height: UInt64 = 0
        for _ in 0..<2 {
            try await network.withNodes([0]) { nodes in
                height = nodes[0].height
                try await eventually("it says that it signs nothing") {
                    try await withheld(network, 0) != nil
                }
                try await Task.sleep(for: .milliseconds(800))
                #expect(nodes[0].height == height)
                let reason = try await withheld(network, 0)
                #expect(reason?.contains("restored from an older copy") == true)
                #expect(reason?.contains("--accept-signing-record") == true)
            }
        }
        let accepting = try await LedgerNodeServer.start(
            configuration: network.nodes[0].configuration,
            surroundings: LedgerNodeServer.Surroundings(acceptsSigningRecord: true))
        _ = try await network.block(height + 1, from: 0)
        await accepting.stop()
        // It was accepted once and for all.
        try await network.withNodes([0]) { nodes in
            _ = try await network.block(nodes[0].height + 1, from: 0)
            #expect(try await withheld(network, 0) == nil)
        }
    }

    @Test func `a second node with the same key is refused, whatever its data folder`()
        async throws
    {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            var second = network.nodes[0].configuration
            second.data = network.folder.file("elsewhere")
            second.listen = "127.0.0.1:0"
            do {
                let server = try await LedgerNodeServer.start(configuration: second)
                await server.stop()
                Issue.record("two nodes with one key")
            } catch let error as StorageError {
                #expect(error.code == .locked)
                #expect(error.detail.contains("consensus.pem"))
                #expect(error.detail.contains("process"))
            }
        }
        // The first one has let go of it.
        try await network.withNodes([0]) { _ in }
    }

    @Test func `a node with a damaged log watches until the height is over`() async throws {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
        }
        var height: UInt64 = 0
        try await network.withNodes([0, 1, 2]) { _ in _ = try await network.block(2, from: 0) }
        // Two of four vote and cannot decide.
        try await network.withNodes([0, 1]) { nodes in
            // What one of them has and the other does not is fetched first.
            try await eventually("both vote on the next block") {
                let status = try await network.get("/v1/status", from: 0)["consensus"]
                return status != nil && status?["step"] != "propose"
                    && nodes[0].height == nodes[1].height
            }
            height = nodes[0].height + 1
        }
        let path = data(network, 0) + "/consensus.log"
        var log = try DurableFile.read(path, maximumByteCount: 1 << 20)
        #expect(log.count > 20)
        // The next signature would have said so much of the log.
        let record = try Database.open(
            path: data(network, 0) + "/signing.sqlite", migrations: ["", "", ""])
        let logged = Int64(log.count)
        try await record.write { connection in
            try connection.execute("UPDATE record SET logged = ?", [.integer(logged)])
        }
        record.close()
        log[12] ^= 1
        try Data(log).write(to: URL(filePath: path))
        let events = EventLog()
        let damaged = try await network.start(0, log: events.append)
        try await eventually("it says that its log is damaged") {
            try await withheld(network, 0)?.contains("is damaged") == true
        }
        #expect(damaged.services.board.view.consensus?.isSigning != true)
        try await network.withNodes([1, 2, 3]) { _ in
            _ = try await network.block(height + 3, from: 0)
        }
        try await eventually("it signs again") {
            damaged.services.board.view.consensus?.isSigning == true
        }
        #expect(try await withheld(network, 0) == nil)
        #expect(events.count(of: "signing-withheld") == 1)
        await damaged.stop()
    }

    @Test func `a torn end of the log is cut off without a word`() async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in _ = try await network.block(2, from: 0) }
        let path = data(network, 0) + "/consensus.log"
        var log = try DurableFile.read(path, maximumByteCount: 1 << 20)
        log += [0, 0, 1, 0, 7, 7, 7, 7, 2, 1, 1]
        try Data(log).write(to: URL(filePath: path))
        try await network.withNodes([0]) { nodes in
            _ = try await network.block(nodes[0].height + 2, from: 0)
            #expect(try await withheld(network, 0) == nil)
        }
    }

    @Test func `a vote that only the others remember keeps a node from voting again`()
        async throws
    {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
        }
        let backup = network.folder.file("backup")
        try await network.withNodes([0]) { _ in }
        try copy("signing.sqlite", from: data(network, 0), to: backup)
        try await network.withNodes([0, 1, 2]) { _ in _ = try await network.block(2, from: 0) }
        let running = try await network.start(1)
        // Two of four vote and cannot decide.
        try await network.withNodes([0]) { _ in
            while await running.services.inbox.heard(from: network.nodes[0].consensus.publicKey)
                .isEmpty
            {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        try copy("signing.sqlite", from: backup, to: data(network, 0))
        try FileManager.default.removeItem(atPath: data(network, 0) + "/consensus.log")
        let events = EventLog()
        // The operator believes that the chain has everything; the peers know better.
        let forgetful = try await LedgerNodeServer.start(
            configuration: network.nodes[0].configuration,
            surroundings: LedgerNodeServer.Surroundings(
                log: events.append, acceptsSigningRecord: true))
        while events.count(of: "own-key-elsewhere") == 0 {
            try await Task.sleep(for: .milliseconds(50))
        }
        try await eventually("it signs nothing") {
            forgetful.services.board.view.consensus?.isSigning == false
        }
        await forgetful.stop()
        await running.stop()
    }
}
