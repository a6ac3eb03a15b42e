import Auditing
import Credentials
import Cryptography
import Encoding
import Foundation
import Storage
import TestSupport
import Web

@testable import AuditorServer

/// What an auditor's clients saw, and what it remembers: all that an oracle is shown.
struct CrashHistory: Sendable {
    struct Answer: Sendable, Hashable {
        /// What the applicant calls it.
        let name: String
        let application: String
        let outcome: String
        let credential: String?
    }

    struct Issuance: Sendable, Hashable {
        let jti: String
        let application: String
        let credential: String?
    }

    /// Everything that was answered, repeats and what an earlier process said among it.
    var answers: [Answer] = []
    /// What each order was answered, at each time it was given.
    var orders: [String: [String]] = [:]
    /// Of each deposit that was asked back: how many transactions for it came to the ledger, and
    /// how often it was paid.
    var refunds: [(transactions: Int, payments: Int)] = []
    var isStalled = false
    /// The rows of the store, after the last stop.
    var issuances: [Issuance] = []
    var states: [String: String] = [:]
    /// The log's entries, in order, and whether its hashes are theirs.
    var entries: [JSON] = []
    var isLogWhole = true
}

/// One life of an auditor: it grants, refuses, refers, repeats itself, has reviewers approve and
/// deny, suspends, reinstates, revokes, pays deposits back, shows its log, changes its key, grants
/// again and renews. Every request is made until it is answered, so that the same story can be told
/// of an auditor that ends at any point of it.
struct CrashStory {
    let world: AuditWorld
    let ledger: CrashLedger
    let applicant: TestApplicant
    let operators: [KeyPair]
    let reviewers: [KeyPair]

    init() throws {
        world = try AuditWorld()
        applicant = try TestApplicant(world)
        ledger = try CrashLedger(identity: world.identity("crash-ledger"))
        operators = try (0..<2).map { _ in try KeyPair() }
        reviewers = try (0..<3).map { _ in try KeyPair() }
    }

    /// Credit scores that the policy grants, refuses and refers.
    private static let scores: [(name: String, score: UInt64)] = [
        ("good", 700), ("bad", 500), ("unsure", 620), ("doubtful", 610),
    ]

    func stop() async {
        await applicant.stop()
        await ledger.stop()
    }

    func auditor(_ name: String) async throws -> CrashAuditor {
        try await CrashAuditor(
            name, in: world, ledger: ledger.url, operators: operators.map(\.did),
            reviewers: reviewers.map(\.did))
    }

    private func application(
        _ auditor: CrashAuditor, score: UInt64, deposit: UInt64 = 5_000
    ) throws -> Application {
        try applicant.application(
            deposits: [
                ledger.pay(deposit, by: applicant.did, to: auditor.issuer, for: applicant.did)
            ],
            credit: try world.creditStatement(for: applicant.did, score: score))
    }

    /// Lives the story; the auditor has been started.
    func tell(of auditor: CrashAuditor) async throws -> CrashHistory {
        var history = CrashHistory()
        do {
            try await live(auditor, &history)
        } catch is CrashAuditor.Stalled {
            history.isStalled = true
        }
        return history
    }

    private func live(_ auditor: CrashAuditor, _ history: inout CrashHistory) async throws {
        var applications: [(name: String, application: Application)] = []
        for (name, score) in Self.scores {
            let application = try application(
                auditor, score: score, deposit: name == "good" ? 9_000 : 5_000)
            applications.append((name, application))
            try await apply(name, application, auditor, &history)
        }
        for (index, kinds) in [(3, [ReviewDecision.Kind.deny]), (2, [.approve, .approve])] {
            applications[index].name += ", decided"
            try await decide(
                kinds, applications[index].name, applications[index].application, auditor,
                &history)
        }
        try await show(auditor)
        if let jti = Self.jti(history.answers.first?.credential) {
            for order in ["credential.suspend", "credential.reinstate", "credential.revoke"] {
                try await give(
                    order, ["credential": JSON(jti), "reason": "superseded"], auditor, &history)
            }
        }
        if let jti = Self.jti(history.answers.last?.credential) {
            try await revoke(jti, after: "keys lost", auditor, &history)
        }
        try await refund(auditor, &history)
        try await changeKey(of: auditor)
        let last = try application(auditor, score: 800)
        applications.append(("after the rotation", last))
        try await apply("after the rotation", last, auditor, &history)
        try await renew(last, auditor, &history)
        // The same again: the same answers, byte for byte.
        for (name, application) in applications {
            try await apply(name, application, auditor, &history)
        }
        try await show(auditor)
    }

