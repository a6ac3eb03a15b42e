import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import TransparencyLog
import Web

/// The audit log as an outsider reads it, from a real auditor.
@Suite struct AuditLogTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    private func configure() async throws -> AuditorConfiguration {
        try AuditorConfiguration(
            path: try world.configureAuditor(
                "a1", policy: "deposit-and-credit.json", port: try await freePort()))
    }

    private func get(_ path: String, of issuer: String) async throws -> Response {
        try await client.send("GET", issuer + path, deadlineMilliseconds: 60_000)
    }

    private func key(of issuer: String) async throws -> NoteKey {
        let json = try await get("/v1/log", of: issuer).json()
        return try NoteKey(text: try #require(json["key"]?.stringValue))
    }

    private func head(of issuer: String) async throws -> Checkpoint {
        let response = try await get("/v1/log/checkpoint", of: issuer)
        #expect(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
        return try Checkpoint(
            note: SignedNote(bytes: response.body), key: try await key(of: issuer))
    }

    private func entries(_ head: Checkpoint, of issuer: String) async throws -> [[UInt8]] {
        var entries: [[UInt8]] = []
        while UInt64(entries.count) < head.size {
            let count = Int(min(256, head.size - UInt64(entries.count)))
            let tile = try #require(
                LogTile(.entries, index: UInt64(entries.count / 256), count: count))
            let response = try await get("/v1/log/\(tile.path)", of: issuer)
            #expect(response.status == 200)
            entries += try EntryBundle.decode(response.body)
        }
        return entries
    }

    private func submit(_ issuer: String) async throws -> JSON {
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        let body: JSON = ["application": JSON(application.jws.compact)]
        return try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000
        ).json()
    }

    @Test func `under load there are exactly as many entries as acts`() async throws {
        let auditor = try await AuditorServer.start(try await configure(), log: { _ in })
        let issuer = auditor.service.issuer
        let answers = try await withThrowingTaskGroup(of: JSON.self) { group in
            for _ in 0..<24 { group.addTask { try await submit(issuer) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let head = try await head(of: issuer)
        let entries = try await entries(head, of: issuer)
        #expect(MerkleTree.root(entries) == head.root)
        let kinds = try entries.map { try JSON.parse($0)["kind"]?.stringValue ?? "" }
        for kind in ["application.accepted", "application.judged", "credential.intended"] {
            #expect(kinds.filter { $0 == kind }.count == 24, "\(kind)")
        }
        let digests = Set(
            try answers.map {
                Digest.sha256(Array(try #require($0["credential"]?.stringValue).utf8)).text
            })
        let logged = try entries.compactMap { entry -> String? in
            let json = try JSON.parse(entry)
            return json["kind"] == "credential.refused" ? json["digest"]?.stringValue : nil
        }
        #expect(logged.count == 24)
        #expect(Set(logged) == digests)
        // And the first key was prepared and activated.
        #expect(entries.count == 96 + 2)
        await auditor.stop()
    }

    @Test func `a later head is proven to continue an earlier one from the tiles alone`()
        async throws
    {
        let configuration = try await configure()
        let issuer = configuration.issuer
        let fill = { (range: Range<Int>) in
            let store = try AuditorStore(folder: configuration.dataFolder)
            try store.keep(policy: [1], digest: .zero, at: SystemClock.now())
            for number in range {
                try await store.accept(
                    Digest.sha256(Array("\(number)".utf8)), application: "a", node: "n",
                    policy: .zero, at: SystemClock.now())
            }
            // What waits would be judged at the next start.
            store.close()
        }
        // The first start adds what happened to its key.
        try await fill(0..<298)
        let first = try await AuditorServer.start(configuration, log: { _ in })
        let early = try await head(of: issuer)
        await first.stop()
        try await fill(298..<518)
        let second = try await AuditorServer.start(configuration, log: { _ in })
        let late = try await head(of: issuer)
        #expect(early.size == 300)
        #expect(late.size == 520)

        // Level 0 tiles hold the leaf hashes; everything else is computed here.
        var tree = LogTree()
        var hashes: [LogNode: Digest] = [:]
        for path in ["tile/0/000", "tile/0/001", "tile/0/002.p/8"] {
            let bytes = try await get("/v1/log/\(path)", of: issuer).body
            for start in stride(from: 0, to: bytes.count, by: 32) {
                let leaf = try Digest(bytes: Array(bytes[start..<start + 32]))
                for (node, hash) in tree.append(leaf) { hashes[node] = hash }
            }
        }
        #expect(tree.root == late.root)
        let read = { (node: LogNode) in try #require(hashes[node]) }
        let proof = try LogTree.consistencyProof(from: 300, to: 520, hash: read)
        #expect(
            MerkleTree.verifyConsistency(
                oldCount: 300, oldRoot: early.root, newCount: 520, newRoot: late.root,
                proof: proof))
        let upper = try await get("/v1/log/tile/1/000.p/2", of: issuer).body
        #expect(
            upper
                == hashes[LogNode(level: 8, index: 0)].map(\.bytes).map { first in
                    first + (hashes[LogNode(level: 8, index: 1)]?.bytes ?? [])
                })
        for missing in ["tile/0/002", "tile/0/002.p/9", "tile/0/003", "tile/0/x", "tile/9/000"] {
            #expect(try await get("/v1/log/\(missing)", of: issuer).status == 404, "\(missing)")
        }
        await second.stop()
    }

    @Test func `a head is not signed over an entry that was changed`() async throws {
        let configuration = try await configure()
        let auditor = try await AuditorServer.start(configuration, log: { _ in })
        _ = try await submit(configuration.issuer)
        _ = try await head(of: configuration.issuer)
        _ = try await submit(configuration.issuer)
        await auditor.stop()
        let database = try Database.open(
            path: "\(configuration.dataFolder)/auditor.sqlite", migrations: AuditorStore.migrations)
        try database.writeNow { connection in
            try connection.execute(
                "UPDATE log_entries SET entry = ? WHERE position = 7", [.blob([1])])
        }
        database.close()

        let again = try await AuditorServer.start(configuration, log: { _ in })
        #expect(try await get("/v1/log/checkpoint", of: configuration.issuer).status == 503)
        await again.stop()
    }

    @Test func `the verifier key is the log key's, under the issuer's name`() async throws {
        let configuration = try await configure()
        let auditor = try await AuditorServer.start(configuration, log: { _ in })
        let key = try await key(of: configuration.issuer)
        #expect("https://\(key.name)" == configuration.issuer)
        let file = try KeyFile.read(configuration.logKeyPath, passphrase: nil)
        #expect(key.key == file.publicKey)
        await auditor.stop()
    }
}
