import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// Keys that are not in the auditor's own process.
@Suite struct SignerTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    private func startSigner(
        issuer: String, types: [JSON] = ["vc+jwt"]
    ) throws -> (server: SignerServer, key: PublicKey) {
        let home = world.folder.file("signer")
        try DurableFile.makeDirectory(home)
        if isMissing("\(home)/key.pem") {
            try KeyFile.write(
                try PrivateKey.generate(.es256), to: "\(home)/key.pem", passphrase: nil)
        }
        let configuration: JSON = [
            "socket": "run/s", "issuer": JSON(issuer),
            "keys": [["file": "key.pem", "types": .array(types)]],
        ]
        try DurableFile.write(configuration.bytes, to: "\(home)/signer.json", replacing: true)
        return (
            try SignerServer.start(
                try SignerConfiguration(path: "\(home)/signer.json"), log: { _ in }),
            try KeyFile.read("\(home)/key.pem", passphrase: nil).publicKey
        )
    }

    /// Whether a file is not there yet.
    private func isMissing(_ path: String) -> Bool {
        (try? DurableFile.read(path, maximumByteCount: 65_536)) == nil
    }

    private func submit(_ application: Application, to issuer: String) async throws -> Response {
        let body: JSON = ["application": JSON(application.jws.compact)]
        return try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000)
    }

    /// An auditor's configuration whose ring has one key, of this source.
    private func configure(
        _ key: PublicKey, _ source: KeyRing.Source, port: UInt16
    ) throws -> AuditorConfiguration {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: port)
        let configuration = try AuditorConfiguration(path: path)
        let folder = KeyRingFolder(path: configuration.keyRingPath)
        let first = try #require(try folder.read().active)
        try folder.edit { ring in
            _ = try ring.prepared(key, first.window, source, at: SystemClock.now())
            try ring.activate(key.thumbprint, at: SystemClock.now(), isAtOnce: true)
        }
        return configuration
    }

    @Test func `a signer process signs, and while it is away nothing is lost`() async throws {
        let port = try await freePort()
        let issuer = "https://127.0.0.1:\(port)"
        let (first, key) = try startSigner(issuer: issuer)
        let configuration = try configure(key, .signer(first.socket), port: port)
        let auditor = try await AuditorServer.start(configuration, log: { _ in })
        let applicant = try TestApplicant(world)
        #expect(try await RemoteSigner.keys(of: first.socket) == [key])
        let answer = try await submit(applicant.application(cores: 4), to: issuer).json()
        let signed = try Credential(try #require(answer["credential"]?.stringValue))
        _ = try signed.jws.verify(key: key, type: "vc+jwt")

        await first.stop()
        let application = try applicant.application(cores: 6)
        let refused = try await submit(application, to: issuer)
        #expect(refused.status == 503)
        #expect(try refused.json()["type"] == "urn:accredit:problem:signer-unavailable")

        let (second, _) = try startSigner(issuer: issuer)
        let later = try await submit(application, to: issuer).json()
        let credential = try Credential(try #require(later["credential"]?.stringValue))
        _ = try credential.jws.verify(key: key, type: "vc+jwt")
        await second.stop()
        await auditor.stop()
        await applicant.stop()
    }

    @Test func `a signer signs documents of its kinds, under its own name only`() async throws {
        let issuer = "https://auditor.example"
        let (server, key) = try startSigner(issuer: issuer, types: ["vc+jwt", "a+jwt"])
        let signer = RemoteSigner(publicKey: key, socket: server.socket)
        func sign(
            _ type: String, _ name: String? = nil, _ payload: String = "{}",
            key: PublicKey? = nil
        ) async throws -> JWS {
            let key = key ?? signer.publicKey
            return try await signer.sign(
                UnsignedJWS(
                    payload: Array(payload.utf8), type: type,
                    keyID: name ?? CredentialClaims.keyID(issuer: issuer, key: key), key: key))
        }
        _ = try await sign("vc+jwt").verify(key: key, type: "vc+jwt")
        _ = try await sign("a+jwt")
        for type in ["vp+jwt", "", "VC+JWT", "transaction+jwt"] {
            await #expect(throws: AuditorError.self) { _ = try await sign(type) }
        }
        await #expect(throws: AuditorError.self) { _ = try await sign("vc+jwt", "other#key") }
        await #expect(throws: AuditorError.self) { _ = try await sign("vc+jwt", nil, "no JSON") }
        let stranger = RemoteSigner(
            publicKey: try PrivateKey.generate(.es256).publicKey, socket: server.socket)
        await #expect(throws: AuditorError.self) {
            _ = try await stranger.sign(
                UnsignedJWS(
                    payload: Array("{}".utf8), type: "vc+jwt", keyID: nil, key: stranger.publicKey))
        }
        // Nonsense gets a refusal, and the next request an answer.
        for line in ["", "{", "[]", "{\"keys\":false}", "{\"key\":1,\"input\":2}"] {
            let answer = try await onThread {
                try LocalCall.exchange(
                    Array(line.utf8), with: server.socket, maximumByteCount: 10_000,
                    deadlineMilliseconds: 10_000)
            }
            #expect(try JSON.parse(answer)["error"] == "refused")
        }
        _ = try await sign("vc+jwt")
        await server.stop()
    }
}
