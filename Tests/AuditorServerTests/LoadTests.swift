import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

@testable import AuditorServer

/// Hundreds of applications and orders at one time, over the wire, with repeats among them: entries
/// of the log are acts, exactly.
@Suite struct LoadTests {
    private let operated: OperatedAuditor
    private var world: AuditWorld { operated.world }
    private var client: HTTPClient { operated.client }

    init() throws { operated = try OperatedAuditor() }

    private struct Given: Sendable, Hashable {
        let application: String
        let outcome: String
        let credential: String?
    }

    /// Posts until it is taken: an auditor that is busy says so and decides nothing, and a machine
    /// that is busy lets a connection's handshake run out of time.
    private func post(_ url: String, _ json: JSON) async throws -> JSON {
        while true {
            do {
                let response = try await client.send(
                    "POST", url, headers: [("content-type", "application/json")],
                    body: json.bytes, deadlineMilliseconds: 120_000)
                guard response.status == 503 else { return try response.json() }
            } catch {
                guard [.closed, .tls, .timeout].contains(error.code) else { throw error }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// As many at once as one address may have connections, less a few.
    private func atOnce<Item: Sendable, Answer: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Answer
    ) async throws -> [Answer] {
        let clients = 240
        return try await withThrowingTaskGroup(of: [Answer].self) { group in
            for client in 0..<clients {
                group.addTask {
                    var answers: [Answer] = []
                    for index in stride(from: client, to: items.count, by: clients) {
                        answers.append(try await body(items[index]))
                    }
                    return answers
                }
            }
            return try await group.reduce(into: [Answer]()) { $0 += $1 }
        }
    }

    private func apply(_ application: Application, at issuer: String) async throws -> Given {
        let answer = try await post(
            "\(issuer)/v1/applications", ["application": JSON(application.jws.compact)])
        return Given(
            application: application.digest.text,
            outcome: answer["outcome"]?.stringValue ?? answer.text,
            credential: answer["credential"]?.stringValue)
    }

    @Test func `entries are acts, however much is asked at once`() async throws {
        let path = try await operated.configure(policy: "full-review.json")
        let auditor = try await OperatedAuditor.start(path)
        let issuer = auditor.service.issuer
        let applicant = try TestApplicant(world)
        let deposit = try world.ledger.pay(
            5_000, by: applicant.did, to: issuer, for: applicant.did)
        let scores: [UInt64] = [700, 500, 620]
        let credits = try scores.map {
            try world.creditStatement(for: applicant.did, score: $0)
        }
        let applications = try (0..<300).map {
            try applicant.application(deposits: [deposit], credit: credits[$0 % 3])
        }
        var numbers = SeededGenerator(seed: 4)
        let asked = (applications + applications + applications).shuffled(using: &numbers)

        let given = try await atOnce(asked) { try await apply($0, at: issuer) }

        // One answer for each, whoever asked when.
        #expect(given.count == 900)
        #expect(Set(given).count == 300)
        for outcome in ["consent", "refusal", "referred"] {
            #expect(Set(given).count { $0.outcome == outcome } == 100)
        }
        let credentials = Set(given.compactMap(\.credential))
        let names = try Set(credentials.map { try Credential($0).claims.id })
        #expect(credentials.count == 200 && names.count == 200)

        let revoked = Array(names.sorted().prefix(60))
        try await revoke(revoked, at: issuer)
        try check(
            auditor,
            [
                "application.accepted": 300, "application.judged": 200,
                "application.referred": 100, "credential.intended": 200,
                "credential.issued": 100, "credential.refused": 100, "credential.revoked": 60,
                "key.prepared": 1, "key.activated": 1,
            ])
        await auditor.stop()
        await applicant.stop()
    }

    /// Each order three times at once.
    private func revoke(_ names: [String], at issuer: String) async throws {
        let orders = try names.map { name in
            try Operation.sign(
                "credential.revoke", ["credential": JSON(name), "reason": "superseded"],
                network: AuditWorld.network, issuer: issuer, id: SecureRandom.uuid(),
                at: Instant(seconds: SystemClock.now().seconds), key: operated.boss.key
            ).jws.compact
        }
        let answers = try await atOnce(orders + orders + orders) { order in
            try await post("\(issuer)/v1/operations", ["operation": JSON(order)]).text
        }
        #expect(answers.count == 3 * names.count)
        #expect(Set(answers).count == names.count)
        #expect(answers.allSatisfy { $0.contains("\"changed\":true") })
    }

    private func check(_ auditor: AuditorServer, _ expected: [String: Int]) throws {
        let (entries, issued, root) = try auditor.service.store.database.read { connection in
            (
                try connection.query("SELECT entry FROM log_entries ORDER BY position", []) {
                    $0.blob(0)
                },
                try connection.query("SELECT credential FROM issuances", []) { $0.text(0) },
                try AuditLog.root(size: try AuditLog.size(connection), connection)
            )
        }
        var kinds: [String: Int] = [:]
        var acts: Set<String> = []
        for bytes in entries {
            let entry = try JSON.parse(bytes)
            let kind = entry["kind"]?.stringValue ?? "?"
            kinds[kind, default: 0] += 1
            let subject = entry["application"] ?? entry["credential"] ?? entry["key"] ?? .null
            acts.insert("\(kind) \(subject.text)")
        }
        #expect(kinds == expected)
        #expect(acts.count == entries.count, "an act has two entries")
        // The credentials on record are those whose digests stand in the log.
        let logged = try Set(
            entries.compactMap { bytes -> String? in
                let entry = try JSON.parse(bytes)
                let kind = entry["kind"]
                guard kind == "credential.issued" || kind == "credential.refused" else {
                    return nil
                }
                return entry["digest"]?.stringValue
            })
        #expect(logged == Set(issued.map { Digest.sha256(Array($0.utf8)).text }))
        #expect(root == MerkleTree.root(entries))
    }
}
