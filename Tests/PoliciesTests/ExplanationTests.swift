import Encoding
import Policies
import Testing

/// Explanations: the value of every part, and what would have to change.
struct ExplanationTests {
    private static func explain(
        _ expression: String, _ application: JSON, parameters: JSON = [:], variables: JSON = []
    ) throws -> PolicyExplanation {
        let policy = try PolicyBuilder.document([
            ("parameters", parameters), ("variables", variables),
            ("rules", PolicyBuilder.rule(expression)),
        ])
        return try TracedPolicy(policy).explain(
            application: application, evidence: [:], now: PolicyBuilder.now)
    }

    private static func remedy(
        _ expression: String, _ application: JSON, parameters: JSON = [:], variables: JSON = []
    ) throws -> [String]? {
        try explain(expression, application, parameters: parameters, variables: variables)
            .parts.first { $0.kind == .rule }?.remedy?.lines
    }

    @Test(
        arguments: [
            (
                "application.x >= parameters.min", ["x": 4],
                ["application.x must be at least 8 (is 4)"]
            ),
            (
                "parameters.min < application.x", ["x": 4],
                ["application.x must be more than 8 (is 4)"]
            ),
            ("!(application.x > 3)", ["x": 4], ["application.x must be at most 3 (is 4)"]),
            ("application.x == 'a'", ["x": "b"], ["application.x must be 'a' (is 'b')"]),
            ("application.x != 'a'", ["x": "a"], ["application.x must be other than 'a' (is 'a')"]),
            ("application.x + 2 >= 8", ["x": 4], ["application.x must be at least 6 (is 4)"]),
            ("10 - application.x >= 8", ["x": 4], ["application.x must be at most 2 (is 4)"]),
            (
                "application.x in parameters.list", ["x": 4],
                ["application.x must be one of [1, 2] (is 4)"]
            ),
            ("!(application.x in [4])", ["x": 4], ["application.x must not be one of [4] (is 4)"]),
            ("'a' in application.x", ["x": ["b"]], ["application.x must contain 'a' (is ['b'])"]),
            (
                "application.x.startsWith('node-')", ["x": "n"],
                ["application.x must start with 'node-' (is 'n')"]
            ),
            (
                "application.x.matches('^a+$')", ["x": "n"],
                ["application.x must match the pattern '^a+$' (is 'n')"]
            ),
            ("has(application.x)", [:], ["application.x must be given"]),
            ("!has(application.x)", ["x": 1], ["application.x must not be given"]),
            ("application.x", ["x": false], ["application.x must be true (is false)"]),
            ("application.x == true", ["x": false], ["application.x must be true (is false)"]),
            ("application.x > 3", [:], ["application.x must be given, and be more than 3"]),
            ("application.x", [:], ["application.x must be given and be true"]),
            (
                "size(application.x) > 1", ["x": "a"],
                ["size(application.x) must be more than 1 (is 1)"]
            ),
            (
                "timestamp(application.x) > now - duration('1h')", ["x": "2026-11-21T07:00:00Z"],
                ["application.x must be after 2026-11-21T08:00:00Z (is '2026-11-21T07:00:00Z')"]
            ),
            (
                "now - timestamp(application.x) <= duration('1h')", ["x": "2026-11-21T07:00:00Z"],
                [
                    "application.x must be at or after 2026-11-21T08:00:00Z (is "
                        + "'2026-11-21T07:00:00Z')"
                ]
            ),
            (
                "application.x > application.y", ["x": 1, "y": 2],
                ["application.x must be more than application.y (2) (is 1)"]
            ),
        ] as [(String, JSON, [String])])
    func `what would have to change is computed`(
        _ expression: String, _ application: JSON, _ lines: [String]
    ) throws {
        let found = try Self.remedy(
            expression, application, parameters: ["min": 8, "list": [1, 2]])
        #expect(found == lines)
    }

