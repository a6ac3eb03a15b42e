import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import TestSupport
import Testing

/// A referred application with four reviewers and their keys.
struct ReviewedCase {
    let base: Case
    let policy: AuditorPolicy
    let keys: [KeyPair]
    let review: ReviewCase
    var now: Instant { base.now }

    init(
        review member: JSON = ["approvals": 2, "of": 3, "expiresAfter": "1h"],
        roles: [[String]] = [[], [], [], []], organisations: [String?] = [nil, nil, nil, nil]
    ) throws {
        base = try Case()
        let document: JSON = [
            "name": "people", "version": "1",
            "rules": [["id": "credit", "expression": "evidence.credit.score >= 100"]],
            "referWhen": "evidence.credit.score < 1000", "validFor": "24h", "review": member,
        ]
        policy = try AuditorPolicy(bytes: document.bytes)
        keys = try (0..<4).map { _ in try KeyPair() }
        let reviewers = zip(keys, zip(roles, organisations)).enumerated().map { index, entry in
            Reviewer(
                did: entry.0.did, name: "R\(index)", roles: entry.1.0, organisation: entry.1.1)
        }
        review = try ReviewCase(
            application: base.application, issuer: base.issuer, policy: policy,
            facts: ReviewFacts(
                referredAt: base.now, evidence: base.evidence.facts, findings: .array([]),
                device: nil), reviewers: reviewers)
    }

    func decision(
        _ kind: ReviewDecision.Kind, by index: Int, role: String? = nil, from: Int64 = 0,
        until: Int64 = 1800, change: (inout [String: String]) -> Void = { _ in }
    ) throws -> ReviewDecision {
        var other: [String: String] = [:]
        change(&other)
        return try ReviewDecision.Draft(
            network: other["network"] ?? base.application.network,
            issuer: other["issuer"] ?? base.issuer,
            application: other["application"].map { Digest.sha256(Array($0.utf8)) }
                ?? base.application.digest,
            policy: other["policy"].map { Digest.sha256(Array($0.utf8)) } ?? policy.digest,
            facts: other["facts"].map { Digest.sha256(Array($0.utf8)) } ?? review.facts.digest,
            kind: kind, role: role, reason: "I looked at it",
            validity: Validity(from: at(from), until: at(until)), id: SecureRandom.uuid()
        ).sign(with: keys[index].key)
    }

    func at(_ seconds: Int64) -> Instant { now.adding(milliseconds: seconds * 1000) }

    func code(
        _ decision: ReviewDecision, after earlier: [ReviewDecision] = [], at seconds: Int64 = 1
    ) -> ReviewRefusal.Code? {
        review.refusal(of: decision, after: earlier, at: at(seconds))?.code
    }

    func claims(
        _ decisions: [ReviewDecision], closed: Int64, shown: ReviewEvidence = .decisions
    ) throws -> CredentialClaims? {
        let window = Validity(from: .distantPast, until: .distantFuture)
        let moment = at(closed)
        switch review.conclude(
            decisions, closedAt: moment, evidence: base.evidence, shown: shown, at: moment)
        {
        case .granted(let permit):
            return try permit.prepare(id: SecureRandom.uuid(), at: moment, keyWindow: window).claims
        case .refused(let refusal):
            return try refusal.prepare(id: SecureRandom.uuid(), at: moment, keyWindow: window)
                .claims
        case .referred: return nil
        }
    }
}

@Suite struct ReviewRuleTests {
    @Test func `two of three approve and one alone does not`() throws {
        let world = try ReviewedCase()
        let first = try world.decision(.approve, by: 0)
        let second = try world.decision(.approve, by: 1)
        #expect(world.code(first) == nil)
        #expect(world.code(second, after: [first]) == nil)
        guard case .pending(let progress) = world.review.standing(of: [first], at: world.at(1))
        else { throw TestFailure("one approval closed the case") }
        #expect(progress.approvals == 1 && progress.needed == 2)
        #expect(world.review.standing(of: [first, second], at: world.at(1)) == .approved)
    }

