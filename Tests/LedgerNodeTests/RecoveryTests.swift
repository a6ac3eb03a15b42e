import Cryptography
import Encoding
import FoundationEssentials
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct RecoveryTests {
    private func copy(_ network: TestNetwork, _ index: Int, to folder: String) throws {
        let files = FileManager.default
        let data = network.nodes[index].configuration.data
        try? files.removeItem(atPath: folder)
        try DurableFile.makeDirectory(folder)
        for name in try files.contentsOfDirectory(atPath: data)
        where name.hasPrefix("chain.sqlite") && !name.hasSuffix(".lock") {
            try files.copyItem(atPath: "\(data)/\(name)", toPath: "\(folder)/\(name)")
        }
    }

    private func restore(_ network: TestNetwork, _ index: Int, from folder: String) throws {
        let files = FileManager.default
        let data = network.nodes[index].configuration.data
        for name in try files.contentsOfDirectory(atPath: data)
        where name.hasPrefix("chain.sqlite") {
            try files.removeItem(atPath: "\(data)/\(name)")
        }
        for name in try files.contentsOfDirectory(atPath: folder) {
            try files.copyItem(atPath: "\(folder)/\(name)", toPath: "\(data)/\(name)")
        }
    }

    @Test func `an older copy of the chain never makes a node sign a height again`() async throws {
        let network = try await TestNetwork()
        let backup = network.folder.file("backup")
        try await network.withNodes([0]) { _ in _ = try await network.block(2, from: 0) }
        try copy(network, 0, to: backup)
        try await network.withNodes([0]) { _ in _ = try await network.block(8, from: 0) }
        try restore(network, 0, from: backup)
        try await network.withNodes([0]) { nodes in
            let height = nodes[0].height
            try await eventually("it says that it signs nothing") {
                try await network.get("/v1/status", from: 0)["withheld"] != nil
            }
            try await Task.sleep(for: .milliseconds(1_500))
            // Nobody else has the lost blocks, so none can follow: better none than a second one.
            #expect(nodes[0].height == height)
            let status = try await network.get("/v1/status", from: 0)
            #expect(status["withheld"]?.stringValue?.contains("signed for height") == true)
            let ready = try await network.send("GET", "/readyz", to: 0)
            #expect(ready.status == 503)
        }
    }

    @Test func `a representative with an older or empty chain fetches it and signs again`()
        async throws
    {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
        }
        let backup = network.folder.file("backup")
        let fourth = try await network.start(3)
        try await network.withNodes([0, 1, 2]) { nodes in
            _ = try await network.block(2, from: 3)
            await fourth.stop()
            try copy(network, 3, to: backup)
            let again = try await network.start(3)
            _ = try await network.block(nodes[0].height + 2, from: 3)
            await again.stop()
            for folder in [backup, network.folder.file("nothing")] {
                try DurableFile.makeDirectory(folder)
                try restore(network, 3, from: folder)
                try await network.withNodes([3]) { restored in
                    let target = nodes[0].height + 3
                    let there = try await network.block(target, from: 3)
                    let here = try await network.block(target, from: 0)
                    #expect(there == here)
                    // The block is told of a moment before what follows from it.
                    try await eventually("it signs again") {
                        let status = try await network.get("/v1/status", from: 3)
                        return status["withheld"] == nil
                            && status["consensus"]?["signing"] == true
                    }
                    #expect(restored[0].height >= target)
                }
            }
        }
    }

    @Test func `what a restarted representative forgot is handed to it again`() async throws {
        let network = try await TestNetwork { $0.others = 1 }
        let content = try network.sign(
            .data(content: "kept by the follower"), by: network.voters[0], sequence: 0)
        try await network.withNodes([1]) { _ in
            // The only representative is down: the follower cannot pass the transaction on yet.
            let first = try await network.submit(content, to: 1)
            #expect(first.status == 202)
            let waiting = try await network.get("/v1/transactions/\(content.id.text)", from: 1)
            #expect(waiting["state"] == "pending")
            try await network.withNodes([0]) { _ in
                let code = try await network.run(content, at: 1)
                #expect(code == "ok")
                let receipt = try await network.get(
                    "/v1/transactions/\(content.id.text)/receipt", from: 1)
                let index = receipt["index"]?.int64Value ?? -1
                let path = receipt["path"]?.arrayValue?.compactMap(\.stringValue) ?? ["none"]
                let header = try BlockHeader(
                    bytes: Array((receipt["header"]?.stringValue ?? "").utf8))
                #expect(index == 0)
                #expect(path == [])
                #expect(
                    header.transactionsRoot
                        == MerkleTree.leafHash(Array(content.jws.compact.utf8)))
            }
        }
    }
}
