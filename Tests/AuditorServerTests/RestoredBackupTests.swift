import Credentials
import Cryptography
import Encoding
import FoundationEssentials
import Storage
import TestSupport
import Testing
import Web

@testable import AuditorServer

/// A database that is copied back: the auditor finds out, signs and records nothing, and goes on
/// telling what it knows. A database that cannot be written: the same, until it can.
@Suite struct RestoredBackupTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    // MARK: Helpers

    private func configure(
        _ name: String = "a1", port: UInt16, peers: [String] = [], ledger: [String]? = nil
    ) throws -> AuditorConfiguration {
        try AuditorConfiguration(
            path: try world.configureAuditor(
                name, policy: "device-performance.json", port: port, ledger: ledger,
                peers: peers))
    }

    private func start(_ configuration: AuditorConfiguration) async throws -> AuditorServer {
        try await AuditorServer.start(configuration, log: { _ in })
    }

    private func get(_ path: String, _ issuer: String) async throws -> Response {
        try await client.send("GET", issuer + path, deadlineMilliseconds: 60_000)
    }

    private func submit(_ issuer: String) async throws -> Response {
        let applicant = try TestApplicant(world)
        let body: JSON = ["application": JSON(try applicant.application().jws.compact)]
        let response = try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000)
        await applicant.stop()
        return response
    }

    private func credential(_ issuer: String) async throws -> Credential {
        try Credential(try #require(try await submit(issuer).json()["credential"]?.stringValue))
    }

    private func copy(_ from: String, to: String) throws {
        let files = FileManager.default
        if files.fileExists(atPath: to) { try files.removeItem(atPath: to) }
        try files.copyItem(atPath: from, toPath: to)
    }

    private func size(_ issuer: String) async throws -> Int64 {
        try #require(try await get("/v1/log", issuer).json()["size"]?.int64Value)
    }

    /// Nothing is signed or recorded, and everything is told.
    private func expectReadsOnly(
        _ auditor: AuditorServer, _ known: Credential, evidence: String
    ) async throws {
        let issuer = auditor.service.issuer
        // What comes before the first look at ledger and peers is recorded, and signed after it.
        try await eventually { try await get("/readyz", issuer).status == 503 }
        let before = try await size(issuer)
        let refused = try await submit(issuer)
        #expect(refused.status == 503)
        let type = try refused.json()["type"]?.stringValue ?? ""
        #expect(
            ["urn:accredit:problem:storage", "urn:accredit:problem:store-set-back"].contains(type))
        #expect(try refused.json()["detail"]?.stringValue?.contains(evidence) == true)
        let ready = try await get("/readyz", issuer)
        #expect(ready.status == 503)
        #expect(String(decoding: ready.body, as: UTF8.self).contains("old backup"))
        #expect(try await get("/livez", issuer).status == 200)
        let told = try await get("/v1/credentials/\(known.claims.id)", issuer)
        #expect(told.body == Array(known.jws.compact.utf8))
        for path in ["/v1/policies", "/v1/log/checkpoint", "/v1/log/peers", "/v1/log"] {
            #expect(try await get(path, issuer).status == 200, "\(path)")
        }
        #expect(try await size(issuer) == before)
    }

    private func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<2_400 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("it never came about")
    }

    // MARK: Restored

    @Test func `a database behind the auditor's own last head is read and never signed from`()
        async throws
    {
        let configuration = try configure(port: try await freePort())
        let issuer = configuration.issuer
        let database = "\(configuration.dataFolder)/auditor.sqlite"
        let first = try await start(configuration)
        let known = try await credential(issuer)
        _ = try await get("/v1/log/checkpoint", issuer)
        await first.stop()
        try copy(database, to: world.folder.file("old.sqlite"))
        let second = try await start(configuration)
        _ = try await credential(issuer)
        _ = try await get("/v1/log/checkpoint", issuer)
        await second.stop()
        try copy(database, to: world.folder.file("new.sqlite"))

        try copy(world.folder.file("old.sqlite"), to: database)
        for _ in 0..<2 {
            let restored = try await start(configuration)
            try await expectReadsOnly(restored, known, evidence: "a head of")
            await restored.stop()
        }

        // The way back: the newest one.
        try copy(world.folder.file("new.sqlite"), to: database)
        let whole = try await start(configuration)
        #expect(try await get("/readyz", issuer).status == 200)
        _ = try await credential(issuer)
        await whole.stop()
    }

    @Test func `a whole folder that was copied back shows in the heads that others have seen`()
        async throws
    {
        let ports = [try await freePort(), try await freePort()]
        let urls = ports.map { "https://127.0.0.1:\($0)" }
        let own = try configure("a1", port: ports[0], peers: [urls[1]])
        let other = try await start(try configure("a2", port: ports[1], peers: [urls[0]]))
        let first = try await start(own)
        let known = try await credential(urls[0])
        _ = try await get("/v1/log/checkpoint", urls[0])
        await first.stop()
        try copy(own.dataFolder, to: world.folder.file("old"))
        let second = try await start(own)
        _ = try await credential(urls[0])
        let newest = try await size(urls[0])
        try await eventually {
            let heads = try await get("/v1/log/peers", urls[1]).json()["heads"]?.arrayValue ?? []
            return heads.contains { ($0["size"]?.int64Value ?? 0) >= newest }
        }
        await second.stop()

        try copy(world.folder.file("old"), to: own.dataFolder)
        let restored = try await start(own)
        try await expectReadsOnly(restored, known, evidence: urls[1])
        await restored.stop()
        await other.stop()
    }

    @Test func `a credential on the ledger that the store does not know stops the auditor`()
        async throws
    {
        let configuration = try configure(port: try await freePort())
        let issuer = configuration.issuer
        let first = try await start(configuration)
        let known = try await credential(issuer)
        _ = try await get("/v1/log/checkpoint", issuer)
        await first.stop()
        try copy(configuration.dataFolder, to: world.folder.file("old"))
        let second = try await start(configuration)
        let forgotten = try await credential(issuer)
        await second.stop()
        world.ledger.list("did:key:known", credentials: [known.jws.compact])
        try copy(world.folder.file("old"), to: configuration.dataFolder)
        // Nobody knows of the newer one yet, and what others write proves nothing.
        let parts = forgotten.jws.compact.split(separator: ".").map(String.init)
        let other = known.jws.compact.split(separator: ".").map(String.init)
        world.ledger.list(
            "did:key:forged", credentials: ["\(parts[0]).\(parts[1]).\(other[2])", "rubbish"])
        let unaware = try await start(configuration)
        #expect(try await get("/readyz", issuer).status == 200)
        await unaware.stop()

        world.ledger.list("did:key:forgotten", credentials: [forgotten.jws.compact])
        let restored = try await start(configuration)
        try await expectReadsOnly(restored, known, evidence: "did:key:forgotten")
        await restored.stop()
    }

    @Test func `what a restored store had intended is not signed a second time`() async throws {
        let configuration = try configure(port: try await freePort())
        let (application, _) = try await world.intend(configuration)
        try copy(configuration.dataFolder, to: world.folder.file("old"))
        let first = try await start(configuration)
        let body: JSON = ["application": JSON(application.jws.compact)]
        let answer = try await client.send(
            "POST", "\(configuration.issuer)/v1/applications",
            headers: [("content-type", "application/json")], body: body.bytes,
            deadlineMilliseconds: 60_000
        ).json()
        let issued = try #require(answer["credential"]?.stringValue)
        _ = try await get("/v1/log/checkpoint", configuration.issuer)
        await first.stop()
        // The database alone: the file of the last head stays.
        try copy(
            "\(world.folder.file("old"))/auditor.sqlite",
            to: "\(configuration.dataFolder)/auditor.sqlite")
        let restored = try await start(configuration)
        #expect(try await get("/readyz", configuration.issuer).status == 503)
        let record = try #require(try restored.service.store.record(application.digest))
        #expect(record.credential == nil)
        #expect(!issued.isEmpty)
        await restored.stop()
    }

    @Test func `nothing is signed before somebody says that the store is the newest`()
        async throws
    {
        let late = try TestLedger(
            identity: world.identity("late-ledger"), port: try await freePort())
        let configuration = try configure(port: try await freePort(), ledger: [late.url])
        let auditor = try await start(configuration)
        let refused = try await submit(configuration.issuer)
        #expect(refused.status == 503)
        #expect(try refused.json()["type"] == "urn:accredit:problem:store-unchecked")
        #expect(try await get("/readyz", configuration.issuer).status == 503)
        try late.listen()
        _ = try await credential(configuration.issuer)
        #expect(try await get("/readyz", configuration.issuer).status == 200)
        await auditor.stop()
        await late.stop()
    }

    // MARK: Full

    @Test func `on a full disk nothing is issued and everything is told, until there is room`()
        async throws
    {
        let configuration = try configure(port: try await freePort())
        let auditor = try await start(configuration)
        let issuer = configuration.issuer
        let known = try await credential(issuer)
        let database = auditor.service.store.database
        try await database.write { connection in
            let pages = try connection.first("PRAGMA page_count") { $0.int(0) } ?? 0
            _ = try connection.query("PRAGMA max_page_count = \(pages)", []) { $0.int(0) }
        }
        let before = try await size(issuer)
        var refusals = 0
        // The last free pages take a few entries; then nothing more is taken.
        for _ in 0..<12 {
            let response = try await submit(issuer)
            if response.status == 503 {
                refusals += 1
                #expect(try response.json()["type"] == "urn:accredit:problem:storage")
                #expect(try response.json()["credential"] == nil)
            }
        }
        #expect(refusals > 0)
        let told = try await get("/v1/credentials/\(known.claims.id)", issuer)
        #expect(told.body == Array(known.jws.compact.utf8))
        #expect(try await get("/v1/policies", issuer).status == 200)
        // As many credentials as records of them.
        let (credentials, entries) = try database.read { connection in
            (
                try connection.first(
                    "SELECT COUNT(*) FROM issuances WHERE credential IS NOT NULL", []
                ) { $0.int(0) },
                try connection.query("SELECT entry FROM log_entries", []) {
                    try JSON.parse($0.blob(0))["kind"]?.stringValue ?? ""
                }.count { $0 == "credential.issued" || $0 == "credential.refused" }
            )
        }
        #expect(credentials == Int64(entries))
        #expect(try await size(issuer) >= before)
        try await database.write { connection in
            _ = try connection.query("PRAGMA max_page_count = 1000000", []) { $0.int(0) }
        }
        _ = try await credential(issuer)
        await auditor.stop()
    }
}
