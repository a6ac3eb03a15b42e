import Encoding
import Policies
import Testing

/// Members of a document beyond its rules: whom it is for, what it says, what it may cost.
struct PolicyMembersTests {
    private func evaluate(
        _ changes: [(String, JSON)], application: JSON = [:], evidence: JSON = [:],
        budget: Int? = nil
    ) throws -> PolicyOutcome {
        try PolicyBuilder.document(changes).evaluate(
            application: application, evidence: evidence, now: PolicyBuilder.now, budget: budget)
    }

    private func failure(_ changes: [(String, JSON)]) -> PolicyError? {
        #expect(throws: PolicyError.self) { try PolicyBuilder.document(changes) }
    }

    // MARK: Whom a policy is for

    @Test(arguments: [
        ("candidacy", true), ("renewal", true), ("other", false), ("candidacy ", false),
    ])
    func `a policy is for the kinds it names`(_ kind: String, _ applies: Bool) throws {
        let document = try PolicyBuilder.document([("appliesTo", ["candidacy", "renewal"])])
        let application: JSON = ["kind": .string(kind)]
        #expect((document.applicability(to: application) == .applies) == applies)
        let outcome = document.evaluate(
            application: application, evidence: [:], now: PolicyBuilder.now)
        #expect(outcome.verdict == (applies ? .pass : .fail))
        #expect(outcome.findings.map(\.reason) == (applies ? [] : ["NotApplicable"]))
    }

    @Test func `an application without a kind is for no policy that names kinds`() throws {
        let changes: [(String, JSON)] = [("appliesTo", ["candidacy"])]
        for application: JSON in [[:], ["kind": 1], [], "candidacy"] {
            #expect(try evaluate(changes, application: application).verdict == .fail)
        }
    }

    private static let conditions: JSON = [
        ["name": "large", "expression": "application.cores >= parameters.many"],
        ["name": "named", "expression": "application.name != ''"],
    ]

    @Test(
        arguments: [
            (["cores": 8, "name": "n"], "applies"), (["cores": 7, "name": "n"], "large"),
            (["cores": 8, "name": ""], "named"), (["cores": 7], "large"),
            (["name": ""], "named"), (["cores": 8], "MissingFact"),
            (["cores": "8", "name": "n"], "Unjudgeable"),
        ] as [(JSON, String)])
    func `all matching conditions have to hold, and an error refuses unless one is false`(
        _ application: JSON, _ expected: String
    ) throws {
        let changes: [(String, JSON)] = [
            ("parameters", ["many": 8]), ("matchConditions", Self.conditions),
        ]
        let outcome = try evaluate(changes, application: application)
        switch try PolicyBuilder.document(changes).applicability(to: application) {
        case .applies:
            #expect(expected == "applies" && outcome.verdict == .pass)
        case .doesNotApply(let finding):
            #expect(finding.message.contains("'\(expected)'"))
            #expect(outcome.verdict == .fail && outcome.findings == [finding])
        case .undecided(let finding):
            #expect(finding.reason == expected && finding.rule == "matchConditions")
            #expect(outcome.verdict == .fail && outcome.findings == [finding])
        }
    }

    @Test(arguments: [
        "evidence.deposit.amount > 1", "now > timestamp('2026-01-01T00:00:00Z')", "variables.v",
        "has(evidence.deposit)", "application.kind + 1", "'candidacy'", "1",
    ])
    func `a matching condition sees application and parameters, and is true or false`(
        _ expression: String
    ) {
        let error = failure([
            ("schema", ["application.kind": "string", "evidence.deposit.amount": "int"]),
            ("variables", [["name": "v", "expression": "true"]]),
            ("matchConditions", [["name": "when", "expression": .string(expression)]]),
        ])
        #expect(error?.detail.contains("policy.matchConditions (when).expression, line 1") == true)
    }

    // MARK: Messages

    private func message(_ expression: String?, _ message: String? = "no") throws -> String? {
        var rule: [(String, JSON)] = [("id", "one"), ("expression", "evidence.x > 5")]
        if let expression { rule.append(("messageExpression", .string(expression))) }
        if let message { rule.append(("message", .string(message))) }
        let outcome = try evaluate(
            [("rules", .array([.object(JSONObject(rule))]))], evidence: ["x": 3, "text": "a\nb"])
        #expect(outcome.verdict == .fail && outcome.findings.count == 1)
        return outcome.findings.first?.message
    }

