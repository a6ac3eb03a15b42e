import Auditing
import Credentials
import Cryptography
import Encoding
import FoundationEssentials
import Policies
import TestSupport
import Testing

/// The policy documents that ship with the project, judged end to end.
@Suite struct RepositoryPoliciesTests {
    private func load(_ name: String) throws -> AuditorPolicy {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Policies/\(name).json")
        return try AuditorPolicy(bytes: [UInt8](Data(contentsOf: file)))
    }

    private func reasons(_ testCase: Case, _ name: String) throws -> (VerdictKind, [String]) {
        let (kind, judgement) = testCase.outcome(try load(name))
        return (kind, judgement.findings.map(\.reason))
    }

    @Test(arguments: ["device-performance", "deposit-and-credit", "full-review"])
    func `each grants an application whose evidence is in order`(name: String) throws {
        let (kind, judgement) = try Case().outcome(try load(name))
        #expect(kind == .granted)
        #expect(judgement.findings.isEmpty)
        #expect(judgement.validForSeconds == 720 * 3600)
    }

    @Test func `each shows the facts it rests on`() throws {
        func names(_ name: String) throws -> [String] {
            try Case().outcome(try load(name)).1.qualifications.members.map(\.name)
        }
        #expect(try names("device-performance") == ["device"])
        #expect(try names("deposit-and-credit") == ["deposit", "credit"])
        #expect(try names("full-review") == ["device", "deposit", "credit"])
    }

    @Test(arguments: ["device-performance", "deposit-and-credit", "full-review"])
    func `none passes an application without evidence`(name: String) throws {
        var testCase = try Case()
        testCase.evidence = Evidence(
            device: .absent(reason: "x"), deposit: .absent(reason: "x"),
            credit: .absent(reason: "x"))
        let (kind, found) = try reasons(testCase, name)
        #expect(kind == .refused)
        #expect(!found.isEmpty && found.allSatisfy { $0 == "MissingFact" })
    }

    @Test func `a small deposit is refused by the policies that ask for one`() throws {
        var testCase = try Case()
        let held = try #require(testCase.evidence.deposit.value)
        testCase.evidence.deposit = .present(
            DepositEvidence(
                id: held.id, amount: 999, account: held.account, node: held.node,
                auditor: held.auditor, state: held.state, height: held.height))
        #expect(try reasons(testCase, "deposit-and-credit").1 == ["DepositTooSmall"])
        #expect(try reasons(testCase, "full-review").1 == ["DepositTooSmall"])
        #expect(try reasons(testCase, "device-performance").0 == .granted)
    }

    @Test func `a borderline credit score goes to reviewers in the full review alone`() throws {
        var testCase = try Case()
        testCase.evidence.credit = .present(
            try CreditStatement.sign(
                source: "Example Credit", account: testCase.application.account,
                network: testCase.application.network, score: 620,
                validity: Validity(
                    from: testCase.now, until: testCase.now.adding(milliseconds: 1_000_000)),
                key: testCase.source.key))
        #expect(try reasons(testCase, "full-review").0 == .referred)
        #expect(try reasons(testCase, "deposit-and-credit").0 == .granted)
    }

    @Test func `a credential ends with the credit statement it rests on`() throws {
        let testCase = try Case(statementSeconds: 120)
        let window = testCase.candidacy.auditors[0].window
        for (name, seconds): (String, Int64) in [
            ("deposit-and-credit", 120), ("device-performance", 86_400),
        ] {
            guard case .granted(let permit) = testCase.judged(try load(name)) else {
                Issue.record("\(name) did not grant")
                continue
            }
            let claims = try permit.prepare(
                id: "0190a3c2-0000-4000-8000-000000000001", at: testCase.now, keyWindow: window
            ).claims
            #expect(claims.validity.until.seconds - testCase.now.seconds == seconds, "\(name)")
        }
    }
}