    @Test func `nobody counts twice, and the case is closed when it is decided`() throws {
        let world = try ReviewedCase()
        let first = try world.decision(.approve, by: 0)
        let again = try world.decision(.approve, by: 0)
        #expect(world.code(again, after: [first]) == .twice)
        #expect(world.review.standing(of: [first, again], at: world.at(1)) != .approved)
        let second = try world.decision(.approve, by: 1)
        let third = try world.decision(.deny, by: 2)
        #expect(world.code(third, after: [first, second]) == .closed)
    }

    @Test func `one refusal ends it, whatever was approved before`() throws {
        let world = try ReviewedCase()
        let decisions = [
            try world.decision(.approve, by: 0), try world.decision(.deny, by: 2),
        ]
        #expect(
            world.review.standing(of: decisions, at: world.at(1))
                == .denied(by: world.keys[2].did))
        let late = try world.decision(.approve, by: 1)
        #expect(world.code(late, after: decisions) == .closed)
    }

    @Test func `a comment counts for nothing and may follow a decision`() throws {
        let world = try ReviewedCase()
        let comment = try world.decision(.comment, by: 0)
        let approval = try world.decision(.approve, by: 0)
        #expect(world.code(approval, after: [comment]) == nil)
        let more = try world.decision(.comment, by: 0)
        #expect(world.code(more, after: [comment, approval]) == nil)
    }

    @Test func `the applicant's own people do not decide`() throws {
        let world = try ReviewedCase(organisations: ["EXAMPLE  ltd", "Other Ltd.", nil, nil])
        #expect(world.code(try world.decision(.approve, by: 0)) == .ownPeople)
        #expect(world.code(try world.decision(.approve, by: 1)) == nil)
        #expect(world.review.panel.map(\.name) == ["R1", "R2", "R3"])
        let node = Reviewer(did: world.base.application.node, name: "Node")
        #expect(node.interest(in: world.base.application) != nil)
        let payer = Reviewer(did: world.base.application.account, name: "Payer")
        #expect(payer.interest(in: world.base.application) != nil)
    }

    @Test(arguments: [(3599, false), (3600, true), (3601, true)])
    func `a case is expired from its due time on`(second: Int64, isOver: Bool) throws {
        let world = try ReviewedCase()
        let standing = world.review.standing(of: [], at: world.at(second))
        #expect((standing == .expired) == isOver)
        let decision = try world.decision(.approve, by: 0, from: second - 10, until: second + 10)
        #expect(world.code(decision, at: second) == (isOver ? .late : nil))
    }

    @Test(arguments: [(99, true), (100, false), (101, false)])
    func `an approval counts before its end and not from it on`(
        second: Int64, counts: Bool
    ) throws {
        let world = try ReviewedCase()
        let short = try world.decision(.approve, by: 0, until: 100)
        let long = try world.decision(.approve, by: 1)
        let standing = world.review.standing(of: [short, long], at: world.at(second))
        #expect((standing == .approved) == counts)
        #expect(world.code(short, at: second) == (counts ? nil : .expired))
        // Who approved before may do so again once the first approval is over.
        let again = try world.decision(.approve, by: 0, from: second)
        #expect(world.code(again, after: [short], at: second) == (counts ? .twice : nil))
    }

    @Test func `an approval good for longer than the policy allows is refused`() throws {
        let world = try ReviewedCase(
            review: [
                "approvals": 1, "of": 1, "expiresAfter": "1h", "approvalExpiresAfter": "10m",
            ])
        #expect(world.code(try world.decision(.approve, by: 0, until: 600)) == nil)
        #expect(world.code(try world.decision(.approve, by: 0, until: 601)) == .tooLong)
    }

    @Test func `a decision dated before the case or ahead of the clock is refused`() throws {
        let world = try ReviewedCase()
        #expect(world.code(try world.decision(.approve, by: 0, from: -60)) == nil)
        #expect(world.code(try world.decision(.approve, by: 0, from: -61)) == .wrongTime)
        #expect(world.code(try world.decision(.approve, by: 0, from: 61)) == nil)
        #expect(world.code(try world.decision(.approve, by: 0, from: 62)) == .wrongTime)
    }

    @Test(arguments: ["network", "issuer", "application", "policy"])
    func `a decision about something else is foreign`(member: String) throws {
        let world = try ReviewedCase()
        let other = try world.decision(.approve, by: 0) { members in
            members[member] = member == "issuer" ? "https://other.example" : "other"
        }
        #expect(world.code(other) == .foreign)
    }

    @Test func `a decision on other facts, or by a stranger, is refused`() throws {
        let world = try ReviewedCase()
        let other = try world.decision(.approve, by: 0) { $0["facts"] = "other" }
        #expect(world.code(other) == .otherFacts)
        let stranger = try KeyPair()
        let draft = try world.decision(.approve, by: 0).draft
        #expect(world.code(try draft.sign(with: stranger.key)) == .unknownReviewer)
    }

    @Test func `roles count side by side, in any order`() throws {
        let world = try ReviewedCase(
            review: [
                "approvals": 3, "of": 3, "expiresAfter": "1h",
                "roles": [
                    ["role": "credit", "approvals": 1], ["role": "device", "approvals": 1],
                ],
            ], roles: [["credit"], ["device"], ["credit", "device"], []])
        #expect(world.review.lack == nil)
        let device = try world.decision(.approve, by: 1, role: "device")
        #expect(world.code(device) == nil)
        #expect(world.code(try world.decision(.approve, by: 3, role: "credit")) == .role)
        #expect(world.code(try world.decision(.approve, by: 0, role: "other")) == .role)
        let second = try world.decision(.approve, by: 2, role: "device")
        #expect(world.code(second, after: [device]) == .role)
        let free = try world.decision(.approve, by: 3)
        #expect(world.code(free, after: [device]) == nil)
        #expect(
            world.code(try world.decision(.approve, by: 2), after: [device, free]) == .role)
        let credit = try world.decision(.approve, by: 0, role: "credit")
        #expect(
            world.review.standing(of: [device, free, credit], at: world.at(1)) == .approved)
        #expect(
            world.review.openParts(
                for: world.review.reviewers[2], after: [device], at: world.at(1)) == ["credit"])
    }

    @Test func `steps go one after the other`() throws {
        let world = try ReviewedCase(
            review: [
                "approvals": 2, "of": 2, "expiresAfter": "1h",
                "steps": [
                    ["name": "first look", "approvals": 1],
                    ["name": "sign-off", "role": "lead", "approvals": 1],
                ],
            ], roles: [[], ["lead"], [], []])
        let early = try world.decision(.approve, by: 1, role: "sign-off")
        #expect(world.code(early) == .role)
        #expect(world.code(try world.decision(.approve, by: 0)) == .role)
        let first = try world.decision(.approve, by: 0, role: "first look")
        #expect(world.code(first) == nil)
        #expect(
            world.code(try world.decision(.approve, by: 2, role: "sign-off"), after: [first])
                == .role)
        #expect(world.code(early, after: [first]) == nil)
        #expect(world.review.standing(of: [first, early], at: world.at(1)) == .approved)
    }

    @Test func `a case takes only so many comments, and then a refusal still`() throws {
        let world = try ReviewedCase()
        let comment = try world.decision(.comment, by: 0)
        let full = Array(repeating: comment, count: 200)
        #expect(world.code(comment, after: Array(full.dropLast())) == nil)
        #expect(world.code(comment, after: full) == .tooMany)
        #expect(world.code(try world.decision(.deny, by: 1), after: full) == nil)
    }

    @Test func `a change of who has to approve is told`() throws {
        let old = try ReviewedCase()
        let new = try ReviewedCase(
            review: [
                "approvals": 2, "of": 3, "expiresAfter": "1h", "approvalExpiresAfter": "30m",
                "steps": [
                    ["name": "look", "approvals": 1],
                    ["name": "sign", "role": "lead", "approvals": 1],
                ],
            ])
        let changes = PolicyDifference(from: old.policy.document, to: new.policy.document).changes
        #expect(changes.count == 1)
        #expect(
            changes.first?.contains(
                "2 of 3, expires after 3600 s, approvals after 1800 s, then 1 in look, "
                    + "then 1 in sign by lead") == true)
    }

    @Test func `a case with too few reviewers says so`() throws {
        let world = try ReviewedCase(
            review: ["approvals": 2, "of": 4, "expiresAfter": "1h"],
            organisations: ["Example Ltd", nil, nil, nil])
        #expect(world.review.lack?.contains("asks 4 reviewers, and 3") == true)
    }

    @Test func `approved, denied and expired cases give one answer each`() throws {
        let world = try ReviewedCase()
        let approvals = [
            try world.decision(.approve, by: 0), try world.decision(.approve, by: 1),
        ]
        let consent = try #require(try world.claims(approvals, closed: 5))
        #expect(consent.consent == .granted)
        let evaluation = try #require(consent.evidence.first)
        #expect(evaluation.mode == .human)
        #expect(evaluation.reviewers == [world.keys[0].did, world.keys[1].did])
        #expect(evaluation.decisions == approvals.map(\.jws.compact))
        let vouched = try #require(try world.claims(approvals, closed: 5, shown: .results))
        #expect(vouched.evidence.first?.decisions == [])
        #expect(vouched.evidence.first?.reviewers.count == 2)

        let denial = try #require(try world.claims([world.decision(.deny, by: 2)], closed: 5))
        #expect(denial.consent == .refused(reason: "ReviewDenied"))
        #expect(denial.evidence.first?.findings.first?.message == "R2 denied: I looked at it")
        let expired = try #require(try world.claims([], closed: 3600))
        #expect(expired.consent == .refused(reason: "ReviewExpired"))
        #expect(try world.claims([], closed: 3599) == nil)
    }

    @Test func `what the policy refuses at the end is refused, whatever people said`() throws {
        let world = try ReviewedCase()
        let approvals = [
            try world.decision(.approve, by: 0), try world.decision(.approve, by: 1),
        ]
        var evidence = world.base.evidence
        evidence.credit = .absent(reason: "it has expired")
        let verdict = world.review.conclude(
            approvals, closedAt: world.at(5), evidence: evidence, shown: .decisions,
            at: world.at(5))
        guard case .refused(let refusal) = verdict else { throw TestFailure("not refused") }
        #expect(refusal.judgement.findings.first?.reason == "MissingFact")
    }

    @Test func `facts read back as the evidence they were made from`() throws {
        let world = try ReviewedCase()
        let facts = try ReviewFacts(text: world.review.facts.text)
        #expect(facts == world.review.facts)
        let evidence = try facts.evidence(
            for: world.base.application,
            creditSources: [
                CreditSource(name: "Example Credit", key: world.base.source.publicKey)
            ])
        #expect(evidence.facts == world.base.evidence.facts)
        let forged = try facts.evidence(for: world.base.application, creditSources: [])
        #expect(forged.credit.value == nil)
    }

    @Test(arguments: [
        #"{"approvals": 2, "of": 2, "expiresAfter": "1h", "roles": [], "steps": []}"#,
        #"{"approvals": 2, "of": 2, "expiresAfter": "1h", "roles": []}"#,
        #"{"approvals": 1, "of": 2, "expiresAfter": 9, "roles": [{"role": "a", "approvals": 2}]}"#,
        #"{"approvals": 2, "of": 2, "expiresAfter": 9, "steps": [{"name": "a", "approvals": 1}]}"#,
        """
        {"approvals": 2, "of": 2, "expiresAfter": "1h", "roles": [{"role": "a", "approvals": 1}, \
        {"role": "a", "approvals": 1}]}
        """,
        #"{"approvals": 1, "of": 1, "expiresAfter": "1h", "approvalExpiresAfter": 0}"#,
    ])
    func `a review that contradicts itself is no policy`(member: String) throws {
        let parsed = try JSON.parse(member)
        #expect(throws: AuditingError.self) { try ReviewedCase(review: parsed) }
    }
}

struct TestFailure: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