    @Test func `operators and conditions join the changes`() throws {
        let both: JSON = ["x": 1, "y": 1]
        #expect(
            try Self.remedy("application.x > 1 && application.y > 1", both) == [
                "all of:", "  application.x must be more than 1 (is 1)",
                "  application.y must be more than 1 (is 1)",
            ])
        #expect(
            try Self.remedy("application.x > 1 || application.y > 1", both) == [
                "one of:", "  application.x must be more than 1 (is 1)",
                "  application.y must be more than 1 (is 1)",
            ])
        #expect(
            try Self.remedy("application.x == 1 ? application.y > 1 : true", both) == [
                "one of:", "  application.y must be more than 1 (is 1)",
                "  application.x must be other than 1 (is 1)",
            ])
        #expect(
            try Self.remedy("has(application.a) && application.a.b > 1", both) == [
                "all of:", "  application.a must be given",
                "  application.a.b must be given, and be more than 1",
            ])
    }

    @Test func `what a variable names is told by the fact itself`() throws {
        let variables: JSON = [
            ["name": "device", "expression": "application.device"],
            ["name": "age", "expression": "now - timestamp(variables.device.at)"],
            ["name": "large", "expression": "variables.device.cores >= 8"],
        ]
        let application: JSON = ["device": ["cores": 4, "at": "2026-11-20T09:00:00Z"]]
        #expect(
            try Self.remedy("variables.large", application, variables: variables) == [
                "application.device.cores must be at least 8 (is 4)"
            ])
        #expect(
            try Self.remedy(
                "variables.age < duration('1h')", application, variables: variables) == [
                    "application.device.at must be after 2026-11-21T08:00:00Z (is "
                        + "'2026-11-20T09:00:00Z')"
                ])
    }

    @Test func `of a list the element that decides is named`() throws {
        #expect(
            try Self.remedy("application.l.all(e, e <= 60)", ["l": [12, 81, 3]]) == [
                "in element 1 of application.l (e = 81):", "  e must be at most 60 (is 81)",
            ])
        let peers: JSON = ["l": [["r": "us", "ms": 80], ["r": "eu", "ms": 30]]]
        #expect(
            try Self.remedy("application.l.exists(p, p.r == 'eu' && p.ms < 20)", peers) == [
                "in element 1 of application.l:", "  p.ms must be less than 20 (is 30)",
            ])
        #expect(
            try Self.remedy("application.l.exists(p, p > 1)", ["l": []]) == [
                "application.l must have an element for which p > 1"
            ])
        #expect(
            try Self.remedy("application.l.all(e, e <= 60)", [:]) == ["application.l must be given"]
        )
    }

    @Test(arguments: [
        ("now < timestamp('2020-01-01T00:00:00Z')", "on the policy, its parameters and the time"),
        ("application.x * 2 == parameters.p * 7 || isIP(application.s)", "depends on the function"),
        ("math.sign(application.x) / 0 == 1", "be readable"),
    ])
    func `what cannot be derived is said`(_ expression: String, _ text: String) throws {
        let lines = try Self.remedy(expression, ["x": 1, "s": "a"], parameters: ["p": 1])
        #expect(lines?.joined(separator: "\n").contains(text) == true, "\(lines ?? [])")
    }

    @Test func `every part is shown with its value, also what was not needed`() throws {
        let explanation = try Self.explain(
            "application.x > 8 && application.y.z > 1", ["x": 4], parameters: [:])
        let lines = try #require(explanation.parts.first { $0.kind == .rule }).lines
        #expect(
            lines.map { "\($0.depth) \($0.text) \($0.value)\($0.isExtra ? " *" : "")" } == [
                "0 application.x > 8 && application.y.z > 1 false", "1 application.x > 8 false",
                "2 application.x 4", "1 application.y.z > 1 missing *",
                "2 application.y.z missing *",
            ])
    }

    @Test func `explaining changes neither the verdict nor the cost`() throws {
        for name in ShippedPolicyTests.names {
            let policy = try PolicyBuilder.shipped(name)
            for policyCase in try PolicyCase.parse(PolicyBuilder.file("\(name).test.json")) {
                guard policyCase.parameters.isEmpty else { continue }
                let explanation = try TracedPolicy(policy).explain(
                    application: policyCase.application, evidence: policyCase.evidence,
                    now: policyCase.now)
                let plain = policy.evaluate(
                    application: policyCase.application, evidence: policyCase.evidence,
                    now: policyCase.now)
                #expect(explanation.outcome == plain)
            }
        }
    }

    @Test func `every refusing rule of the shipped policies says what would have to change`()
        throws
    {
        for name in ShippedPolicyTests.names {
            let policy = try PolicyBuilder.shipped(name)
            for policyCase in try PolicyCase.parse(PolicyBuilder.file("\(name).test.json")) {
                let explanation = try TracedPolicy(policy, parameters: policyCase.parameters)
                    .explain(
                        application: policyCase.application, evidence: policyCase.evidence,
                        now: policyCase.now)
                for part in explanation.parts where part.kind == .rule {
                    let refuses = explanation.outcome.findings.contains { $0.rule == part.name }
                    #expect((part.remedy != nil) == refuses)
                    let lines = part.remedy?.lines ?? []
                    #expect(lines.allSatisfy { !$0.contains("cannot be derived") }, "\(lines)")
                }
            }
        }
    }
}
