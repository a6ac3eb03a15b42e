import Encoding
import Policies
import Testing

/// Cases beside a policy, and which of its ways they take.
struct PolicyCaseTests {
    private static let policy: JSON = PolicyBuilder.json([
        ("parameters", ["minimum": 8]),
        ("variables", [["name": "n", "expression": "has(application.n) ? application.n : 0"]]),
        (
            "rules",
            [
                [
                    "id": "size", "expression": "variables.n >= parameters.minimum",
                    "message": "too small", "reason": "TooSmall",
                ],
                [
                    "id": "peers",
                    "expression": "application.peers.exists(p, p > 1) || application.alone",
                    "message": "no peer", "reason": "NoPeer",
                ],
            ]
        ),
    ])

    private static func run(_ cases: JSON) throws -> ([PolicyCaseResult], PolicyCoverage) {
        let traced = try TracedPolicy(PolicyDocument.parse(policy.bytes))
        var coverage = PolicyCoverage(traced)
        let results = try PolicyCase.parse(cases.bytes).map { traced.run($0, &coverage) }
        return (results, coverage)
    }

    private static func file(_ cases: [JSON]) -> JSON {
        [
            "now": "2026-11-21T09:00:00Z",
            "application": ["n": 8, "peers": [1, 2], "alone": false],
            "cases": .array(cases),
        ]
    }

    private static func verdict(_ word: String, _ findings: [JSON]? = nil) -> JSON {
        findings.map { ["verdict": .string(word), "findings": .array($0)] }
            ?? ["verdict": .string(word)]
    }

    @Test func `a case changes what is common to all, and null takes a fact away`() throws {
        let (results, _) = try Self.run(
            Self.file([
                ["name": "as it is", "expect": Self.verdict("granted", [])],
                [
                    "name": "smaller", "application": ["n": 7],
                    "expect": Self.verdict("refused", [["rule": "size", "reason": "TooSmall"]]),
                ],
                [
                    "name": "nothing said", "application": ["n": nil],
                    "expect": Self.verdict("refused", ["size"]),
                ],
                [
                    "name": "small is enough", "application": ["n": 1],
                    "parameters": ["minimum": 1], "expect": Self.verdict("granted"),
                ],
            ]))
        #expect(results.map(\.differences) == [[], [], [], []])
    }

    @Test func `every difference from the expectation is told`() throws {
        let (results, _) = try Self.run(
            Self.file([
                ["name": "a", "application": ["n": 7], "expect": Self.verdict("granted")],
                [
                    "name": "b", "application": ["n": 7],
                    "expect": Self.verdict(
                        "refused", [["rule": "size", "reason": "Small"], "peers"]),
                ],
                [
                    "name": "c", "application": ["n": 7, "peers": []],
                    "expect": Self.verdict("refused", ["peers"]),
                ],
                ["name": "d"],
                [
                    "name": "e", "parameters": ["minimum": nil], "expect": Self.verdict("granted"),
                ],
            ]))
        #expect(
            results[0].differences == [
                "verdict: expected granted, found refused",
                "unexpected finding of size (TooSmall): too small",
            ])
        #expect(
            results[1].differences == [
                "size, reason: expected Small, found TooSmall",
                "no finding of peers, which was expected",
            ])
        #expect(
            results[2].differences == ["unexpected finding of size (TooSmall): too small"])
        #expect(results[3].differences == ["the case has no \"expect\""])
        #expect(results[4].differences.first?.contains("does not load") == true)
    }

    @Test func `coverage counts both arms of rules, operands, conditions, has and predicates`()
        throws
    {
        var (_, coverage) = try Self.run(
            Self.file([["name": "a", "expect": Self.verdict("granted")]]))
        #expect(coverage.rules == (0, 2))
        // The rules, two operands, one predicate, and has() that is also the condition.
        #expect(coverage.arms == (6, 12))
        #expect(coverage.percent == 50)
        let untaken = coverage.branches.filter { $0.taken == 0 }.map(\.text)
        #expect(untaken == ["application.alone"])

        (_, coverage) = try Self.run(
            Self.file([
                ["name": "a"], ["name": "b", "application": ["n": nil, "peers": []]],
                ["name": "c", "application": ["peers": [], "alone": true]],
            ]))
        #expect(coverage.rules == (2, 2))
        #expect(coverage.percent == 100)
    }

    @Test func `what an error hides does not count as taken`() throws {
        let (_, coverage) = try Self.run(
            Self.file([["name": "a", "application": ["peers": nil, "alone": nil]]]))
        #expect(coverage.branches.filter { $0.part == "peers" }.allSatisfy { $0.taken == 0 })
    }

    @Test func `a recorded evaluation judges and costs as an ordinary one`() throws {
        for name in ShippedPolicyTests.names {
            let policy = try PolicyBuilder.shipped(name)
            let traced = try TracedPolicy(policy)
            var coverage = PolicyCoverage(traced)
            for path in ["device", "deposit.amount", "credit.score", "other"] {
                let evidence = PolicyBuilder.evidence.with(path, nil)
                let result = traced.run(
                    PolicyCase(
                        name: "", application: PolicyBuilder.application, evidence: evidence,
                        now: PolicyBuilder.now), &coverage)
                let plain = policy.evaluate(
                    application: PolicyBuilder.application, evidence: evidence,
                    now: PolicyBuilder.now)
                #expect(result.outcome == plain)
            }
        }
    }

    @Test(arguments: [
        "{}", "[]", #"{"now": "2026-11-21T09:00:00Z", "cases": []}"#,
        #"{"now": "2026-11-21T09:00:00Z", "case": []}"#,
        #"{"now": "yesterday", "cases": [{"name": "a"}]}"#,
        #"{"cases": [{"name": "a"}]}"#,
        #"{"now": "2026-11-21T09:00:00Z", "cases": [{"name": "a"}, {"name": "a"}]}"#,
        #"{"now": "2026-11-21T09:00:00Z", "cases": [{"name": "a", "expect": {}}]}"#,
        #"{"now": "2026-11-21T09:00:00Z", "expect": {"verdict": "passed"}}"#,
    ])
    func `a file that is no file of cases is refused`(_ text: String) {
        #expect(throws: FormatError.self) { try PolicyCase.parse(Array(text.utf8)) }
    }

    @Test(arguments: ShippedPolicyTests.names)
    func `the cases beside each policy pass and take every arm`(_ name: String) throws {
        let traced = try TracedPolicy(try PolicyBuilder.shipped(name))
        var coverage = PolicyCoverage(traced)
        for policyCase in try PolicyCase.parse(PolicyBuilder.file("\(name).test.json")) {
            let result = traced.run(policyCase, &coverage)
            #expect(result.differences == [], "\(policyCase.name)")
        }
        #expect(coverage.percent == 100)
    }
}
