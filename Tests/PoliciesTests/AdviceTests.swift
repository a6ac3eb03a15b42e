import Encoding
import Policies
import Testing

/// What the checker suggests to an author.
struct AdviceTests {
    static let environment = Environment(
        declaring: [
            ("x", .int), ("s", .string), ("t", .timestamp), ("m", .map(.string, .dyn)),
            ("l", .list(.int)), ("variables.device", .dyn), ("variables.deposit", .dyn),
        ],
        facts: ["m.deposit.amount": .int, "m.deposit.account": .string],
        members: ["m.known": ["minimumCores", "maximumAge"]])

    private static func detail(_ source: String) throws -> ExpressionError {
        try #require(throws: ExpressionError.self) {
            try Expression.compile(source, environment)
        }
    }

    @Test(arguments: [
        ("l.all(cores, corse > 1)", "did you mean 'cores'?"),
        ("variables.devise.cores > 1", "did you mean 'variables.device'?"),
        ("variables.unlike > 1", "there are: variables.device, variables.deposit"),
        ("s.startWith('a')", "did you mean 'startsWith'?"),
        ("s.startswith('a')", "did you mean 'startsWith'?"),
        ("l.exist(i, i > 1)", "did you mean 'exists'?"),
        ("durration('1s') > duration('2s')", "did you mean 'duration'?"),
        ("m.deposit.amuont > 1", "did you mean 'amount'? If not, declare m.deposit.amuont"),
        ("has(m.depozit)", "did you mean 'deposit'?"),
        ("x > m.known.minimumCore", "did you mean 'minimumCores'?"),
        ("x > m.known.cores", "it has: minimumCores, maximumAge"),
        ("s.length() > 1", "CEL calls it 'size'"), ("s.length > 1", "write size(s)"),
        ("l.any(i, i > 1)", "CEL calls it 'exists'"), ("x == None", "write null"),
        ("x == True", "write true"),
    ])
    func `a misspelt name, field or function gets the right one suggested`(
        _ source: String, _ advice: String
    ) throws {
        let detail = try Self.detail(source).detail
        #expect(detail.contains(advice), "\(detail)")
    }

    @Test(arguments: [
        ("x == 1.0", "convert one with int(…) or dyn(…)"),
        ("t > '2026-01-01T00:00:00Z'", "read the text with timestamp(…)"),
        ("s - duration('1h') < t", "read the text with timestamp(…)"),
        ("s.getFullYear() > 2025", "read the text with timestamp(…)"),
        ("t - 3600 < t", "write a span of time as duration('3600s')"),
        ("'a' + x == s", "make text of the int with string(…)"),
        ("s == 5", "a value of type string never equals one of type int"),
        ("x == null", "has(…) asks"),
        ("l[0u]", "there are: list(A)[int]"), ("x / s == 1", "there are: int / int"),
        ("s.startsWith(1)", "there is: string.startsWith(string)"),
        ("s.startsWith('a', 'b')", "there is: string.startsWith(string)"),
        ("!x", "there is: !bool"),
    ])
    func `a wrong overload gets its trap explained or the signatures that exist`(
        _ source: String, _ advice: String
    ) throws {
        let detail = try Self.detail(source).detail
        #expect(detail.contains(advice), "\(detail)")
    }

    @Test(arguments: [
        ("x = 1", "two values are compared with =="), ("x == 1 & x == 2", "'and' is written &&"),
        ("x == 1 and x == 2", "write &&"), ("(x == 1 or x == 2)", "write ||"),
        ("not s", "write ! for 'not'"), ("if", "write condition ? one : other"),
        ("x == 1;", "has no end mark"),
    ])
    func `habits of other languages are translated`(_ source: String, _ advice: String) throws {
        let detail = try Self.detail(source).detail
        #expect(detail.contains(advice), "\(detail)")
    }

    @Test func `a suggestion stands with its line, column and caret`() throws {
        let error = try Self.detail("x > 1 &&\n  s.startWith('a')")
        #expect(error.line == 2)
        #expect(error.column == 5)
        #expect(error.excerpt == "  s.startWith('a')\n    ^")
    }

    @Test func `what resembles nothing gets no suggestion`() throws {
        for source in ["qqqq > 1", "s.zzzz()", "m.known.q > 1"] {
            #expect(try !Self.detail(source).detail.contains("did you mean"))
        }
    }

    @Test func `facts that the schema does not mention may be read when no slip explains them`()
        throws
    {
        for source in ["m.other > 1", "m.deposit.height > 1", "has(m.known.other)", "m.?x == m.?y"]
        {
            #expect(try Expression.compile(source, Self.environment).type != nil)
        }
    }

    @Test func `a policy that reads a parameter nobody gave is refused`() throws {
        let error = try #require(throws: PolicyError.self) {
            try PolicyBuilder.document([
                ("parameters", ["minimumCores": 2]),
                ("rules", PolicyBuilder.rule("application.cores >= parameters.minimumCore")),
            ])
        }
        #expect(error.code == .expression)
        #expect(error.detail.contains("did you mean 'minimumCores'?"))
        #expect(error.detail.contains("line 1, column 33"))
    }

    @Test func `the types of parameters are known from their values`() throws {
        #expect(throws: PolicyError.self) {
            try PolicyBuilder.document([
                ("parameters", ["names": ["a", "b"]]),
                ("rules", PolicyBuilder.rule("1 in parameters.names")),
            ])
        }
        let policy = try PolicyBuilder.document([
            ("parameters", ["ages": ["least": "1h"], "mixed": [1, "a"], "ratio": 2]),
            (
                "rules",
                PolicyBuilder.rule(
                    "duration(parameters.ages.least) > duration('1s') && 'a' in parameters.mixed")
            ),
        ])
        let outcome = policy.evaluate(
            application: [:], evidence: [:], now: PolicyBuilder.now)
        #expect(outcome.verdict == .pass)
    }
}
