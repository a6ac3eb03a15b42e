import Cryptography
import Encoding
import FoundationEssentials
import Ledger
import Storage
import TestSupport
import Testing
import Web

@testable import LedgerNode

@Suite(.serialized, .timeLimit(.minutes(10))) struct StartTests {
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

    /// Changes what a node that does not run has stored.
    private func change(_ data: String, _ sql: String, _ bindings: [SQLValue] = []) throws {
        let database = try Database.open(
            path: data + "/chain.sqlite", migrations: BlockStore.migrations)
        defer { database.close() }
        let count = try database.writeNow { try $0.execute(sql, bindings) }
        #expect(count > 0)
    }

    @Test func `a stale digest, a changed held record and a lost row are found at the start`()
        async throws
    {
        let changes: [(sql: String, bindings: [SQLValue])] = [
            ("DELETE FROM leaf_changes WHERE height = (SELECT max(height) FROM leaf_changes)", []),
            ("UPDATE leaf_pages SET digests = zeroblob(8192) WHERE rowid % 7 = 0", []),
            ("UPDATE leaf_pages SET digests = x'00' WHERE rowid % 7 = 0", []),
            ("UPDATE leaf_changes SET changes = x'00'", []),
            ("DELETE FROM records WHERE key = x'01'", []),
            (
                "UPDATE records SET value = CAST(replace(CAST(value AS TEXT), "
                    + "'\"height\":', '\"height\":1') AS BLOB) "
                    + "WHERE key = x'00'", []
            ),
        ]
        let network = try await TestNetwork { $0.voters = 60 }
        let data = network.nodes[0].configuration.data
        try await network.withNodes([0]) { _ in
            let content = try network.sign(
                .data(content: "something"), by: network.voters[0], sequence: 0)
            try await network.run(content, at: 0)
        }
        let files = FileManager.default
        let whole = try Data(contentsOf: URL(filePath: data + "/chain.sqlite"))
        for (sql, bindings) in changes {
            try change(data, sql, bindings)
            let found = await #expect(throws: NodeError.self, "\(sql)") {
                try await network.start(0)
            }
            #expect(found?.code == .data)
            for suffix in ["-wal", "-shm"] {
                try? files.removeItem(atPath: data + "/chain.sqlite" + suffix)
            }
            try whole.write(to: URL(filePath: data + "/chain.sqlite"))
        }
        try await network.withNodes([0]) { nodes in #expect(nodes[0].height >= 1) }
    }

    @Test func `a node stops, and answers nothing, at a record that was changed`() async throws {
        let network = try await TestNetwork()
        let voter = network.voters[0].did
        try await network.withNodes([0]) { _ in _ = try await network.block(1, from: 0) }
        let key = RecordName.account(try Identity(did: voter)).bytes
        try change(
            network.nodes[0].configuration.data,
            "UPDATE records SET value = CAST(value || x'00' AS BLOB) WHERE key = ?", [.blob(key)])
        try await network.withNodes([0]) { nodes in
            let other = try await network.get("/v1/accounts/\(network.voters[1].did)", from: 0)
            #expect(other["balance"] != nil)
            for path in ["/v1/accounts/\(voter)", "/v1/proofs/accounts/\(voter)"] {
                let refused = try await network.send("GET", path, to: 0)
                #expect(refused.status == 503)
            }
            let height = nodes[0].height
            let vote = try network.sign(
                .data(content: "x"), by: network.voters[0], sequence: 0)
            let submitted = try await network.submit(vote, to: 0)
            #expect(submitted.status == 503)
            let reason = await nodes[0].failure()
            #expect((reason as? NodeError)?.code == .data)
            #expect("\(reason ?? NodeError(.key, ""))".contains("records cannot be relied on"))
            // One block may have been under way when somebody asked for the record.
            #expect(nodes[0].height <= height + 1)
        }
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
