import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// Status lists of a real auditor, before and after its operators' orders.
@Suite struct StatusListTests {
    private let operated: OperatedAuditor
    private var world: AuditWorld { operated.world }
    private var client: HTTPClient { operated.client }
    private let path: String

    init() async throws {
        operated = try OperatedAuditor()
        path = try await operated.configure()
    }

    private func start() async throws -> AuditorServer { try await OperatedAuditor.start(path) }

    private func issued(by auditor: AuditorServer) async throws -> Credential {
        let applicant = try TestApplicant(world)
        let answer = try await auditor.service.submit(try applicant.application().jws.compact)
        await applicant.stop()
        return try Credential(try #require(answer.credential))
    }

    private func order(_ name: String, _ jti: String, _ auditor: AuditorServer) async throws {
        let order = try operated.order(
            name, ["credential": JSON(jti), "reason": "investigation"], to: auditor)
        let answer = try await operated.send(order, to: auditor)
        #expect(answer.status == 200)
    }

    private func fetch(_ url: String, tag: String? = nil) async throws -> Response {
        try await client.send(
            "GET", url, headers: tag.map { [("if-none-match", $0)] } ?? [],
            deadlineMilliseconds: 60_000)
    }

    /// What the published lists say of a credential, by purpose.
    private func status(_ credential: Credential) async throws -> [StatusPurpose: Bool] {
        let set = try world.auditorSet([path], threshold: 1)
        var result: [StatusPurpose: Bool] = [:]
        for entry in credential.claims.status {
            let body = try await fetch(entry.list).body
            let list = try StatusList(String(decoding: body, as: UTF8.self))
            try set.verify(list, at: SystemClock.now())
            result[entry.purpose] = try entry.isSet(in: list)
        }
        return result
    }

    @Test func `orders show in the lists at once, and for the one credential only`() async throws {
        let auditor = try await start()
        let first = try await issued(by: auditor)
        let second = try await issued(by: auditor)
        let (one, other) = (first.claims.id, second.claims.id)

        #expect(try await status(first) == [.revocation: false, .suspension: false])
        try await order("credential.suspend", one, auditor)
        #expect(try await status(first) == [.revocation: false, .suspension: true])
        try await order("credential.reinstate", one, auditor)
        #expect(try await status(first) == [.revocation: false, .suspension: false])
        try await order("credential.suspend", other, auditor)
        try await order("credential.revoke", one, auditor)
        #expect(try await status(first) == [.revocation: true, .suspension: false])
        #expect(try await status(second) == [.revocation: false, .suspension: true])
        await auditor.stop()
        let restarted = try await start()
        #expect(try await status(first) == [.revocation: true, .suspension: false])
        await restarted.stop()
    }

    @Test func `a list is cacheable, and signed anew only when it says something else`()
        async throws
    {
        let auditor = try await start()
        let credential = try await issued(by: auditor)
        let url = try #require(credential.claims.status.first).list
        let first = try await fetch(url)
        let tag = try #require(first.header("etag"))
        #expect(first.header("cache-control") == "public, max-age=60")
        #expect(first.header("content-type") == "application/vc+jwt")
        #expect(first.body.count < 2_000)
        let again = try await fetch(url, tag: tag)
        #expect(again.status == 304)
        #expect(try await fetch(url).body == first.body)
        try await order("credential.revoke", credential.claims.id, auditor)
        let changed = try await fetch(url, tag: tag)
        #expect(changed.status == 200)
        #expect(changed.body != first.body)
        await auditor.stop()
    }

    @Test func `there are lists for the places given, and no others`() async throws {
        let auditor = try await start()
        for (number, status) in [
            ("1", 200), ("2", 200), ("3", 404), ("0", 404), ("01", 404), ("-1", 404), ("x", 404),
            ("99999999999999999999", 404),
        ] {
            let answer = try await fetch("\(auditor.service.issuer)/v1/status-lists/\(number)")
            #expect(answer.status == status, "\(number)")
        }
        await auditor.stop()
    }

    @Test func `two hundred credentials have two hundred places`() async throws {
        let auditor = try await start()
        let applicant = try TestApplicant(world)
        var places: Set<Int> = []
        for _ in 0..<200 {
            let answer = try await auditor.service.submit(
                try applicant.application().jws.compact)
            let credential = try Credential(try #require(answer.credential))
            let entry = try #require(credential.claims.status.first)
            places.insert(entry.index)
        }
        #expect(places.count == 200)
        await applicant.stop()
        await auditor.stop()
    }
}
