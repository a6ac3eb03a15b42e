import Cryptography
import Encoding
import FoundationEssentials
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(2))) struct StartTests {
    @Test func `a second process on one data folder and a taken port are refused`() async throws {
        let network = try await TestNetwork { $0.others = 1 }
        try await network.withNodes([0]) { _ in
            let second = await #expect(throws: StorageError.self) { try await network.start(0) }
            #expect(second?.code == .locked)
            var other = network.nodes[1].configuration
            other.listen = network.nodes[0].configuration.listen
            let configuration = other
            let taken = await #expect(throws: WebError.self) {
                try await LedgerNodeServer.start(configuration: configuration)
            }
            #expect(taken?.code == .portInUse)
        }
    }

    @Test func `the data of another network and a lost signing record are refused`() async throws {
        let network = try await TestNetwork()
        let configuration = network.nodes[0].configuration
        try await network.withNodes([0]) { _ in _ = try await network.block(2, from: 0) }

        let stranger = try await TestNetwork()
        var wrong = configuration
        wrong.genesis = stranger.genesisPath
        let mixed = wrong
        let conflict = await #expect(throws: NodeError.self) {
            try await LedgerNodeServer.start(configuration: mixed)
        }
        #expect(conflict?.code == .conflict)

        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(
                atPath: configuration.data + "/signing.sqlite" + suffix)
        }
        let lost = await #expect(throws: NodeError.self) { try await network.start(0) }
        #expect(lost?.code == .signingRecord)
        let node = try await LedgerNodeServer.start(
            configuration: configuration,
            surroundings: LedgerNodeServer.Surroundings(allowsNewSigningRecord: true))
        await node.stop()
    }

    @Test func `a damaged database and a readable key are refused`() async throws {
        let network = try await TestNetwork()
        let configuration = network.nodes[0].configuration
        try await network.withNodes([0]) { _ in _ = try await network.block(1, from: 0) }
        let files = FileManager.default
        try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: configuration.nodeKey)
        let readable = await #expect(throws: StorageError.self) { try await network.start(0) }
        #expect(readable?.code == .permission)
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: configuration.nodeKey)

        let path = configuration.data + "/chain.sqlite"
        var bytes = try DurableFile.read(path, maximumByteCount: 64 * 1024 * 1024)
        for index in 0..<min(bytes.count, 200) { bytes[index] = 0x5A }
        try DurableFile.write(bytes, to: path, mode: 0o600, replacing: true)
        let damaged = await #expect(throws: StorageError.self) { try await network.start(0) }
        #expect(damaged?.code == .corrupt)
    }

    @Test func `a changed record is found at the start`() async throws {
        let network = try await TestNetwork()
        let data = network.nodes[0].configuration.data
        try await network.withNodes([0]) { _ in _ = try await network.block(1, from: 0) }
        let database = try Database.open(path: data + "/chain.sqlite", migrations: [""])
        let voter = network.voters[0].did
        try database.writeNow { connection in
            let key = SQLValue.blob(RecordName.account(try Identity(did: voter)).bytes)
            let value = try connection.first("SELECT value FROM records WHERE key = ?", [key]) {
                $0.blob(0)
            }
            var richer = try #require(value)
            richer[0] ^= 1
            try connection.execute(
                "UPDATE records SET value = ? WHERE key = ?", [.blob(richer), key])
        }
        database.close()
        let found = await #expect(throws: NodeError.self) { try await network.start(0) }
        #expect(found?.code == .data)
        #expect(found?.detail.contains("root") == true)
    }

    @Test func `a configuration is read strictly`() async throws {
        let network = try await TestNetwork()
        let folder = network.folder
        var good = network.nodes[0].configuration.json.objectValue ?? JSONObject([])
        func load(_ json: JSON) throws -> NodeConfiguration {
            try DurableFile.write(json.bytes, to: folder.file("node.json"), replacing: true)
            return try NodeConfiguration.load(folder.file("node.json"))
        }
        #expect(try load(.object(good)).data == network.nodes[0].configuration.data)
        good["data"] = "elsewhere"
        #expect(try load(.object(good)).data == folder.file("elsewhere"))
        for (member, value) in [
            ("endpoint", "http://127.0.0.1:1"), ("endpoint", "https://127.0.0.1:1/path"),
            ("peers", ["127.0.0.1"]), ("unknown", 1), ("tls", "none"),
        ] as [(String, JSON)] {
            var bad = good
            bad[member] = value
            let error = #expect(throws: NodeError.self) { try load(.object(bad)) }
            #expect(error?.code == .configuration)
            #expect(error?.detail.contains(member) == true)
        }
    }
}
