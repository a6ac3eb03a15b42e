import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// Renewals at a real auditor.
@Suite struct RenewalTests {
    private let operated: OperatedAuditor
    private var world: AuditWorld { operated.world }

    init() throws { operated = try OperatedAuditor() }

    private func start(_ policy: String = "device-performance.json") async throws -> AuditorServer {
        try await OperatedAuditor.start(try await operated.configure(policy: policy))
    }

    private func post(_ path: String, _ body: JSON, _ auditor: AuditorServer) async throws
        -> Response
    {
        try await operated.post(path, body, to: auditor)
    }

    private func renewal(
        of application: Digest, by key: borrowing PrivateKey, credit: String? = nil,
        _ auditor: AuditorServer
    ) throws -> JSON {
        let renewal = try Renewal.sign(
            of: application, network: AuditWorld.network, issuer: auditor.service.issuer,
            credit: credit, at: Instant(seconds: SystemClock.now().seconds),
            nonce: SecureRandom.bytes(16), key: key)
        return ["renewal": JSON(renewal.jws.compact)]
    }

    private func order(_ name: String, _ jti: String, _ auditor: AuditorServer) async throws {
        let order = try operated.order(
            name, ["credential": JSON(jti), "reason": "investigation"], to: auditor)
        let answer = try await operated.send(order, to: auditor)
        #expect(answer.status == 200)
    }

    @Test func `a renewal gives a fresh credential for the same application, once`() async throws {
        let auditor = try await start()
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        let first = try Credential(
            try #require(try await auditor.service.submit(application.jws.compact).credential))
        let renewal = try renewal(of: application.digest, by: applicant.key, auditor)

        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    let answer = try await post("/v1/renewals", renewal, auditor)
                    return try #require(try answer.json()["credential"]?.stringValue)
                }
            }
            var all: Set<String> = []
            while let credential = try await group.next() { all.insert(credential) }
            return all
        }

        #expect(answers.count == 1)
        let fresh = try Credential(try #require(answers.first))
        #expect(fresh.claims.id != first.claims.id)
        #expect(fresh.claims.application == application.digest)
        #expect(fresh.claims.consent.isGranted)
        #expect(fresh.claims.validity.until >= first.claims.validity.until)
        #expect(fresh.claims.status != first.claims.status)
        let again = try await auditor.service.submit(application.jws.compact)
        #expect(again.credential == first.jws.compact)
        await applicant.stop()
        await auditor.stop()
    }

    @Test func `strangers and applications nobody made here are not renewed`() async throws {
        let auditor = try await start()
        let applicant = try TestApplicant(world)
        let stranger = try TestApplicant(world)
        let application = try applicant.application()
        _ = try await auditor.service.submit(application.jws.compact)
        let unknown = try applicant.application().digest
        for body in [
            try renewal(of: application.digest, by: stranger.key, auditor),
            try renewal(of: unknown, by: applicant.key, auditor),
        ] {
            let answer = try await post("/v1/renewals", body, auditor)
            #expect(answer.status == 404)
        }
        let noise = try await post("/v1/renewals", ["renewal": "x"], auditor)
        #expect(noise.status == 400)
        await applicant.stop()
        await stranger.stop()
        await auditor.stop()
    }

    @Test func `what was taken back is not renewed, what was reinstated is`() async throws {
        let auditor = try await start()
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        let answer = try await auditor.service.submit(application.jws.compact)
        let jti = try Credential(try #require(answer.credential)).claims.id
        for (name, status) in [
            ("credential.suspend", 409), ("credential.reinstate", 200), ("credential.revoke", 409),
        ] {
            try await order(name, jti, auditor)
            let body = try renewal(of: application.digest, by: applicant.key, auditor)
            let answer = try await post("/v1/renewals", body, auditor)
            #expect(answer.status == status, "\(name)")
        }
        await applicant.stop()
        await auditor.stop()
    }

    @Test func `evidence is gathered anew, and a refusal is signed`() async throws {
        let auditor = try await start()
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        _ = try await auditor.service.submit(application.jws.compact)
        await applicant.stop()

        let body = try renewal(of: application.digest, by: applicant.key, auditor)
        let answer = try await post("/v1/renewals", body, auditor).json()

        #expect(answer["outcome"] == "refusal")
        let refusal = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(!refusal.claims.consent.isGranted)
        #expect(refusal.claims.application == application.digest)
        await auditor.stop()
    }

    @Test func `a newer credit statement counts in the place of the old one`() async throws {
        let auditor = try await start("deposit-and-credit.json")
        let issuer = auditor.service.issuer
        let applicant = try TestApplicant(world)
        let deposit = try world.ledger.pay(
            5_000, by: applicant.did, to: issuer, for: applicant.did)
        let application = try applicant.application(
            deposits: [deposit], credit: try world.creditStatement(for: applicant.did, score: 100))
        let first = try await auditor.service.submit(application.jws.compact)
        #expect(first.outcome == .refusal)

        let credit = try world.creditStatement(for: applicant.did, score: 720)
        let body = try renewal(
            of: application.digest, by: applicant.key, credit: credit, auditor)
        let answer = try await post("/v1/renewals", body, auditor).json()

        #expect(answer["outcome"] == "consent")
        let fresh = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(fresh.claims.qualifications["credit"]?["score"] == "720")
        #expect(fresh.claims.deposit?.id == deposit)
        await applicant.stop()
        await auditor.stop()
    }
}
