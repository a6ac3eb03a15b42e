import Encoding
import Policies
import TestSupport
import Testing

/// The most an expression can cost is known beforehand, and no evaluation exceeds it.
struct CostBoundTests {
    private static let person = DeclaredType.object(
        "person",
        [
            ("name", .string(maximumByteCount: 24)), ("score", .int),
            ("tags", .list(.string(maximumByteCount: 8), maximumCount: 4)), ("since", .timestamp),
        ])

    private static let environment = Environment(contract: [
        ("people", .list(person, maximumCount: 6)), ("person", person),
        ("text", .string(maximumByteCount: 40)), ("short", .string(maximumByteCount: 4)),
        ("numbers", .list(.int, maximumCount: 9)), ("number", .int), ("amount", .uint),
        ("flag", .bool), ("now", .timestamp),
        ("grid", .list(.list(.int, maximumCount: 5), maximumCount: 4)),
    ])

    // MARK: Inputs within the schema

    private static func text(_ maximum: Int, _ numbers: inout SeededGenerator) -> Value {
        let letters: [Unicode.Scalar] = ["a", "b", " ", "%", "ä", "€", "x", "."]
        var bytes: [UInt8] = []
        let wanted =
            Bool.random(using: &numbers) ? maximum : Int.random(in: 0...maximum, using: &numbers)
        while true {
            let next = String(letters[Int.random(in: 0..<letters.count, using: &numbers)]).utf8
            guard bytes.count + next.count <= wanted else { break }
            bytes += next
        }
        return .string(Text(String(decoding: bytes, as: UTF8.self)))
    }

    private static func list(
        _ maximum: Int, _ numbers: inout SeededGenerator,
        _ element: (inout SeededGenerator) throws -> Value
    ) rethrows -> Value {
        let count =
            Bool.random(using: &numbers) ? maximum : Int.random(in: 0...maximum, using: &numbers)
        var elements: [Value] = []
        for _ in 0..<count { elements.append(try element(&numbers)) }
        return .list(elements)
    }

    private static func int(_ numbers: inout SeededGenerator) -> Value {
        .int(Bool.random(using: &numbers) ? .random(in: -2...9, using: &numbers) : .max)
    }

    private static func person(_ numbers: inout SeededGenerator) throws -> Value {
        try .object([
            ("name", text(24, &numbers)), ("score", int(&numbers)),
            ("tags", list(4, &numbers) { text(8, &$0) }),
            ("since", .timestamp(try Timestamp(seconds: .random(in: 0...9999, using: &numbers)))),
        ])
    }

    private static func inputs(_ numbers: inout SeededGenerator) throws -> [String: Value] {
        [
            "people": try list(6, &numbers) { try person(&$0) }, "person": try person(&numbers),
            "text": text(40, &numbers), "short": text(4, &numbers),
            "numbers": list(9, &numbers) { int(&$0) }, "number": int(&numbers),
            "amount": .uint(.random(in: 0...20, using: &numbers)),
            "flag": .bool(.random(using: &numbers)),
            "now": .timestamp(try Timestamp(seconds: 1_800_000_000)),
            "grid": list(4, &numbers) { list(5, &$0) { int(&$0) } },
        ]
    }

    // MARK: Expressions

    private static func pick(
        _ choices: [String], _ numbers: inout SeededGenerator
    ) -> String { choices[Int.random(in: 0..<choices.count, using: &numbers)] }

