import Encoding
import Policies
import Testing

struct PolicyDocumentTests {
    private func evaluate(
        _ changes: [(String, JSON)], application: JSON = [:], evidence: JSON = [:],
        budget: Int? = nil
    ) throws -> PolicyOutcome {
        try PolicyBuilder.document(changes).evaluate(
            application: application, evidence: evidence, now: PolicyBuilder.now, budget: budget)
    }

    @Test func `the bytes of a document are kept as they were`() throws {
        let bytes = Array(PolicyBuilder.json([]).prettyText.utf8)
        #expect(try PolicyDocument.parse(bytes).bytes == bytes)
    }

    @Test(
        arguments: [
            ("1", "seconds"), (JSON.number(JSONNumber(Int64(86_400))), "86400"), ("24h", "86400"),
            ("90m", "5400"), ("1.5s", ""), ("-1h", ""), ("0s", ""), (0, ""), (-5, ""),
            ("a day", ""),
            ("999999h", ""), (true, ""),
        ] as [(JSON, String)])
    func `validity is seconds or a duration`(_ value: JSON, _ expected: String) throws {
        let seconds = try? PolicyBuilder.document([("validFor", value)]).validForSeconds
        #expect(seconds == Int64(expected))
    }

    @Test(arguments: [3, 20])
    func `inputs without a part of the evidence are those of evidence without it`(
        _ count: Int
    ) throws {
        let names = (0..<count).map { "part\($0 * 7 % count)" }
        let whole = JSONObject(names.map { ($0, ["x": JSON($0)]) })
        let document = try PolicyBuilder.document([
            (
                "rules",
                .array(
                    names.map {
                        ["id": .string($0), "expression": .string("evidence.\($0).x == '\($0)'")]
                    })
            )
        ])
        func outcome(_ inputs: PolicyDocument.Inputs) -> [String] {
            document.evaluate(inputs).findings.map { "\($0.rule) \($0.reason) \($0.message)" }
        }
        let inputs = try document.inputs(
            application: PolicyBuilder.application, evidence: .object(whole),
            now: PolicyBuilder.now)
        #expect(outcome(inputs).isEmpty)
        #expect(outcome(inputs.without(evidence: "other")).isEmpty)
        for name in names {
            let part = JSONObject(whole.members.map { ($0.name, $0.value) }.filter { $0.0 != name })
            let without = try document.inputs(
                application: PolicyBuilder.application, evidence: .object(part),
                now: PolicyBuilder.now)
            #expect(outcome(inputs.without(evidence: name)) == outcome(without))
            #expect(outcome(without).count == 1)
        }
    }

