import Auditing
import Credentials
import Cryptography
import Encoding
import Storage
import Synchronization
import TestSupport
import Testing
import TransparencyLog
import Web

@testable import AuditorServer

/// Keys that change while an auditor runs.
@Suite struct KeyRingServerTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    /// An auditor that grants whatever it is asked, running.
    private struct Running {
        let path: String
        let issuer: String
        let folder: KeyRingFolder
        let server: AuditorServer
        let applicant: TestApplicant
    }

    private func start(
        log: @escaping @Sendable (JSON) -> Void = { _ in }
    ) async throws -> Running {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let policy: JSON = [
            "name": "all", "version": "1", "validFor": "1h",
            "rules": [["id": "all", "expression": "true"]],
        ]
        try DurableFile.write(
            policy.bytes, to: world.folder.file("a1/policy.json"), replacing: true)
        let configuration = try AuditorConfiguration(path: path)
        return Running(
            path: path, issuer: configuration.issuer,
            folder: KeyRingFolder(path: configuration.keyRingPath),
            server: try await AuditorServer.start(configuration, log: log),
            applicant: try TestApplicant(world))
    }

    private func submit(_ application: Application, to auditor: Running) async throws -> Response {
        let body: JSON = ["application": JSON(application.jws.compact)]
        return try await client.send(
            "POST", "\(auditor.issuer)/v1/applications",
            headers: [("content-type", "application/json")], body: body.bytes,
            deadlineMilliseconds: 60_000)
    }

    private func get(_ path: String, of auditor: Running) async throws -> Response {
        try await client.send("GET", auditor.issuer + path, deadlineMilliseconds: 60_000)
    }

    private func keySet(of auditor: Running) async throws -> JWKSet {
        try JWKSet(json: try await get("/.well-known/jwks.json", of: auditor).json())
    }

    /// A credential for a new application, and the thumbprint of the key that verifies it by the
    /// published set alone.
    private func issued(by auditor: Running) async throws -> (Credential, key: String) {
        let answer = try await submit(auditor.applicant.application(), to: auditor).json()
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        let key = try #require(try await keySet(of: auditor).key(credential.keyID))
        _ = try credential.jws.verify(key: key, type: "vc+jwt")
        return (credential, key.thumbprint)
    }

    /// Waits for the running server to notice by itself.
    private func wait(_ what: Comment, until condition: () async throws -> Bool) async throws {
        for _ in 0..<2_400 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record(what)
    }

    private func prepare(_ auditor: Running) throws -> KeyRing.Key {
        let now = SystemClock.now()
        return try auditor.folder.prepareNewKey(
            issuer: auditor.issuer,
            window: Validity(
                from: Instant(seconds: now.seconds - 60),
                until: Instant(seconds: now.seconds + 9_000)
            ), passphrase: nil, at: now)
    }

    private func kinds(_ auditor: Running) async throws -> [String] {
        try await log(auditor).compactMap { $0["kind"]?.stringValue }
    }

    private func log(_ auditor: Running) async throws -> [JSON] {
        let note = String(
            decoding: try await get("/v1/log/checkpoint", of: auditor).body, as: UTF8.self)
        let size = Int(note.split(separator: "\n")[1]) ?? 0
        let path = "/v1/log/tile/entries/000" + (size < 256 ? ".p/\(size)" : "")
        var bytes = try await get(path, of: auditor).body[...]
        var entries: [JSON] = []
        while bytes.count > 2 {
            let count = Int(bytes.removeFirst()) << 8 | Int(bytes.removeFirst())
            entries.append(try JSON.parse(Array(bytes.prefix(count))))
            bytes = bytes.dropFirst(count)
        }
        return entries
    }

    @Test func `a rotation is taken over by the running server, and all credentials verify`()
        async throws
    {
        let auditor = try await start()
        let (before, first) = try await issued(by: auditor)
        let next = try prepare(auditor)
        try await wait("the prepared key has to be published") {
            try await keySet(of: auditor).entries.count == 2
        }
        #expect(try await issued(by: auditor).key == first)

        try auditor.folder.edit {
            try $0.activate(next.thumbprint, at: SystemClock.now(), isAtOnce: true)
        }
        try await wait("the new key has to sign") {
            try await issued(by: auditor).key == next.thumbprint
        }
        let (during, _) = try await issued(by: auditor)
        #expect(during.claims.validity.until <= next.window.until)
        let keys = try await keySet(of: auditor)
        for credential in [before, during] {
            let key = try #require(keys.key(credential.keyID))
            _ = try credential.jws.verify(key: key, type: "vc+jwt")
        }
        #expect(keys.key("\(auditor.issuer)#unknown") == nil)
        let acts = try await kinds(auditor).filter { $0.hasPrefix("key.") }
        #expect(
            acts == [
                "key.prepared", "key.activated", "key.prepared", "key.retired", "key.activated",
            ])
        await auditor.server.stop()
        await auditor.applicant.stop()
    }

    @Test func `a revoked key is published no more, and without another nothing is signed`()
        async throws
    {
        let auditor = try await start()
        let (_, first) = try await issued(by: auditor)
        try auditor.folder.edit {
            try $0.revoke(first, reason: "the machine was stolen", at: SystemClock.now())
        }
        await auditor.server.reload()
        #expect(try await keySet(of: auditor).entries.isEmpty)
        #expect(try await get("/readyz", of: auditor).status == 503)
        let application = try auditor.applicant.application()
        let refused = try await submit(application, to: auditor)
        #expect(refused.status == 503)
        #expect(try refused.json()["type"] == "urn:accredit:problem:signer-unavailable")

        let next = try prepare(auditor)
        try auditor.folder.edit {
            try $0.activate(next.thumbprint, at: SystemClock.now(), isAtOnce: true)
        }
        await auditor.server.reload()
        let answer = try await submit(application, to: auditor).json()
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(credential.keyID == "\(auditor.issuer)#\(next.thumbprint)")
        let entry = try await log(auditor).first { $0["kind"] == "key.revoked" }
        #expect(entry?["reason"] == "the machine was stolen")
        await auditor.server.stop()
        await auditor.applicant.stop()
    }

    @Test(arguments: ["{", "{}", "", "older"])
    func `a broken or older ring leaves the keys in use and says so`(_ ring: String) async throws {
        let events = Mutex<[JSON]>([])
        let auditor = try await start { event in events.withLock { $0.append(event) } }
        let older = try DurableFile.read(auditor.folder.file, maximumByteCount: 65_536)
        let next = try prepare(auditor)
        await auditor.server.reload()
        let good = try DurableFile.read(auditor.folder.file, maximumByteCount: 65_536)
        let broken = ring == "older" ? older : Array(ring.utf8)
        try DurableFile.write(broken, to: auditor.folder.file, replacing: true)
        await auditor.server.reload()

        #expect(try await keySet(of: auditor).entries.count == 2)
        #expect(try await issued(by: auditor).key != next.thumbprint)
        #expect(try await get("/readyz", of: auditor).status == 503)
        #expect(events.withLock { $0.contains { $0["event"] == "keys-refused" } })
        try DurableFile.write(good, to: auditor.folder.file, replacing: true)
        try await wait("the mended ring has to be in use") {
            try await get("/readyz", of: auditor).status == 200
        }
        await auditor.server.stop()
        // An older ring does not come into use by a restart either.
        try DurableFile.write(broken, to: auditor.folder.file, replacing: true)
        await #expect(throws: (any Error).self) {
            try await AuditorServer.start(
                try AuditorConfiguration(path: auditor.path), log: { _ in }
            ).stop()
        }
        await auditor.applicant.stop()
    }

    @Test func `a ring whose key file is another key's is refused`() async throws {
        let auditor = try await start()
        let next = try prepare(auditor)
        guard case .file(let name) = next.source else { return }
        let file = auditor.folder.keyFile(name)
        try DurableFile.write(
            try PrivateKey.generate(.es256).pem(passphrase: nil), to: file, mode: 0o600,
            replacing: true)
        try auditor.folder.edit {
            try $0.activate(next.thumbprint, at: SystemClock.now(), isAtOnce: true)
        }
        await auditor.server.reload()
        #expect(try await issued(by: auditor).key != next.thumbprint)
        await auditor.server.stop()
        await auditor.applicant.stop()
    }

    @Test(arguments: [KeyRing.State.retired, .revoked])
    func `what was meant for a key that went out of use is finished`(
        _ state: KeyRing.State
    ) async throws {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let configuration = try AuditorConfiguration(path: path)
        let (application, claims) = try await world.intend(configuration)
        let folder = KeyRingFolder(path: configuration.keyRingPath)
        let first = try #require(try folder.read().active)
        let next = try folder.prepareNewKey(
            issuer: configuration.issuer, window: first.window, passphrase: nil,
            at: SystemClock.now())
        try folder.edit { ring in
            try ring.activate(next.thumbprint, at: SystemClock.now(), isAtOnce: true)
            if state == .revoked {
                try ring.revoke(first.thumbprint, reason: "stolen", at: SystemClock.now())
            }
        }
        let store = try AuditorStore(folder: configuration.dataFolder)
        let left = try #require(try store.record(application.digest))
        store.close()
        let auditor = Running(
            path: path, issuer: configuration.issuer, folder: folder,
            server: try await AuditorServer.start(configuration, log: { _ in }),
            applicant: try TestApplicant(world))
        let answer = try await submit(application, to: auditor).json()
        // Whoever looked before and comes to it after the others gets what they got.
        let late = try await auditor.server.service.settled(left)
        #expect(late?.json == answer)
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        let key = try #require(try await keySet(of: auditor).key(credential.keyID))
        _ = try credential.jws.verify(key: key, type: "vc+jwt")
        let remade = try await log(auditor).filter { $0["kind"] == "credential.remade" }
        if state == .retired {
            #expect(credential.claims == claims)
            #expect(key == first.publicKey)
            #expect(remade.isEmpty)
        } else {
            #expect(credential.claims.id != claims.id)
            #expect(credential.claims.application == claims.application)
            #expect(key == next.publicKey)
            #expect(remade.map { $0["replaces"] } == [JSON("urn:uuid:\(claims.id)")])
        }
        await auditor.server.stop()
        await auditor.applicant.stop()
    }
}
