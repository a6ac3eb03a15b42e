import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// Operators' orders to a real auditor.
@Suite struct OperationTests {
    private let operated: OperatedAuditor
    private var world: AuditWorld { operated.world }
    private var client: HTTPClient { operated.client }

    init() throws { operated = try OperatedAuditor() }

    private func start() async throws -> AuditorServer {
        try await OperatedAuditor.start(try await operated.configure())
    }

    private func issued(by auditor: AuditorServer) async throws -> Credential {
        let applicant = try TestApplicant(world)
        let answer = try await auditor.service.submit(
            try applicant.application().jws.compact)
        await applicant.stop()
        return try Credential(try #require(answer.credential))
    }

    private func order(
        _ name: String, _ arguments: JSON, _ auditor: AuditorServer, by key: KeyPair? = nil
    ) throws -> Operation {
        try operated.order(name, arguments, to: auditor, by: key)
    }

    private func send(_ operation: Operation, to auditor: AuditorServer) async throws -> Response {
        try await operated.send(operation, to: auditor)
    }

    private func logSize(_ auditor: AuditorServer) async throws -> Int64 {
        let answer = try await client.send(
            "GET", "\(auditor.service.issuer)/v1/log", deadlineMilliseconds: 60_000)
        return try #require(try answer.json()["size"]?.int64Value)
    }

    @Test func `an order is carried out once, and answered alike ever after`() async throws {
        let auditor = try await start()
        let jti = try await issued(by: auditor).claims.id
        let before = try await logSize(auditor)
        let arguments: JSON = ["credential": JSON(jti), "reason": "key-compromise"]
        let suspend = try order("credential.suspend", arguments, auditor)

        let first = try await send(suspend, to: auditor)
        #expect(first.status == 200)
        #expect(try first.json()["result"]?["state"] == "suspended")
        #expect(try auditor.service.store.credentialState(jti: jti) == .suspended)
        let reinstated = try await send(
            try order("credential.reinstate", arguments, auditor), to: auditor)
        #expect(try reinstated.json()["result"]?["state"] == "good")
        let again = try await send(suspend, to: auditor)
        #expect(again.body == first.body)
        #expect(try auditor.service.store.credentialState(jti: jti) == nil)
        #expect(try await logSize(auditor) == before + 2)
        await auditor.stop()
    }

    @Test func `a revocation is never taken back`() async throws {
        let auditor = try await start()
        let jti = try await issued(by: auditor).claims.id
        let arguments: JSON = ["credential": JSON(jti), "reason": "false-evidence"]
        for changed in [true, false] {
            let answer = try await send(
                try order("credential.revoke", arguments, auditor), to: auditor)
            #expect(try answer.json()["result"]?["changed"] == JSON(changed))
        }
        for name in ["credential.suspend", "credential.reinstate"] {
            let answer = try await send(try order(name, arguments, auditor), to: auditor)
            #expect(answer.status == 409)
        }
        #expect(try auditor.service.store.credentialState(jti: jti) == .revoked)
        await auditor.stop()
    }

    @Test func `strangers, unknown operations and unknown credentials change nothing`()
        async throws
    {
        let auditor = try await start()
        let jti = try await issued(by: auditor).claims.id
        let before = try await logSize(auditor)
        let good: JSON = ["credential": JSON(jti), "reason": "ceased"]
        let unknown: JSON = ["credential": JSON(SecureRandom.uuid()), "reason": "ceased"]
        let unreasonable: JSON = ["credential": JSON(jti), "reason": "mood"]
        let stranger = try KeyPair()
        let cases: [(String, JSON, KeyPair, Int)] = [
            ("credential.revoke", good, stranger, 403),
            ("credential.erase", good, operated.boss, 422),
            ("credential.revoke", unknown, operated.boss, 404),
            ("credential.revoke", unreasonable, operated.boss, 422),
            ("credential.revoke", ["reason": "ceased"], operated.boss, 422),
        ]
        for (name, arguments, key, status) in cases {
            let answer = try await send(
                try order(name, arguments, auditor, by: key), to: auditor)
            #expect(answer.status == status, "\(name) \(arguments.text)")
        }
        #expect(try auditor.service.store.credentialState(jti: jti) == nil)
        #expect(try await logSize(auditor) == before)
        await auditor.stop()
    }

    @Test func `one jti names one order`() async throws {
        let auditor = try await start()
        let jti = try await issued(by: auditor).claims.id
        let arguments: JSON = ["credential": JSON(jti), "reason": "ceased"]
        let now = Instant(seconds: SystemClock.now().seconds)
        let id = SecureRandom.uuid()
        var answers: [Int] = []
        for name in ["credential.suspend", "credential.revoke"] {
            let operation = try Operation.sign(
                name, arguments, network: AuditWorld.network, issuer: auditor.service.issuer,
                id: id, at: now, key: operated.boss.key)
            answers.append(try await send(operation, to: auditor).status)
        }
        #expect(answers == [200, 409])
        #expect(try auditor.service.store.credentialState(jti: jti) == .suspended)
        await auditor.stop()
    }
}