    @Test func `evidence may be a day old unless the policy says otherwise`() throws {
        #expect(try PolicyBuilder.document([]).evidenceMaxAgeSeconds == 86_400)
        let hour = try PolicyBuilder.document([("evidenceMaxAge", "1h")])
        #expect(hour.evidenceMaxAgeSeconds == 3_600)
        #expect(throws: (any Error).self) {
            try PolicyBuilder.document([("evidenceMaxAge", "0s")])
        }
    }

    @Test(
        arguments: [
            ([("name", JSON.null)], "policy.name"),
            ([("name", "")], "policy.name"),
            ([("version", 1)], "policy.version"),
            ([("validFor", .null)], "policy.validFor"),
            ([("rules", .null)], "policy.rules"),
            ([("rules", [])], "policy.rules"),
            ([("rules", [["id": "a", "expression": "true", "extra": 1]])], "extra"),
            ([("rules", [["id": "a"]])], "policy.rules[0].expression"),
            (
                [
                    (
                        "rules",
                        [["id": "a", "expression": "true"], ["id": "a", "expression": "true"]]
                    )
                ], "'a'"
            ),
            ([("rules", [["id": "schema", "expression": "true"]])], "'schema'"),
            ([("parameters", [])], "policy.parameters"),
            ([("unknown", 1)], "unknown"),
            ([("variables", [["name": "1a", "expression": "1"]])], "policy.variables[0].name"),
            (
                [
                    (
                        "variables",
                        [["name": "a", "expression": "1"], ["name": "a", "expression": "2"]]
                    )
                ],
                "'a'"
            ),
            ([("referWhen", "true")], "policy.review"),
            (
                [("review", ["approvals": 3, "of": 2, "expiresAfter": "1h"])],
                "policy.review.approvals"
            ),
            (
                [("review", ["approvals": 0, "of": 2, "expiresAfter": "1h"])],
                "policy.review.approvals"
            ),
            ([("schema", ["evidence": "int"])], "policy.schema.evidence"),
            ([("schema", ["evidence.a": "number"])], "policy.schema.evidence.a"),
            (
                [("schema", ["evidence" + String(repeating: ".a", count: 32): "int"])],
                "more than 32 names"
            ),
            ([("schema", ["evidence.a": ["type": "int", "maxItems": 3]])], "maxItems"),
        ] as [([(String, JSON)], String)])
    func `a wrong member is refused and named`(_ changes: [(String, JSON)], _ part: String) throws {
        let error = #expect(throws: PolicyError.self) { try PolicyBuilder.document(changes) }
        #expect(error?.detail.contains(part) == true, "\(error?.detail ?? "")")
    }

    @Test(arguments: ["", "[]", "{", "{\"name\":1,\"name\":2}", "null", "\u{FEFF}{}"])
    func `what is no JSON object is refused`(_ text: String) {
        #expect(throws: PolicyError.self) { try PolicyDocument.parse(Array(text.utf8)) }
    }

    @Test func `an unknown name in an expression is shown with a caret under it`() throws {
        let error = #expect(throws: PolicyError.self) {
            try PolicyBuilder.document([("rules", PolicyBuilder.rule("1 < 2 &&\n  evidense.a > 1"))]
            )
        }
        let detail = try #require(error?.detail)
        #expect(detail.contains("policy.rules (one).expression, line 2, column 3"))
        #expect(detail.contains("\n  evidense.a > 1\n  ^"))
        #expect(detail.contains("did you mean 'evidence'?"))
    }

    @Test func `a variable sees the ones before it and none after`() throws {
        let variables: JSON = [
            ["name": "a", "expression": "2"], ["name": "b", "expression": "variables.a * 3"],
        ]
        let rules = PolicyBuilder.rule("variables.b == 6 && variables.a == 2")
        #expect(try evaluate([("variables", variables), ("rules", rules)]).verdict == .pass)
        let turned: JSON = [
            ["name": "b", "expression": "variables.a * 3"], ["name": "a", "expression": "2"],
        ]
        #expect(throws: PolicyError.self) { try evaluate([("variables", turned)]) }
        let own: JSON = [["name": "a", "expression": "variables.a"]]
        #expect(throws: PolicyError.self) { try evaluate([("variables", own)]) }
    }

    @Test func `a variable is computed once and only when asked for`() throws {
        let variables: JSON = [
            ["name": "dear", "expression": "evidence.list.map(x, x * 2).size()"],
            ["name": "unused", "expression": "1 / 0 + evidence.nothing"],
        ]
        let evidence: JSON = ["list": .array((0..<100).map { JSON($0) })]
        let once = try evaluate(
            [("variables", variables), ("rules", PolicyBuilder.rule("variables.dear == 100"))],
            evidence: evidence)
        let thrice = try evaluate(
            [
                ("variables", variables),
                (
                    "rules",
                    PolicyBuilder.rule(
                        "[1, 2, 3].all(i, variables.dear == 100) && variables.dear == 100")
                ),
            ], evidence: evidence)
        #expect(once.verdict == .pass && thrice.verdict == .pass)
        #expect(thrice.cost < once.cost + 100)
    }

    @Test func `a variable asked for within a macro keeps the macro's element`() throws {
        let variables: JSON = [["name": "v", "expression": "[7, 8].exists(y, y == 8)"]]
        let rules = PolicyBuilder.rule("[1, 2].map(x, variables.v ? x : 0) == [1, 2]")
        #expect(try evaluate([("variables", variables), ("rules", rules)]).verdict == .pass)
    }

    @Test(arguments: [
        ("evidence.a.b.c > 1", "evidence.a.b.c"),
        ("has(evidence.a.b.c)", "evidence.a.b.c"),
        ("evidence.list[0].name == 'x'", "evidence.list[0].name"),
        ("evidence.map['key'].name == 'x'", "evidence.map['key'].name"),
        ("evidence.map.other == 1", "evidence.map.other"),
        ("variables.v.amount > 1", "evidence.a.b"),
        ("size(evidence.a) > 0 || false", "evidence.a"),
        ("evidence.a > 1 && true", "evidence.a"),
        ("(evidence.a > 1 ? true : false)", "evidence.a"),
        ("evidence.list.all(e, e.name == 'x')", "e.name"),
    ])
    func `the finding names the whole path of the missing fact`(
        _ expression: String, _ path: String
    ) throws {
        let outcome = try evaluate(
            [
                ("variables", [["name": "v", "expression": "evidence.a.b"]]),
                ("rules", PolicyBuilder.rule(expression)),
            ], evidence: ["list": [[:]], "map": ["key": [:]]])
        #expect(outcome.verdict == .fail)
        #expect(outcome.findings.map(\.missing) == [path])
        #expect(outcome.findings.first?.reason == Finding.Reason.missingFact)
    }

    @Test(arguments: [
        "dyn(1)", "dyn('true')", "1 / 0 == 1", "dyn(evidence) + 1 == 2", "dyn(null)",
        "-1 < dyn('a')",
    ])
    func `a rule that errs or is not true refuses`(_ expression: String) throws {
        let outcome = try evaluate([("rules", PolicyBuilder.rule(expression))])
        #expect(outcome.verdict == .fail)
        #expect(outcome.findings.map(\.reason) == [Finding.Reason.unjudgeable])
    }

    @Test(arguments: [
        ("true", "refer"), ("false", "pass"), ("dyn(1)", "fail"), ("evidence.x > 1", "fail"),
        ("1 / 0 > 1", "fail"),
    ])
    func `referring matters when all rules pass, and an error there refuses`(
        _ expression: String, _ verdict: String
    ) throws {
        let review: JSON = ["approvals": 1, "of": 1, "expiresAfter": "1h"]
        let outcome = try evaluate([("referWhen", .string(expression)), ("review", review)])
        #expect(outcome.verdict.rawValue == verdict)
        #expect(outcome.findings.isEmpty == (verdict == "pass"))
        let refused = try evaluate([
            ("referWhen", .string(expression)), ("review", review),
            ("rules", PolicyBuilder.rule("false")),
        ])
        #expect(refused.verdict == .fail && refused.findings.map(\.rule) == ["one"])
    }

    @Test func `a fact that is not as the schema says is a finding`() throws {
        let schema: JSON = [
            "evidence.list": ["type": "list", "maxItems": 2], "evidence.name": "string",
            "evidence.at": "timestamp", "evidence.absent.deep": "int",
        ]
        let changes: [(String, JSON)] = [("schema", schema)]
        let good: JSON = ["list": [1, 2], "name": "x", "at": "2026-11-21T09:00:00Z"]
        #expect(try evaluate(changes, evidence: good).verdict == .pass)
        for (path, value) in [("list", [1, 2, 3]), ("name", 3), ("at", "noon")] as [(String, JSON)]
        {
            let outcome = try evaluate(changes, evidence: good.with(path, value))
            #expect(outcome.findings.map(\.reason) == [Finding.Reason.schemaMismatch])
            #expect(outcome.findings.first?.message.contains("evidence.\(path)") == true)
        }
    }

    @Test func `now is the moment that was given`() throws {
        let rule = PolicyBuilder.rule("now == timestamp('2026-11-21T09:00:00Z')")
        #expect(try evaluate([("rules", rule)]).verdict == .pass)
    }

    @Test(arguments: [
        "evidence.amount > '1'", "evidence.amount == 1.0", "evidence.seen > now",
        "evidence.amount.size() > 0", "evidence.list.all(x, 1)", "application.kind + 1 == ''",
        "variables.sum == ''", "now > '2026-01-01T00:00:00Z'",
    ])
    func `a rule whose types do not fit the schema is refused`(_ expression: String) {
        let schema: JSON = [
            "evidence.amount": "int", "evidence.seen": "timestamp", "evidence.list": "list",
            "application.kind": "string",
        ]
        let variables: JSON = [["name": "sum", "expression": "evidence.amount + 1"]]
        let error = #expect(throws: PolicyError.self) {
            try PolicyBuilder.document([
                ("schema", schema), ("variables", variables),
                ("rules", PolicyBuilder.rule(expression)),
            ])
        }
        #expect(error?.code == .expression)
        #expect(error?.detail.contains("policy.rules (one).expression, line 1") == true)
    }
}