    /// An expression of a kind, made of smaller ones. `locals` are the variables in sight, by kind.
    private static func expression(
        _ kind: String, _ depth: Int, _ locals: [(name: String, kind: String)],
        _ numbers: inout SeededGenerator
    ) -> String {
        let own = locals.filter { $0.kind == kind }.map(\.name)
        let leaves = (leaves[kind] ?? []) + own + own
        guard depth > 0, Int.random(in: 0..<6, using: &numbers) > 0,
            let forms = forms[kind]
        else { return pick(leaves, &numbers) }
        var form = pick(forms, &numbers)
        var locals = locals
        let name = "v\(depth)_\(locals.count)"
        if form.contains("@") {
            let element =
                form.contains("grid") ? "ints" : form.contains("people") ? "person" : "int"
            form = form.replacing("@", with: name)
            locals.append((name, element))
        }
        var result = ""
        var rest = form[...]
        while let start = rest.firstIndex(of: "«"), let end = rest[start...].firstIndex(of: "»") {
            result += rest[..<start]
            result += expression(
                String(rest[rest.index(after: start)..<end]), depth - 1, locals, &numbers)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static let leaves: [String: [String]] = [
        "bool": ["true", "flag", "false"], "int": ["0", "7", "number", "person.score"],
        "string": ["'abc'", "text", "short", "person.name", "''"],
        "ints": ["numbers", "[1, 2, 3]", "[]", "grid[0]"],
        "strings": ["person.tags", "['a', 'bb']"], "person": ["person", "people[0]"],
    ]

    // Quotation marks stand for a smaller expression of a kind, @ for the variable of a macro.
    private static let forms: [String: [String]] = [
        "bool": [
            "(«bool» && «bool»)", "(«bool» || «bool»)", "!«bool»", "(«int» == «int»)",
            "(«string» == «string»)", "(«string» != «string»)", "(«ints» == «ints»)",
            "(«strings» == «strings»)", "(grid == [«ints»])", "([«ints»] == grid)",
            "(«person» == «person»)", "(«int» in «ints»)", "(«string» in «strings»)",
            "(«ints» in grid)", "people.all(@, «bool»)", "people.exists(@, «bool»)",
            "people.exists_one(@, «bool»)", "numbers.all(@, «bool»)", "grid.exists(@, «bool»)",
            "(«string»).contains(«string»)", "(«string»).startsWith(«string»)",
            "(«string»).matches('a+b?')", "(«string»).matches(«string»)", "has(person.name)",
            "(«person».since < now)", "(«int» < «int»)", "(«bool» ? «bool» : «bool»)",
            "('a' in {'a': «int», 'b': 2})", "(optional.of(«int»).hasValue())",
            "([«ints», «ints»] == grid)", "(now.getHours('+05:30') > «int»)",
        ],
        "int": [
            "(«int» - «int»)", "(«int» % 7)", "size(«string»)", "size(«ints»)", "(«ints»)[0]",
            "«person».score", "(«bool» ? «int» : «int»)", "math.least(«int», «int»)",
            "math.greatest(«ints»)", "(«string»).indexOf(«string»)", "cel.bind(@, «int», «int»)",
            "(«ints»).first().orValue(«int»)", "[«int»][?0].optMap(@, «int»).orValue(«int»)",
            "{'a': «int»}.?a.orValue(«int»)", "math.greatest(«int», «int», «int»)",
        ],
        "string": [
            "(«string» + «string»)", "string(«int»)", "(«string»).lowerAscii()",
            "(«string»).trim()", "(«string»).replace(«string», «string»)", "(«strings»).join(', ')",
            "'%s and %d'.format([«string», «int»])", "(«bool» ? «string» : «string»)",
            "(«string»).substring(0, 1)", "strings.quote(«string»)", "(«string»).reverse()",
            "base64.encode(bytes(«string»))", "«person».name", "'%s'.format([«strings»])",
            "'%s'.format([«ints»])", "{'k': «string»}.k", "optional.of(«string»).value()",
            "optional.of(optional.of(«string»)).value().value()",
        ],
        "ints": [
            "(«ints» + «ints»)", "numbers.map(@, «int»)", "numbers.filter(@, «bool»)",
            "people.map(@, «int»)", "numbers.map(@, «bool», «int»)", "(«bool» ? «ints» : «ints»)",
            "[«int», «int»]", "numbers.transformList(i, @, «int»)", "grid.map(@, «int»)",
            "{«int»: 1, «int»: 2}.map(@, «int»)", "[?[«int»].first(), «int»]",
            "people.transformMap(i, @, «int»).map(k, k)",
            "people.transformMapEntry(i, @, {«string»: «int»}).map(k, size(k))",
        ],
        "strings": [
            "(«string»).split(«string»)", "(«strings» + [«string»])", "«person».tags",
            "people.map(@, «string»)",
        ],
        "person": ["(«bool» ? «person» : person)"],
    ]

    @Test(arguments: 1...8)
    func `no evaluation on inputs within the schema costs more than the bound`(
        _ seed: UInt64
    ) throws {
        var numbers = SeededGenerator(seed: seed)
        var (checked, evaluated, tight) = (0, 0, 0)
        while checked < 400 {
            let kind = Self.pick(["bool", "bool", "int", "string", "ints", "strings"], &numbers)
            let source = Self.expression(kind, 4, [], &numbers)
            let expression: Expression
            do {
                expression = try Expression.compile(source, Self.environment)
            } catch {
                // Too deep, or a variable where it is not in sight yet.
                let reasons = ["nested", "undeclared"]
                #expect(reasons.contains { error.detail.contains($0) }, "\(error)")
                continue
            }
            checked += 1
            let bound = try #require(expression.costBound, "\(source) has no bound")
            for _ in 0..<12 {
                let evaluation = expression.evaluate(try Self.inputs(&numbers), budget: 50_000_000)
                guard evaluation.result.error?.code != .budget else { continue }
                evaluated += 1
                if evaluation.cost == bound { tight += 1 }
                #expect(evaluation.cost <= bound, "\(source)")
            }
        }
        #expect(evaluated > 4000)
        // The bound is no idle one: the largest inputs reach it.
        #expect(tight > evaluated / 20)
    }

    // MARK: Known bounds

    private func bound(_ source: String) throws -> Int? {
        try Expression.compile(source, Self.environment).costBound
    }

    @Test func `the bound of a simple expression is what it costs`() throws {
        #expect(try bound("true") == 0)
        #expect(try bound("number > 5") == 2)
        #expect(try bound("text == text") == 6)
        #expect(try bound("person.name.startsWith('a')") == 5)
        #expect(try bound("numbers.all(n, n > 0)") == 9 * (3 + 2) + 2)
        #expect(try bound("text + text == short") == 2 + 8 + 1 + 1)
    }

    @Test func `a list without a maximum has no bound, and a loop within a loop multiplies`() throws
    {
        let open = Environment(declaring: [("list", .list(.int)), ("n", .int)])
        #expect(try Expression.compile("list.all(x, x > n)", open).costBound == nil)
        #expect(try Expression.compile("n in list", open).costBound == nil)
        #expect(try Expression.compile("list == [1, 2]", open).costBound == 12)
        #expect(try Expression.compile("list[0] > n", open).costBound == 4)
        let one = try #require(try bound("numbers.all(a, a > 0)"))
        let two = try #require(try bound("numbers.all(b, numbers.all(a, a > 0))"))
        #expect(two > 9 * one)
    }

    @Test func `a member an object does not have is refused with those it has`() throws {
        let error = #expect(throws: ExpressionError.self) {
            try Expression.compile("people.all(p, p.nme == '')", Self.environment)
        }
        #expect(error?.detail.contains("person has no field 'nme'; did you mean 'name'?") == true)
        #expect(error?.excerpt.contains("^") == true)
        let other = #expect(throws: ExpressionError.self) {
            try Expression.compile("person.votes == 1", Self.environment)
        }
        #expect(other?.detail.contains("it has: name, score, tags, since") == true)
    }

