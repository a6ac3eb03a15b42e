import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// Mass revocation at a real auditor.
@Suite struct IncidentTests {
    private let operated: OperatedAuditor
    private var world: AuditWorld { operated.world }
    private var client: HTTPClient { operated.client }
    private let path: String

    init() async throws {
        operated = try OperatedAuditor()
        path = try await operated.configure()
    }

    private func start() async throws -> AuditorServer { try await OperatedAuditor.start(path) }

    private func order(
        _ name: String, _ arguments: JSON, _ auditor: AuditorServer
    ) async throws -> Response {
        try await operated.send(
            try operated.order(name, arguments, to: auditor), to: auditor)
    }

    private func issue(
        _ count: Int, to applicant: TestApplicant, by auditor: AuditorServer
    ) async throws -> [String] {
        var jtis: [String] = []
        for _ in 0..<count {
            let answer = try await auditor.service.submit(try applicant.application().jws.compact)
            jtis.append(try Credential(try #require(answer.credential)).claims.id)
        }
        return jtis
    }

    private func logSize(_ auditor: AuditorServer) async throws -> Int64 {
        let answer = try await client.send(
            "GET", "\(auditor.service.issuer)/v1/log", deadlineMilliseconds: 60_000)
        return try #require(try answer.json()["size"]?.int64Value)
    }

    private func incident(_ id: String, _ auditor: AuditorServer) async throws -> JSON {
        try await client.send(
            "GET", "\(auditor.service.issuer)/v1/incidents/\(id)", deadlineMilliseconds: 60_000
        ).json()
    }

    private func create(_ query: JSON, _ auditor: AuditorServer) async throws -> JSON {
        let answer = try await order(
            "incident.create", ["name": "test", "reason": "issued-in-error", "query": query],
            auditor)
        #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        return try answer.json()["result"] ?? nil
    }

    @Test func `an incident gathers what its query asks for, and revokes nothing`() async throws {
        let auditor = try await start()
        let one = try TestApplicant(world)
        let other = try TestApplicant(world)
        let first = try await issue(3, to: one, by: auditor)
        let second = try await issue(2, to: other, by: auditor)

        let byNode = try await create(["node": JSON(other.did)], auditor)
        #expect(byNode["credentials"] == 2)
        let byTime = try await create(["from": "2020-01-01T00:00:00Z"], auditor)
        #expect(byTime["credentials"] == 5)
        #expect(try await create(["until": "2020-01-01T00:00:00Z"], auditor)["credentials"] == 0)
        let named = JSON.array([first[0], second[0]].map { JSON($0) })
        let byName = try await create(["credentials": named], auditor)
        #expect(byName["credentials"] == 2)
        let half = try await order(
            "incident.create",
            [
                "name": "t", "reason": "unspecified",
                "query": ["credentials": named, "node": JSON(one.did)],
            ], auditor)
        #expect(half.status == 404)
        for jti in first + second {
            #expect(try auditor.service.store.credentialState(jti: jti) == nil)
        }
        for query: JSON in [[:], ["credentials": [JSON(SecureRandom.uuid())]], ["all": true]] {
            let answer = try await order(
                "incident.create", ["name": "t", "reason": "unspecified", "query": query], auditor)
            #expect([404, 422].contains(answer.status), "\(query.text)")
        }
        await one.stop()
        await other.stop()
        await auditor.stop()
    }

    @Test func `a stop half way is gone on from, and nothing is revoked twice`() async throws {
        let first = try await start()
        let applicant = try TestApplicant(world)
        let jtis = try await issue(120, to: applicant, by: first)
        let before = try await logSize(first)
        let id = try #require(
            try await create(["node": JSON(applicant.did)], first)["incident"]?.stringValue)
        #expect(try await order("incident.revoke", ["incident": JSON(id)], first).status == 200)
        await first.stop()

        let auditor = try await start()
        var state = try await incident(id, auditor)
        while state["state"] != "revoked" {
            try await Task.sleep(for: .milliseconds(20))
            state = try await incident(id, auditor)
        }
        #expect(state["left"] == 0)
        for jti in jtis {
            #expect(try auditor.service.store.credentialState(jti: jti) == .revoked)
        }
        // Created, ordered, and one entry for each credential.
        #expect(try await logSize(auditor) == before + 122)
        #expect(try await order("incident.revoke", ["incident": JSON(id)], auditor).status == 409)
        #expect(try await order("incident.close", ["incident": JSON(id)], auditor).status == 200)
        #expect(try await order("incident.close", ["incident": JSON(id)], auditor).status == 409)
        await applicant.stop()
        await auditor.stop()
    }
}