    private func apply(
        _ name: String, _ application: Application, _ auditor: CrashAuditor,
        _ history: inout CrashHistory
    ) async throws {
        let response = try await auditor.ask(
            "POST", "/v1/applications", ["application": JSON(application.jws.compact)])
        try note(response, name, application.digest, &history)
    }

    private func note(
        _ response: Response, _ name: String, _ digest: Digest, _ history: inout CrashHistory
    ) throws {
        let answer = try response.json()
        history.answers.append(
            CrashHistory.Answer(
                name: name, application: digest.text,
                outcome: answer["outcome"]?.stringValue ?? "status \(response.status)",
                credential: answer["credential"]?.stringValue))
    }

    /// The node asks for a newer credential for its application, twice.
    private func renew(
        _ application: Application, _ auditor: CrashAuditor, _ history: inout CrashHistory
    ) async throws {
        let renewal = try Renewal.sign(
            of: application.digest, network: AuditWorld.network, issuer: auditor.issuer,
            at: Instant(seconds: SystemClock.now().seconds), nonce: SecureRandom.bytes(16),
            key: applicant.key)
        for _ in 0..<2 {
            let response = try await auditor.ask(
                "POST", "/v1/renewals", ["renewal": JSON(renewal.jws.compact)])
            try note(response, "renewed", renewal.digest, &history)
        }
    }