    @Test func `a policy tells what its parts can cost`() throws {
        let document = try PolicyBuilder.document([
            (
                "schema",
                [
                    "evidence.peers": [
                        "type": "list", "maxItems": 10,
                        "items": [
                            "type": "map",
                            "fields": ["region": ["type": "string", "maxLength": 5], "ms": "int"],
                        ],
                    ],
                    "application.name": ["type": "string", "maxLength": 20],
                ]
            ),
            ("parameters", ["regions": ["eu", "us"], "most": 9]),
            ("variables", [["name": "near", "expression": "evidence.peers.filter(p, p.ms < 20)"]]),
            (
                "rules",
                [
                    ["id": "near", "expression": "size(variables.near) >= 2"],
                    [
                        "id": "region",
                        "expression": "variables.near.all(p, p.region in parameters.regions)",
                    ],
                    ["id": "name", "expression": "application.name != ''"],
                    ["id": "open", "expression": "evidence.list.all(x, x > 1)"],
                ]
            ),
        ])
        let bounds = document.costBounds
        #expect(bounds.map(\.part) == ["variables.near", "near", "region", "name", "open"])
        #expect(bounds.map(\.bound) == [173, 3, 92, 2, nil])
        #expect(document.costBound == nil)
    }

    @Test func `facts within lists and maps have to be as the schema says`() throws {
        let schema: JSON = [
            "evidence.peers": [
                "type": "list", "maxItems": 2,
                "items": [
                    "type": "map", "fields": ["region": ["type": "string", "maxLength": 2]],
                ],
            ]
        ]
        let document = try PolicyBuilder.document([("schema", schema)])
        func findings(_ peers: JSON) -> [String] {
            document.evaluate(
                application: [:], evidence: ["peers": peers], now: PolicyBuilder.now
            ).findings.map(\.message)
        }
        #expect(findings([["region": "eu"], [:]]) == [])
        #expect(findings([["region": "eu"], 5]) == ["evidence.peers[1] is a int, not a map"])
        #expect(findings([["region": "far"]]).first?.contains("[0].region has a size of 3") == true)
        #expect(findings([[:], [:], [:]]).first?.contains("at most 2") == true)
    }
}
