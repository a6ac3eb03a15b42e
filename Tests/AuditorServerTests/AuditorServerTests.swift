import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// One auditor with a real listener, a real store and real applicants.
@Suite struct AuditorServerTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    private func start(_ path: String) async throws -> AuditorServer {
        try await AuditorServer.start(try AuditorConfiguration(path: path), log: { _ in })
    }

    private func post(_ body: JSON, to issuer: String) async throws -> Response {
        try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000)
    }

    private func submit(_ application: Application, to issuer: String) async throws -> JSON {
        let answer = try await post(["application": JSON(application.jws.compact)], to: issuer)
        #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        return try answer.json()
    }

    /// An applicant who meets the policy on deposit and credit.
    private func qualified(_ issuer: String) throws -> (TestApplicant, Application) {
        let applicant = try TestApplicant(world)
        let deposit = try world.ledger.pay(
            5_000, by: applicant.did, to: issuer, for: applicant.did)
        let application = try applicant.application(
            deposits: [deposit],
            credit: try world.creditStatement(for: applicant.did, score: 720))
        return (applicant, application)
    }

    @Test func `an application that meets the policy gets a consent that verifies`() async throws {
        let path = try world.configureAuditor(
            "a1", policy: "full-review.json", port: try await freePort())
        let auditor = try await start(path)
        let issuer = auditor.service.issuer
        let (_, application) = try qualified(issuer)

        let answer = try await submit(application, to: issuer)

        #expect(answer["outcome"] == "consent")
        #expect(answer["application"] == JSON(application.digest.text))
        #expect(answer["node"] == JSON(application.node))
        #expect(answer["issuer"] == JSON(issuer))
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        let set = try world.auditorSet([path], threshold: 1)
        let verified = try set.verify(credential, at: SystemClock.now())
        #expect(verified.claims.consent.isGranted)
        #expect(verified.claims.consensusKey == application.consensusKey)
        let keys = try await client.send(
            "GET", "\(issuer)/.well-known/jwks.json", deadlineMilliseconds: 60_000
        ).json()
        let published = try JWKSet(json: keys).key(credential.keyID)
        #expect(published == verified.key)
        let served = try await client.send(
            "GET", "\(issuer)/v1/credentials/\(credential.claims.id)", deadlineMilliseconds: 60_000)
        #expect(served.body == Array(credential.jws.compact.utf8))
        await auditor.stop()
    }

    @Test func `each missing fact refuses and the finding names it`() async throws {
        let auditor = try await start(
            try world.configureAuditor(
                "a1", policy: "deposit-and-credit.json", port: try await freePort()))
        let issuer = auditor.service.issuer
        let applicant = try TestApplicant(world)

        let answer = try await submit(try applicant.application(), to: issuer)

        #expect(answer["outcome"] == "refusal")
        let findings = answer["findings"]?.text ?? ""
        #expect(findings.contains("the application names no deposit paid to \(issuer)"))
        #expect(findings.contains("the application carries no credit statement"))
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(!credential.claims.consent.isGranted)
        await auditor.stop()
    }

    @Test(arguments: [TestApplicant.Manner.silent, .impostor])
    func `a node that does not meet its challenge is refused`(
        manner: TestApplicant.Manner
    ) async throws {
        let auditor = try await start(
            try world.configureAuditor(
                "a1", policy: "device-performance.json", port: try await freePort()))
        let applicant = try TestApplicant(world, manner: manner)

        let answer = try await submit(
            try applicant.application(), to: auditor.service.issuer)

        #expect(answer["outcome"] == "refusal")
        #expect(answer["findings"]?.text.contains("MissingFact") == true)
        await auditor.stop()
    }

    @Test func `a deposit paid for another node or by another account is no evidence`() async throws
    {
        let auditor = try await start(
            try world.configureAuditor(
                "a1", policy: "deposit-and-credit.json", port: try await freePort()))
        let issuer = auditor.service.issuer
        let applicant = try TestApplicant(world)
        let other = try TestApplicant(world)
        let credit = try world.creditStatement(for: applicant.did, score: 720)
        for (payer, node) in [(applicant.did, other.did), (other.did, applicant.did)] {
            let deposit = try world.ledger.pay(5_000, by: payer, to: issuer, for: node)
            let answer = try await submit(
                try applicant.application(deposits: [deposit], credit: credit), to: issuer)
            #expect(answer["outcome"] == "refusal")
        }
        await auditor.stop()
    }

    @Test func `a borderline case is referred and stays referred`() async throws {
        let auditor = try await start(
            try world.configureAuditor(
                "a1", policy: "full-review.json", port: try await freePort()))
        let issuer = auditor.service.issuer
        let applicant = try TestApplicant(world)
        let deposit = try world.ledger.pay(
            5_000, by: applicant.did, to: issuer, for: applicant.did)
        let application = try applicant.application(
            deposits: [deposit],
            credit: try world.creditStatement(for: applicant.did, score: 620))
        for _ in 0..<2 {
            let answer = try await submit(application, to: issuer)
            #expect(answer["outcome"] == "referred")
            #expect(answer["credential"] == nil)
        }
        await auditor.stop()
    }

    @Test func `one application sent thirty times at once gets one credential`() async throws {
        let path = try world.configureAuditor(
            "a1", policy: "full-review.json", port: try await freePort())
        let auditor = try await start(path)
        let issuer = auditor.service.issuer
        let (_, application) = try qualified(issuer)

        let credentials = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    let answer = try await submit(application, to: issuer)
                    return try #require(answer["credential"]?.stringValue)
                }
            }
            var all: Set<String> = []
            while let credential = try await group.next() { all.insert(credential) }
            return all
        }

        #expect(credentials.count == 1)
        await auditor.stop()
        let restarted = try await start(path)
        let again = try await submit(application, to: issuer)
        #expect(again["credential"]?.stringValue == credentials.first)
        await restarted.stop()
    }

    @Test func `an application is forwarded to the other auditors when its applicant asks`()
        async throws
    {
        let otherPort = try await freePort()
        let other = try await start(
            try world.configureAuditor(
                "a2", policy: "device-performance.json", port: otherPort))
        let first = try await start(
            try world.configureAuditor(
                "a1", policy: "device-performance.json", port: try await freePort(),
                peers: [other.service.issuer]))
        let applicant = try TestApplicant(world)
        let quiet = try applicant.application()
        let shared = try applicant.application()

        _ = try await submit(quiet, to: first.service.issuer)
        let answer = try await post(
            ["application": JSON(shared.jws.compact), "forward": true], to: first.service.issuer)
        #expect(answer.status == 200)
        var forwarded: JSON?
        for _ in 0..<6_000 where forwarded?["outcome"] != "consent" {
            try await Task.sleep(for: .milliseconds(20))
            forwarded = try await client.send(
                "GET", "\(other.service.issuer)/v1/applications/\(shared.digest.text)",
                deadlineMilliseconds: 60_000
            ).json()
        }

        #expect(forwarded?["outcome"] == "consent")
        #expect(forwarded?["issuer"] == JSON(other.service.issuer))
        let unasked = try await client.send(
            "GET", "\(other.service.issuer)/v1/applications/\(quiet.digest.text)",
            deadlineMilliseconds: 60_000)
        #expect(unasked.status == 404)
        await first.stop()
        await other.stop()
        await applicant.stop()
    }
}
