import AggregatorServer
import Credentials
import Cryptography
import Encoding
import Storage
import Synchronization
import TestSupport
import Testing
import Web

/// Auditors that answer wrongly, late or about somebody else: each has an outcome of its own, and
/// none of them counts.
@Suite struct HostileAuditorTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    enum Misdeed: String, CaseIterable, Sendable {
        case otherApplication, otherNode, otherIssuer, notJSON, noCredential, forgedCredential
        case unknownOutcome, neverDecides, serverError
    }

    /// What a misbehaving auditor answers to an honest question.
    private static func answer(
        _ misdeed: Misdeed, _ application: Application, issuer: String
    ) throws -> Response {
        func document(_ changes: [(String, JSON)]) -> Response {
            var object = JSONObject([
                ("application", JSON(application.digest.text)), ("node", JSON(application.node)),
                ("issuer", JSON(issuer)), ("outcome", "consent"), ("findings", []),
            ])
            for (name, value) in changes { object[name] = value }
            return .json(.object(object))
        }
        switch misdeed {
        case .otherApplication:
            return document([("application", JSON(Digest.sha256([1]).text))])
        case .otherNode:
            let stranger = try PrivateKey.generate(.es256).publicKey.did
            return document([("node", JSON(stranger))])
        case .otherIssuer: return document([("issuer", "https://elsewhere.example")])
        case .notJSON: return .text("yes")
        case .noCredential: return document([])
        case .forgedCredential:
            let claims = CredentialClaims(
                id: SecureRandom.uuid(), issuer: issuer,
                validity: Validity(
                    from: application.issuedAt,
                    until: application.issuedAt.adding(milliseconds: 3_600_000)),
                issuedAt: application.issuedAt, consent: .granted, application: application,
                qualifications: JSONObject([]),
                evidence: [
                    Evaluation(
                        mode: .automatic, policy: "none@1", policyDigest: Digest.sha256([]),
                        findings: [])
                ])
            let stranger = try PrivateKey.generate(.es256)
            let credential = try claims.sign(with: stranger)
            return document([("credential", JSON(credential.jws.compact))])
        case .unknownOutcome: return document([("outcome", "maybe")])
        case .neverDecides: return document([("outcome", "pending")])
        case .serverError: throw Problem.conflict("I will not")
        }
    }

    @Test(arguments: Misdeed.allCases)
    func `a wrong answer has its own outcome and does not count`(misdeed: Misdeed) async throws {
        let expected: [Misdeed: AuditorOutcome.Kind] = [
            .otherApplication: .wrongIdentity, .otherNode: .wrongIdentity,
            .otherIssuer: .wrongIdentity, .notJSON: .malformed, .noCredential: .malformed,
            .forgedCredential: .malformed, .unknownOutcome: .malformed, .neverDecides: .timeout,
            .serverError: .error,
        ]
        let port = try await freePort()
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: port)
        let issuer = "https://127.0.0.1:\(port)"
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        var router = Router()
        router.on("POST", "/v1/applications") { _ in
            try Self.answer(misdeed, application, issuer: issuer)
        }
        router.on("GET", "/v1/applications/{id}") { _ in
            try Self.answer(misdeed, application, issuer: issuer)
        }
        let hostile = HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: port),
            tls: try world.identity("hostile"))
        _ = try hostile.start()
        let set = try world.auditorSet([path], threshold: 1)
        let auditor = try #require(set.auditors.first)

        let outcome = await AskingAuditor(
            application: application, auditor: auditor, set: set, client: client,
            // Only who never decides is waited for until the end.
            deadlineMilliseconds: misdeed == .neverDecides ? 600 : 120_000,
            clock: SystemClock.now
        ).outcome()

        #expect(outcome.kind == expected[misdeed], "\(outcome)")
        #expect(outcome.credential == nil)
        #expect(!outcome.reason.isEmpty)
        await hostile.stop()
        await applicant.stop()
    }
}