    @Test(arguments: [
        ("'x is ' + string(evidence.x)", "x is 3"), ("'  trimmed\\n '", "trimmed"),
        ("evidence.missing", "no"), ("string(1 / 0)", "no"), ("''", "no"), ("' \\n'", "no"),
        ("'two\\nlines'", "no"), ("evidence.text", "no"), ("dyn(1)", "no"),
        ("'\\x1b[2J'", "no"), ("'\\u202eback'", "no"),
        (
            "['a', 'b'].map(x, 'long '.replace('long', 'xxxxxxxxxx')).join('')",
            "xxxxxxxxxx xxxxxxxxxx"
        ),
    ])
    func `a message made from the facts is one short line, else the written one stands`(
        _ expression: String, _ expected: String
    ) throws {
        #expect(try message(expression) == expected)
    }

    @Test
    func `a message that is too long gives way to the written one, and that to the expression`()
        throws
    {
        let long = "'" + String(repeating: "x", count: 1_024) + "'"
        #expect(try message(long)?.count == 1_024)
        #expect(try message(long + " + '!'") == "no")
        #expect(try message("''", nil) == "failed expression: evidence.x > 5")
        #expect(try message(nil, nil) == "failed expression: evidence.x > 5")
    }

    @Test func `a message of another type is refused when loaded`() {
        let rules: JSON = [["id": "one", "expression": "true", "messageExpression": "1 + 1"]]
        let error = failure([("rules", rules)])
        #expect(error?.detail.contains("messageExpression, line 1, column 3") == true)
        #expect(error?.detail.contains("has to be string, not int") == true)
    }

    @Test func `what a message costs counts, and no budget makes it a pass`() throws {
        let rules: JSON = [
            [
                "id": "one", "expression": "evidence.x > 5", "message": "no",
                "messageExpression": "[1, 2, 3, 4].map(i, string(evidence.x)).join(' ')",
            ], ["id": "two", "expression": "true"],
        ]
        let changes: [(String, JSON)] = [("rules", rules)]
        let whole = try evaluate(changes, evidence: ["x": 3])
        #expect(whole.findings.map(\.message) == ["3 3 3 3"])
        for budget in 0...whole.cost {
            let outcome = try evaluate(changes, evidence: ["x": 3], budget: budget)
            #expect(outcome.verdict == .fail && outcome.findings.first?.rule == "one")
        }
    }

    // MARK: Types

    @Test(arguments: [
        ("1 + 2", "policy.rules (one).expression, line 1, column 3"), ("'true'", "column 1"),
        ("evidence.amount", "has to be bool, not int"), ("[true]", "not list(bool)"),
        ("null", "not null"), ("variables.amount", "not int"), ("optional.of(true)", "bool, not"),
    ])
    func `a rule that is certainly not true or false is refused when loaded`(
        _ expression: String, _ part: String
    ) {
        let error = failure([
            ("schema", ["evidence.amount": "int"]),
            ("variables", [["name": "amount", "expression": "evidence.amount"]]),
            ("rules", PolicyBuilder.rule(expression)),
        ])
        #expect(error?.code == .expression)
        #expect(error?.detail.contains(part) == true, "\(error?.detail ?? "")")
        #expect(error?.detail.contains("^") == true)
        let review: JSON = ["approvals": 1, "of": 1, "expiresAfter": "1h"]
        #expect(failure([("referWhen", "1"), ("review", review)])?.code == .expression)
    }

    @Test(arguments: [
        "variables.deposit.amount > '1'", "variables.again.amount == 'x'",
        "variables.all.deposit.amount + 'x' == ''", "variables.deposit > 1",
        "variables.deposit.rate == 1", "variables.deposit.count == 1",
        "variables.deposit.tags == {}",
    ])
    func `the schema holds for facts reached through variables`(_ expression: String) {
        let error = failure([
            (
                "schema",
                [
                    "evidence.deposit.amount": "int", "evidence.deposit.rate": "double",
                    "evidence.deposit.count": "uint", "evidence.deposit.tags": "list",
                ]
            ),
            (
                "variables",
                [
                    ["name": "deposit", "expression": "evidence.deposit"],
                    ["name": "again", "expression": "variables.deposit"],
                    ["name": "all", "expression": " evidence "],
                ]
            ), ("rules", PolicyBuilder.rule(expression)),
        ])
        #expect(error?.code == .expression)
        #expect(error?.detail.contains("no such overload") == true, "\(error?.detail ?? "")")
    }

