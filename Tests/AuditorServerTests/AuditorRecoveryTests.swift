import AuditorServer
import Auditing
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// What an auditor does after a stop at the worst moment, and without its sources.
@Suite struct AuditorRecoveryTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    private func submit(_ compact: String, to issuer: String) async throws -> Response {
        let body: JSON = ["application": JSON(compact)]
        return try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000)
    }

    private func start(_ path: String) async throws -> AuditorServer {
        try await AuditorServer.start(try AuditorConfiguration(path: path), log: { _ in })
    }

    @Test func `a stop between intention and signature ends in the intended credential`()
        async throws
    {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let configuration = try AuditorConfiguration(path: path)
        let (application, claims) = try await world.intend(configuration)

        let auditor = try await start(path)
        let answer = try await submit(application.jws.compact, to: configuration.issuer).json()

        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(credential.claims == claims)
        await auditor.stop()
    }

    @Test func `an application accepted before a stop is judged after it`() async throws {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let configuration = try AuditorConfiguration(path: path)
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        let policyBytes = try DurableFile.read(
            configuration.policies[0].policy, maximumByteCount: 262_144)
        let store = try AuditorStore(folder: configuration.dataFolder)
        let digest = Digest.sha256(policyBytes)
        try store.keep(policy: policyBytes, digest: digest, at: SystemClock.now())
        try await store.accept(
            application.digest, application: application.jws.compact, node: application.node,
            policy: digest, at: SystemClock.now())
        store.close()

        let auditor = try await start(path)
        var outcome: JSON?
        for _ in 0..<2_400 where outcome == nil || outcome == "pending" {
            let response = try await client.send(
                "GET", "\(configuration.issuer)/v1/applications/\(application.digest.text)",
                deadlineMilliseconds: 60_000)
            outcome = try response.json()["outcome"]
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(outcome == "consent")
        await auditor.stop()
        await applicant.stop()
    }

    @Test func `a ledger out of reach decides nothing, and asking again later does`() async throws {
        let port = try await freePort()
        let path = try world.configureAuditor(
            "a1", policy: "deposit-and-credit.json", port: port,
            ledger: ["https://127.0.0.1:\(try await freePort())"])
        let issuer = "https://127.0.0.1:\(port)"
        let applicant = try TestApplicant(world)
        let deposit = try world.ledger.pay(
            5_000, by: applicant.did, to: issuer, for: applicant.did)
        let application = try applicant.application(
            deposits: [deposit], credit: try world.creditStatement(for: applicant.did, score: 700))

        let auditor = try await start(path)
        let refused = try await submit(application.jws.compact, to: issuer)
        #expect(refused.status == 503)
        #expect(try refused.json()["type"] == "urn:accredit:problem:evidence-unavailable")
        #expect(refused.header("retry-after") != nil)
        await auditor.stop()

        _ = try world.configureAuditorKeepingKey("a1", ledger: [world.ledger.url])
        let reachable = try await start(path)
        let granted = try await submit(application.jws.compact, to: issuer)
        #expect(try granted.json()["outcome"] == "consent")
        await reachable.stop()
    }

    @Test func `what is malformed, unsigned or meant for others is refused and not recorded`()
        async throws
    {
        let auditor = try await start(
            try world.configureAuditor(
                "a1", policy: "device-performance.json", port: try await freePort()))
        let issuer = auditor.service.issuer
        let applicant = try TestApplicant(world)
        let good = try applicant.application().jws.compact
        let parts = good.split(separator: ".").map(String.init)
        let otherSignature = try applicant.application().jws.compact.split(separator: ".")[2]
        let cases: [(String, Int)] = [
            ("not a token", 400),
            ("\(parts[0]).\(parts[1]).\(otherSignature)", 422),
            (try applicant.application(network: "other-net").jws.compact, 422),
            (
                try applicant.application(
                    signedAt: SystemClock.now().adding(milliseconds: -7_200_000)
                ).jws.compact, 422
            ),
        ]
        for (token, status) in cases {
            let response = try await submit(token, to: issuer)
            #expect(response.status == status, "\(String(decoding: response.body, as: UTF8.self))")
            #expect(try response.json()["fix"] != nil)
        }
        let unknown = try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: Array(#"{"application":"x","nice":true}"#.utf8), deadlineMilliseconds: 60_000)
        #expect(unknown.status == 400)
        #expect(try unknown.json()["detail"]?.stringValue?.contains("nice") == true)
        let long = try await submit(String(repeating: "A", count: 200_000), to: issuer)
        #expect(long.status == 413)
        #expect(try auditor.service.counts.isEmpty)
        await auditor.stop()
    }

    @Test func `two servers on one store are refused by name`() async throws {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let auditor = try await start(path)
        let error = await #expect(throws: StorageError.self) { _ = try await start(path) }
        #expect(error?.code == .locked)
        await auditor.stop()
    }

    @Test func `an application keeps the policy it was accepted under`() async throws {
        let port = try await freePort()
        let issuer = "https://127.0.0.1:\(port)"
        let ledger = try TestLedger(
            identity: world.identity("late-ledger"), port: try await freePort())
        let path = try world.configureAuditor(
            "a1", policy: "deposit-and-credit.json", port: port, ledger: [ledger.url])
        let frozen = try Digest.sha256(
            DurableFile.read(
                AuditorConfiguration(path: path).policies[0].policy, maximumByteCount: 262_144))
        let applicant = try TestApplicant(world)
        let deposit = try ledger.pay(5_000, by: applicant.did, to: issuer, for: applicant.did)
        let application = try applicant.application(
            deposits: [deposit], credit: try world.creditStatement(for: applicant.did, score: 700))
        let before = try await start(path)
        #expect(try await submit(application.jws.compact, to: issuer).status == 503)
        await before.stop()

        // Another policy, and the ledger is back only after the attempt that a start makes.
        try world.replacePolicy(of: "a1", with: "full-review.json")
        let after = try await start(path)
        #expect(try await submit(application.jws.compact, to: issuer).status == 503)
        try ledger.listen()
        let answer = try await submit(application.jws.compact, to: issuer).json()

        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        #expect(credential.claims.evidence.first?.policyDigest == frozen)
        await after.stop()
        await ledger.stop()
        await applicant.stop()
    }
}
