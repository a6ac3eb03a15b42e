import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import TestSupport
import Testing

/// The kinds of a verdict, which itself cannot be kept.
enum VerdictKind: Equatable { case granted, refused, referred }

/// An application with all its evidence in order, and one auditor.
struct Case {
    let candidacy: TestCandidacy
    let application: Application
    let source: KeyPair
    var evidence: Evidence
    let issuer = "https://a1.example"
    var now: Instant { candidacy.now }

    /// - Parameter statementSeconds: how long the credit statement is good from now on.
    init(validForSeconds: Int64? = nil, statementSeconds: Int64 = 86_400) throws {
        candidacy = try TestCandidacy()
        source = try KeyPair()
        let deposit = Digest.sha256([1])
        let statement = try CreditStatement.sign(
            source: "Example Credit", account: candidacy.node.did, network: candidacy.network,
            score: 742,
            validity: Validity(
                from: candidacy.now,
                until: candidacy.now.adding(milliseconds: statementSeconds * 1000)),
            key: source.key)
        var draft = ApplicationDraft.test(
            consensusKey: candidacy.consensusKey.publicKey, at: candidacy.now,
            deposits: [deposit], credit: statement.jws.compact)
        draft.validForSeconds = validForSeconds
        application = try draft.sign(with: candidacy.node.key)
        let challenge = try DeviceChallenge(
            nonce: Array(repeating: 1, count: 32), network: candidacy.network,
            application: application.digest, node: application.node, signatures: 100,
            memoryMebibytes: 16, deadlineMilliseconds: 1000)
        evidence = Evidence(
            device: .present(DeviceEvidence(challenge: challenge, faults: [], milliseconds: 250)),
            deposit: .present(
                DepositEvidence(
                    id: deposit, amount: 1000, account: application.account,
                    node: application.node, auditor: issuer, state: "held", height: 12)),
            credit: .present(statement))
    }

    func judged(_ policy: AuditorPolicy, at time: Instant? = nil) -> Verdict {
        judge(application, issuer: issuer, policy: policy, evidence: evidence, at: time ?? now)
    }

    func outcome(_ policy: AuditorPolicy, at time: Instant? = nil) -> (VerdictKind, Judgement) {
        switch judged(policy, at: time) {
        case .granted(let permit): (.granted, permit.judgement)
        case .refused(let refusal): (.refused, refusal.judgement)
        case .referred(let judgement): (.referred, judgement)
        }
    }
}

func policy(
    rules: [(id: String, expression: String)], validFor: String = "1h", referWhen: String? = nil
) throws -> AuditorPolicy {
    var members: [(String, JSON)] = [
        ("name", "test"), ("version", "1"),
        (
            "rules",
            .array(
                rules.map { rule in
                    [
                        "id": .string(rule.id), "expression": .string(rule.expression),
                        "message": .string("\(rule.id) is not good enough"),
                        "reason": .string(rule.id + "Insufficient"),
                    ]
                })
        ),
    ]
    if let referWhen {
        members.append(("referWhen", .string(referWhen)))
        members.append(("review", ["approvals": 1, "of": 1, "expiresAfter": "1h"]))
    }
    members.append(("validFor", .string(validFor)))
    return try AuditorPolicy(bytes: JSON.object(JSONObject(members)).bytes)
}

let everything: [(id: String, expression: String)] = [
    ("device", "evidence.device.answered && evidence.device.signaturesPerSecond >= 400"),
    ("deposit", "evidence.deposit.amount >= 1000"),
    ("credit", "evidence.credit.score >= 700 && timestamp(evidence.credit.expires) > now"),
]

@Suite struct JudgementTests {
    @Test func `good evidence is granted and shown with strings for amounts and scores`() throws {
        let (kind, judgement) = try Case().outcome(try policy(rules: everything))
        #expect(kind == .granted)
        #expect(judgement.findings.isEmpty)
        let facts = JSON.object(judgement.qualifications)
        #expect(facts["deposit"]?["amount"] == "1000")
        #expect(facts["credit"]?["score"] == "742")
        #expect(facts["device"]?["signaturesPerSecond"] == 400)
    }