    @Test(arguments: [
        (#"{"rate": 3, "count": 3}"#, true), (#"{"rate": 3.0, "count": 3}"#, true),
        (#"{"rate": 3, "count": -3}"#, false), (#"{"rate": "3", "count": 3}"#, false),
        (#"{"rate": 3, "count": 3.0}"#, false),
    ])
    func `a whole number is the uint or double the schema says`(
        _ fact: String, _ passes: Bool
    ) throws {
        let rule =
            "variables.d.rate + 0.5 == 3.5 && evidence.d.count + 1u == 4u && evidence.d.count > 2"
        let outcome = try evaluate(
            [
                ("schema", ["evidence.d.rate": "double", "evidence.d.count": "uint"]),
                ("variables", [["name": "d", "expression": "evidence.d"]]),
                ("rules", PolicyBuilder.rule(rule)),
            ], evidence: ["d": JSON.parse(fact)])
        #expect(outcome.verdict == (passes ? .pass : .fail))
        #expect(passes || outcome.findings.first?.reason == Finding.Reason.schemaMismatch)
    }

    // MARK: Budget and language

    @Test func `a policy that exceeds its own budget fails and says so`() throws {
        let rule = PolicyBuilder.rule("evidence.list.all(x, evidence.list.all(y, x + y > 0))")
        let evidence: JSON = ["list": .array((1...100).map { JSON($0) })]
        #expect(try evaluate([("rules", rule)], evidence: evidence).verdict == .pass)
        let outcome = try evaluate([("rules", rule), ("budget", 10_000)], evidence: evidence)
        #expect(outcome.verdict == .fail)
        #expect(outcome.findings.map(\.reason) == [Finding.Reason.budgetExceeded])
        #expect(try PolicyBuilder.document([("budget", 7)]).budget == 7)
    }

    @Test func `a matching condition that exceeds the budget refuses`() throws {
        let conditions: JSON = [
            ["name": "dear", "expression": "application.list.all(x, x > 0)"],
            ["name": "false", "expression": "false"],
        ]
        let document = try PolicyBuilder.document([
            ("matchConditions", conditions), ("budget", 50),
        ])
        let application: JSON = ["list": .array((1...100).map { JSON($0) })]
        guard case .undecided(let finding) = document.applicability(to: application) else {
            Issue.record("the budget has to end this")
            return
        }
        #expect(finding.reason == Finding.Reason.budgetExceeded)
    }

    @Test(
        arguments: [
            ("language", 2, "language"), ("language", 0, "language"), ("language", "1", "language"),
            ("budget", 0, "budget"), ("budget", 20_000_001, "budget"),
            ("appliesTo", [], "appliesTo"),
            ("appliesTo", "candidacy", "appliesTo"), ("appliesTo", [""], "appliesTo"),
            ("appliesTo", ["a", "a"], "'a'"), ("matchConditions", [["name": "a"]], "expression"),
            ("matchConditions", [["expression": "true"]], "name"),
            (
                "matchConditions",
                [
                    ["name": "a", "expression": "true"], ["name": "a", "expression": "false"],
                ], "'a'"
            ),
            ("rules", [["id": "appliesTo", "expression": "true"]], "'appliesTo'"),
        ] as [(String, JSON, String)])
    func `a wrong member is refused and named`(
        _ name: String, _ value: JSON, _ part: String
    ) {
        #expect(failure([(name, value)])?.detail.contains(part) == true)
    }

    // MARK: Zones

    @Test func `a zone nobody knows refuses the document, with its place`() throws {
        let rules = PolicyBuilder.rule("now.getHours('Nowhere/City') < 25")
        let error = failure([("rules", rules)])
        #expect(error?.detail.contains("line 1, column 14") == true, "\(error?.detail ?? "")")
        #expect(error?.detail.contains("tzdata") == true)
        let bytes = PolicyBuilder.json([("rules", rules)]).bytes
        let zones = ZoneTable { name in
            name == "Nowhere/City" ? ZoneTests.file(footer: "CET-1") : nil
        }
        #expect(try PolicyDocument.parse(bytes, zones: zones).rules.count == 1)
        let fixed = PolicyBuilder.rule("now.getHours('+05:30') + now.getHours('UTC') < 50")
        #expect(try evaluate([("rules", fixed)]).verdict == .pass)
    }
}
