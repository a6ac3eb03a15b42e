import Auditing
import Encoding
import Policies
import Testing

@Suite struct PolicyChoiceTests {
    /// A policy that refuses by a rule of its own name.
    private func named(
        _ name: String, appliesTo: [String]? = nil, when condition: String? = nil
    ) throws -> AuditorPolicy {
        var members: [(String, JSON)] = [
            ("name", .string(name)), ("version", "1"), ("validFor", "1h"),
            ("rules", [["id": .string(name), "expression": "false"]]),
        ]
        if let appliesTo { members.append(("appliesTo", .array(appliesTo.map { .string($0) }))) }
        if let condition {
            members.append(
                ("matchConditions", [["name": "when", "expression": .string(condition)]]))
        }
        return try AuditorPolicy(bytes: JSON.object(JSONObject(members)).bytes)
    }

    private func rules(_ policies: [AuditorPolicy]) throws -> [String] {
        let testCase = try Case()
        let chosen = try PolicyChoice(policies).policy(for: testCase.application)
        return testCase.outcome(chosen).1.findings.map(\.rule)
    }

    @Test func `of two policies for an application the first judges it`() throws {
        let (one, two) = (try named("one", when: "true"), try named("two"))
        #expect(try rules([one, two]) == ["one"])
        let other = try named("other", when: "true")
        #expect(try rules([other, one, two]) == ["other"])
    }

    @Test func `a policy for another kind or other applications makes way`() throws {
        let renewal = try named("renewal", appliesTo: ["renewal"])
        let small = try named("small", when: "application.qualifications.device.cores < 2")
        #expect(try rules([renewal, small, named("rest")]) == ["rest"])
        #expect(try rules([small, named("rest", appliesTo: ["candidacy"])]) == ["rest"])
    }

    @Test func `when no policy is for an application the first refuses it and says why`() throws {
        let renewal = try named("renewal", appliesTo: ["renewal"])
        let small = try named("small", when: "application.qualifications.device.cores < 2")
        #expect(try rules([small, renewal]) == ["matchConditions"])
        #expect(try rules([renewal, small]) == ["appliesTo"])
        let (kind, judgement) = try Case().outcome(renewal)
        #expect(kind == .refused)
        #expect(judgement.findings.first?.reason == Finding.Reason.notApplicable)
        #expect(judgement.findings.first?.message.contains("'renewal'") == true)
        #expect(try !renewal.isFor(Case().application) && named("any").isFor(Case().application))
    }

    @Test func `a condition that errs refuses, and does not make way for the next policy`() throws {
        let broken = try named("broken", when: "application.nothing > 1")
        #expect(try rules([broken, named("rest")]) == ["matchConditions"])
        let (kind, judgement) = try Case().outcome(broken)
        #expect(kind == .refused)
        #expect(judgement.findings.map(\.reason) == [Finding.Reason.missingFact])
    }

    @Test func `a policy that could never be chosen is refused`() throws {
        let (any, some) = (try named("any"), try named("some", appliesTo: ["candidacy"]))
        let both = try named("both", appliesTo: ["candidacy", "renewal"])
        let conditional = try named("conditional", appliesTo: ["candidacy"], when: "true")
        for wrong in [
            [any, some], [some, some], [both, some], [both, conditional], [any, conditional],
            [conditional, conditional], [],
        ] {
            let error = #expect(throws: AuditingError.self) { try PolicyChoice(wrong) }
            #expect(error?.code == .policy)
        }
        for right in [[some, any], [some, both], [conditional, some, both, any]] {
            #expect(try PolicyChoice(right).policies.count == right.count)
        }
    }

    @Test func `a trial sees what a judgement sees and gives nothing to sign`() throws {
        var testCase = try Case()
        let asking = try policy(rules: [("deposit", "evidence.deposit.amount >= 1000")])
        func tried() -> PolicyOutcome {
            trial(
                of: asking, testCase.application, issuer: testCase.issuer,
                evidence: testCase.evidence, at: testCase.now)
        }
        #expect(tried().verdict == .pass)
        let held = try #require(testCase.evidence.deposit.value)
        testCase.evidence.deposit = .present(
            DepositEvidence(
                id: held.id, amount: held.amount, account: held.account, node: held.node,
                auditor: "https://other.example", state: held.state, height: held.height))
        #expect(tried().verdict == .fail)
    }
}