    /// Reviewers decide, each handing the decision in twice.
    /// - Parameter kinds: what the first of them say: two approvals of three, or one refusal, end
    ///   it.
    private func decide(
        _ kinds: [ReviewDecision.Kind], _ name: String, _ application: Application,
        _ auditor: CrashAuditor, _ history: inout CrashHistory
    ) async throws {
        let place = "/v1/reviews/\(application.digest.text)"
        let dossier = try ReviewDossier(json: try await auditor.ask("GET", place).json())
        let review = try dossier.reviewCase()
        for (reviewer, kind) in zip(reviewers, kinds) {
            let now = Instant(seconds: SystemClock.now().seconds)
            let decision = try ReviewDecision.Draft(
                network: dossier.network, issuer: dossier.issuer,
                application: application.digest, policy: review.policy.digest,
                facts: review.facts.digest, kind: kind, role: nil, reason: "seen",
                validity: Validity(from: now, until: now.adding(milliseconds: 3_600_000)),
                id: SecureRandom.uuid()
            ).sign(with: reviewer.key)
            for _ in 0..<2 {
                _ = try await auditor.ask(
                    "POST", place + "/decisions", ["decision": JSON(decision.jws.compact)])
            }
        }
        for _ in 0..<3_000 {
            let answer = try await auditor.ask(
                "GET", "/v1/applications/\(application.digest.text)"
            ).json()
            if answer["outcome"] != "referred" {
                return try await apply(name, application, auditor, &history)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CrashAuditor.Stalled()
    }

    /// One order, signed once and given twice.
    /// - Returns: its id.
    @discardableResult
    private func give(
        _ name: String, _ arguments: JSON, by index: Int = 0, _ auditor: CrashAuditor,
        _ history: inout CrashHistory
    ) async throws -> String {
        let order = try Operation.sign(
            name, arguments, network: AuditWorld.network, issuer: auditor.issuer,
            id: SecureRandom.uuid(), at: Instant(seconds: SystemClock.now().seconds),
            key: operators[index].key)
        for _ in 0..<2 {
            let response = try await auditor.ask(
                "POST", "/v1/operations", ["operation": JSON(order.jws.compact)])
            history.orders["\(name) \(index)", default: []].append(
                String(decoding: response.body, as: UTF8.self))
        }
        return order.id
    }

    /// An incident with one credential: found, revoked, closed.
    private func revoke(
        _ jti: String, after incident: String, _ auditor: CrashAuditor,
        _ history: inout CrashHistory
    ) async throws {
        let id = try await give(
            "incident.create",
            [
                "name": JSON(incident), "reason": "superseded",
                "query": ["credentials": [JSON(jti)]],
            ], auditor, &history)
        try await give("incident.revoke", ["incident": JSON(id)], auditor, &history)
        for _ in 0..<2 * auditor.attemptsMaximum {
            let answer = try await auditor.ask("GET", "/v1/incidents/\(id)").json()
            if answer["state"] == "revoked" {
                try await give("incident.close", ["incident": JSON(id)], auditor, &history)
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CrashAuditor.Stalled()
    }

    /// The deposits of the applications that were refused and of the incident's credential go back
    /// by themselves; that of the other revoked credential is large, and needs both operators.
    private func refund(_ auditor: CrashAuditor, _ history: inout CrashHistory) async throws {
        let large = try await refunds(auditor) { $0.contains { $0["amount"] == "9000" } }
            .first { $0["amount"] == "9000" }
        for index in operators.indices {
            let arguments = ["deposit", "amount", "payer"].map { ($0, large?[$0] ?? .null) }
            try await give(
                "refund.approve", .object(JSONObject(arguments)), by: index, auditor, &history)
        }
        _ = try await refunds(auditor) { $0.count == 4 && $0.allSatisfy { $0["state"] == "paid" } }
    }

    /// The refunds once they are as they are waited for.
    private func refunds(
        _ auditor: CrashAuditor, until isReached: ([JSON]) -> Bool
    ) async throws -> [JSON] {
        for _ in 0..<2 * auditor.attemptsMaximum {
            let answer = try await auditor.ask("GET", "/v1/refunds").json()
            let refunds = answer["refunds"]?.arrayValue ?? []
            if isReached(refunds) { return refunds }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CrashAuditor.Stalled()
    }

    /// A new key takes over while the server runs.
    private func changeKey(of auditor: CrashAuditor) async throws {
        let now = Instant(seconds: SystemClock.now().seconds)
        let next = try auditor.ring.prepareNewKey(
            issuer: auditor.issuer, window: AuditWorld.keyWindow(from: now), passphrase: nil,
            at: now)
        try auditor.ring.edit { try $0.activate(next.thumbprint, at: now, isAtOnce: true) }
        for _ in 0..<3_000 {
            auditor.hangUp()
            let set = try await auditor.ask("GET", "/.well-known/jwks.json").json()
            let names = (set["keys"]?.arrayValue ?? []).compactMap { $0["kid"]?.stringValue }
            if names.contains(where: { $0.hasSuffix(next.thumbprint) }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CrashAuditor.Stalled()
    }

    private func show(_ auditor: CrashAuditor) async throws {
        _ = try await auditor.ask("GET", "/v1/log/checkpoint")
        _ = try await auditor.ask("GET", "/v1/log/tile/entries/000.p/1")
        _ = try await auditor.ask("GET", "/v1/status-lists/1")
    }

    static func jti(_ credential: String?) -> String? {
        credential.flatMap { try? Credential($0) }?.claims.id
    }
}

extension CrashHistory {
    /// Reads what the auditor remembers; it does not run any more.
    mutating func look(into auditor: CrashAuditor) async throws {
        let kept = try await auditor.withStore { connection in
            let issuances = try connection.query(
                "SELECT jti, application, credential FROM issuances", []
            ) { row in
                Issuance(
                    jti: row.text(0), application: row.text(1), credential: row.optionalText(2))
            }
            let states = try connection.query("SELECT digest, state FROM applications", []) {
                ($0.text(0), $0.text(1))
            }
            let entries = try connection.query(
                "SELECT entry FROM log_entries ORDER BY position", []
            ) { $0.blob(0) }
            let size = try AuditLog.size(connection)
            let root = try AuditLog.root(size: size, connection)
            return (issuances, states, entries, root == MerkleTree.root(entries))
        }
        issuances = kept.0
        states = Dictionary(kept.1) { first, _ in first }
        entries = try kept.2.map { try JSON.parse($0) }
        isLogWhole = kept.3
    }
}