    @Test func `a credential shows only the facts its answer rests on`() throws {
        let deviceOnly = try policy(rules: [everything[0]])
        let (_, judgement) = try Case().outcome(deviceOnly)
        #expect(judgement.qualifications.members.map(\.name) == ["device"])
        #expect(judgement.evidenceEnds == .distantFuture)
        let lenient = try policy(rules: [
            ("any", "evidence.deposit.amount >= 1000 || application.kind == 'candidacy'")
        ])
        #expect(try Case().outcome(lenient).1.qualifications.members.isEmpty)
    }

    @Test(arguments: ["device", "deposit", "credit"])
    func `missing evidence never passes and the finding says which and why`(name: String) throws {
        var testCase = try Case()
        switch name {
        case "device": testCase.evidence.device = .absent(reason: "the node did not answer")
        case "deposit": testCase.evidence.deposit = .absent(reason: "the ledger is unreachable")
        default: testCase.evidence.credit = .absent(reason: "no statement was given")
        }
        let (kind, judgement) = testCase.outcome(try policy(rules: everything))
        #expect(kind == .refused)
        #expect(judgement.findings.map(\.rule) == [name])
        let finding = try #require(judgement.findings.first)
        #expect(finding.reason == Finding.Reason.missingFact)
        #expect(finding.missing?.hasPrefix("evidence.\(name)") == true)
        #expect(
            finding.message.hasSuffix("answer") || finding.message.hasSuffix("unreachable")
                || finding.message.hasSuffix("given"))
    }

    @Test func `a late or wrong device answer counts as not answered`() throws {
        let testCase = try Case()
        let challenge = try DeviceChallenge(
            nonce: Array(repeating: 1, count: 32), network: "n", application: .zero,
            node: testCase.application.node, signatures: 100, memoryMebibytes: 1,
            deadlineMilliseconds: 1000)
        let fault = CredentialError(.badSignature, "")
        for (faults, milliseconds, answered) in [
            ([], 1000, true), ([], 1001, false), ([fault], 10, false), ([], 0, true),
        ] as [([CredentialError], Int64, Bool)] {
            let device = DeviceEvidence(
                challenge: challenge, faults: faults, milliseconds: milliseconds)
            #expect(device.answered == answered)
            #expect((device.signaturesPerSecond > 0) == answered)
        }
    }

    @Test func `evidence about somebody else counts as absent`() throws {
        let other = try KeyPair().did
        let good = try Case()
        let held = try #require(good.evidence.deposit.value)
        func with(
            id: Digest? = nil, account: String? = nil, node: String? = nil,
            auditor: String? = nil, state: String = "held"
        ) -> DepositEvidence {
            DepositEvidence(
                id: id ?? held.id, amount: held.amount, account: account ?? held.account,
                node: node ?? held.node, auditor: auditor ?? held.auditor, state: state,
                height: held.height)
        }
        for deposit in [
            with(id: .zero), with(account: other), with(node: other),
            with(auditor: "https://a2.example"), with(state: "refunded"),
        ] {
            var testCase = good
            testCase.evidence.deposit = .present(deposit)
            let (kind, judgement) = testCase.outcome(try policy(rules: everything))
            #expect(kind == .refused)
            #expect(judgement.findings.first?.missing == "evidence.deposit.amount")
            #expect(judgement.findings.first?.message.contains("deposit \(deposit.id)") == true)
        }
    }

    @Test func `a credit statement counts in its time and for its account alone`() throws {
        let testCase = try Case(statementSeconds: 60)
        let credit = try policy(rules: [("credit", "evidence.credit.score >= 700")])
        let end = testCase.now.adding(milliseconds: 60_000)
        #expect(testCase.outcome(credit, at: end.adding(milliseconds: -1)).0 == .granted)
        #expect(testCase.outcome(credit, at: end).0 == .refused)
        var foreign = testCase
        foreign.evidence.credit = try Case().evidence.credit
        #expect(foreign.outcome(credit).0 == .refused)
    }

    @Test func `a borderline case goes to reviewers`() throws {
        let policy = try policy(
            rules: everything, referWhen: "evidence.deposit.amount < 2000")
        let (kind, judgement) = try Case().outcome(policy)
        #expect(kind == .referred)
        #expect(judgement.findings.map(\.reason) == [Finding.Reason.referred])
    }

    @Test func `a document that is no policy is refused with its fault`() {
        for text in ["", "{}", "{\"name\":\"x\"}"] {
            #expect(throws: AuditingError.self) { try AuditorPolicy(bytes: Array(text.utf8)) }
        }
    }
}
