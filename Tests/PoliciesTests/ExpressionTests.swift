import Encoding
import Policies
import Testing

/// The language where implementations differ, and sources written to do harm.
struct ExpressionTests {
    static func value(_ source: String, _ variables: [String: Value] = [:]) throws -> Value {
        let expression = try Expression.compile(source, variables: variables.keys.sorted())
        return try expression.evaluate(variables).result.get()
    }

    static func error(_ source: String) throws -> EvaluationError? {
        try Expression.compile(source).evaluate().result.error
    }

    @Test(arguments: [
        "string(1000000.0) == '1e+06'", "string(100.0) == '100'", "string(-0.0) == '-0'",
        "string(0.1 + 0.2) == '0.30000000000000004'", "string(1.0 / 3.0) == '0.3333333333333333'",
        "string(1.0 / 0.0) == 'Infinity'", "string(0.0 / 0.0) == 'NaN'",
        "string(1e-7) == '1e-07'", "string(0.00012) == '0.00012'", "string(123456.5) == '123456.5'",
        "!(0.0 / 0.0 < 1.0)", "0.0 / 0.0 != 0.0 / 0.0", "!((0.0 / 0.0) in [0.0 / 0.0])",
        "[0.0 / 0.0] != [0.0 / 0.0]", "dyn(1) != 'a'", "true > false", "int('+5') == 5",
        "duration('1h1.5s') == duration('3601.5s')", "duration('+1s') == duration('1000ms')",
        "duration('0') == duration('0s')", "string(duration('1.5s')) == '1.5s'",
        "string(duration('90m')) == '5400s'", "string(duration('-0.5s')) == '-0.5s'",
        "string(timestamp('2020-01-01T05:00:00+05:00')) == '2020-01-01T00:00:00Z'",
        "timestamp(0) == timestamp('1970-01-01T00:00:00Z')", "timestamp(0).getDayOfWeek() == 4",
        "timestamp('2024-12-31T00:00:00Z').getDayOfYear() == 365", "'a' > 'B'",
        "'\\u00e9' != 'e\\u0301'", "size('e\\u0301') == 2", "size('👨‍👩‍👧') == 5",
        "dyn(9007199254740993) == 9007199254740992.0",
        "dyn(9223372036854775807) == 9223372036854775808.0", "18446744073709551615u > dyn(-1)",
        "[1, 2, 3].map(x, x > 1, x * 10) == [20, 30]", "{'b': 1, 'a': 2}.map(k, k) == ['b', 'a']",
        "has({'a': null}.a)", "dyn(1.0) in {1: 2}", "-7 / 2 == -3", "-7 % 2 == -1", "7 % -2 == 1",
        "0xFFu == 255u", ".5 == 0.5", "1e3 == 1000.0", "'\\x41\\101\\u0041\\U00000041' == 'AAAA'",
        "r'\\n' == '\\\\n'", "[1, 2, 3,].size() == 3", "{1: 2,}.size() == 1",
        "[,] == [] && {,} == {}",
        "'a'.contains('') && ''.contains('')", "type(1) == int && type([]) == list",
        "2 - -1 == 3", "--1 == 1", "!!true", "{'if': 1}.if == 1", "[null][0] == null",
        "bytes('é') == b'é'", "'tacocat'.indexOf('a', 3) == 5", "'ab'.matches('(?i)AB')",
        "true ? true : 1 / 0 > 0", "1 - 1 - 1 == -1", "2 * 3 % 4 == 2", "!false && true || false",
        "timestamp(0).getHours('+5:30') == 5", "'日本'.charAt(1) == '本'",
        "'a,b,c'.split(',', 2) == ['a', 'b,c']", "'abc'.replace('', '-') == '-a-b-c-'",
        "['a', 'b'].join('-') == 'a-b'", "' \\u00a0x '.trim() == 'x'",
        "{1: 'a', 'b': 2} == {'b': 2, 1u: 'a'}", "[[1, [2u]]] == [[1.0, [2]]]",
    ])
    func `what holds`(_ source: String) throws {
        #expect(try Self.value(source).isSame(as: true))
    }

    @Test(
        arguments: [
            ("dyn(1) < 'a'", EvaluationError.Code.noSuchOverload), ("null < null", .noSuchOverload),
            ("uint(-0.5)", .range), ("int('0x10')", .invalidArgument),
            ("int(' 5')", .invalidArgument),
            ("double('1_0')", .invalidArgument), ("duration('1d')", .invalidArgument),
            ("duration('1')", .invalidArgument), ("duration('')", .invalidArgument),
            ("duration('9223372036.854775808s')", .range),
            ("duration('-9223372036.854775809s')", .range),
            ("duration('18446744073709551616ns')", .range),
            ("duration('5124095h34m33.709551616s')", .range),
            ("duration('300000h') + duration('2400000h')", .range),
            ("timestamp('2020-01-01')", .invalidArgument),
            ("timestamp('2020-01-01t00:00:00z')", .invalidArgument),
            ("timestamp('2016-12-31T23:59:60Z')", .invalidArgument),
            ("timestamp('2023-02-29T00:00:00Z')", .invalidArgument),
            ("timestamp(9223372036854775807)", .range), ("1 / 0", .divisionByZero),
            ("1 % 0", .divisionByZero), ("5 / -0", .divisionByZero),
            ("-9223372036854775808 / -1", .range), ("-9223372036854775808 % -1", .range),
            ("-(-9223372036854775808)", .range), ("9223372036854775807 * 2", .range),
            ("0u - 1u", .range), ("1 + 2u", .noSuchOverload), ("'a' + 1", .noSuchOverload),
            ("duration('1s') * 2", .noSuchOverload), ("-duration('1s')", .noSuchOverload),
            ("1 < 2 < 3", .noSuchOverload), ("{true: 1, true: 2}", .invalidArgument),
            ("{1.0: 1}", .invalidArgument), ("{0: 1, 0u: 2}", .invalidArgument),
            ("[1][1]", .range), ("[1][-1]", .range), ("[1][18446744073709551615u]", .range),
            ("[1][0.5]", .invalidArgument), ("{'a': 1}.b", .missing), ("{'a': 1}['b']", .missing),
            ("1 .size()", .noSuchOverload), ("'tacocat'.indexOf('a', 30)", .range),
            ("'abc'.substring(2, 1)", .range), ("'abc'.substring(-1)", .range),
            ("timestamp(0).getHours('Asia/Kolkata')", .unsupported),
            ("timestamp(0).getHours('+25:00')", .unsupported),
            ("timestamp(0).getHours('Z')", .unsupported),
            ("timestamp(0).getHours('utc')", .unsupported),
            ("'x'.matches('[')", .invalidArgument),
            ("string(b'\\xff')", .invalidArgument), ("int(9223372036854775807.0)", .range),
            ("int(0.0 / 0.0)", .range), ("true && 'x'", .noSuchOverload),
            ("[1, 2].exists_one(x, x / 0 == 1)", .divisionByZero),
            ("1.all(x, true)", .noSuchOverload),
            ("[1].all(x, x)", .noSuchOverload), ("[1].map(x, 1, x)", .noSuchOverload),
        ] as [(String, EvaluationError.Code)])
    func `what errs`(_ source: String, _ code: EvaluationError.Code) throws {
        #expect(try Self.error(source)?.code == code, "\(source)")
    }

    @Test(arguments: [
        "", " ", "1.", "5.e1 5", "true ? false ? 1 : 2 : 3", "'\\s'", "in", "x.in", "if", "a b",
        "(1", "[1", "{1: 2", "{1}", "f(1,)", "f(,)", "[,1]", "[,,]", "[1,,]", "{,1: 2}", "{1: 2,,}",
        "1 +", "&& 1", "'a\nb'", "'abc", "\"\"\"abc",
        "b'\\u00ff'", "'\\ud800'", "'\\U00110000'", "'\\400'", "rb'a'", "1e", "1e400", "0x", "0X1",
        "9223372036854775808", "-9223372036854775809", "18446744073709551616u",
        "0xFFFFFFFFFFFFFFFFF", "has(a)", "has(1 + 1)", "has([1][0])", "[1].all(1, true)",
        "[1].all(a.b, true)", "[1].all(.x, true)", "!-1", "-!true", "a.`b", "a.``", "`a`", "@",
        "a.5", "1 ? 2", "'\u{0}", "#", "a..b", "\\", "é", "size", "nothing(1)", "size()",
        "size(1, 2)", "startsWith('a', 'b')", "'a'.type()",
    ])
    func `what does not compile is refused with its place`(_ source: String) {
        let error = #expect(throws: ExpressionError.self) { try Expression.compile(source) }
        #expect(error.map { $0.line >= 1 && $0.column >= 1 && $0.excerpt.hasSuffix("^") } == true)
    }

    @Test func `the caret stands under the place, whatever code points come before`() throws {
        let error = #expect(throws: ExpressionError.self) {
            try Expression.compile("true &&\n'äöü' == unknown")
        }
        #expect(error?.line == 2 && error?.column == 10)
        #expect(error?.excerpt == "'äöü' == unknown\n         ^")
    }

    @Test(arguments: ["(", "[", "{1:", "!", "-", "a.b(", "1 + (", "x ? y : (", "[1].all(x, "])
    func `nesting without end is refused`(_ opening: String) {
        let source = String(repeating: opening, count: 16_000 / opening.utf8.count)
        #expect(throws: ExpressionError.self) { try Expression.compile(source) }
    }

    @Test(arguments: [
        ("1", " + 1"), ("x", ".y"), ("x", "[0]"), ("1", " == 1"), ("1", " ? 1 : 1"), ("-", "-"),
    ])
    func `a chain is taken up to its limit and refused beyond`(_ head: String, _ link: String) {
        let environment = Environment(variables: ["x"])
        let end = head == "-" ? "1" : ""
        let short = head + String(repeating: link, count: 90) + end
        #expect(throws: Never.self) { try Expression.compile(short, environment) }
        let long = head + String(repeating: link, count: 2_000) + end
        #expect(throws: ExpressionError.self) { try Expression.compile(long, environment) }
    }

    @Test func `chains of and, or, elements and arguments may be long`() throws {
        let conjunction = Array(repeating: "true", count: 2_000).joined(separator: " && ")
        #expect(try Self.value(conjunction).isSame(as: true))
        let list = Array(repeating: "1", count: 5_000).joined(separator: ",")
        #expect(try Self.value("size([\(list)])").isSame(as: 5_000))
    }

    @Test func `a source that is too long is refused`() {
        let source = "'" + String(repeating: "x", count: 20_000) + "'"
        #expect(throws: ExpressionError.self) { try Expression.compile(source) }
    }

    @Test func `any bytes compile or are refused, and evaluate or err`() throws {
        // A fixed sequence of numbers in place of chance, so that a failure can be repeated.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let pieces = [
            "1", "-9223372036854775808", "0u", "1.5", "'a'", "b'\\xff'", "null", "true", "x", "x.y",
            "[", "]", "{", "}", "(", ")", ":", "?", ".", ",", "+", "-", "*", "/", "%", "==", "<",
            "in", "&&", "||", "!", "size(", "int(", "string(", ".map(e, ", ".all(e, ", "e", "has(",
            "duration('1h')", "timestamp(0)", ".matches('a*')", "[0]", "\\", "'", "\"", "`",
        ]
        let environment = Environment(variables: ["x"], unknownNames: .fail)
        for _ in 0..<20_000 {
            let source = (0..<(1 + next(12))).map { _ in pieces[next(pieces.count)] }
                .joined(separator: next(4) == 0 ? " " : "")
            guard let expression = try? Expression.compile(source, environment) else { continue }
            let evaluation = expression.evaluate(["x": [1, "a", nil]], budget: 1_000)
            #expect(evaluation.cost <= 1_000)
        }
    }

    @Test func `numbers of JSON become int, uint or double by what they can hold`() throws {
        let json = try JSON.parse(
            "[1, -9223372036854775808, 9223372036854775808, 1.0, 1e2, 99999999999999999999]")
        guard case .list(let values) = try Value(json) else { return }
        #expect(
            values.map(\.typeName) == [.int, .int, .uint, .double, .double, .double])
    }

    @Test func `members of JSON come in the order of their bytes`() throws {
        let json = try JSON.parse("{\"b\": 1, \"é\": 2, \"a\": 3, \"B\": 4}")
        let keys = try Self.value("m.map(k, k)", ["m": Value(json)])
        #expect(keys.isSame(as: ["B", "a", "b", "é"]))
    }

    @Test(arguments: [0, 1, 7, 8, 9, 40])
    func `every member of a JSON object is found, however many there are`(count: Int) throws {
        let names = (0..<count).map { "m\($0 * 7 % 41)" }
        let json = JSON.object(JSONObject(names.enumerated().map { ($1, JSON($0)) }))
        guard case .map(let map) = try Value(json) else {
            Issue.record("an object becomes a map")
            return
        }
        #expect(map.count == count)
        for (place, name) in names.enumerated() {
            #expect(map.value(named: Text(name))?.isSame(as: .int(Int64(place))) == true)
        }
        #expect(map.value(named: "m") == nil && map.value(for: .int(0)) == nil)
        let twice = JSON.object(JSONObject((names + ["m0"]).map { ($0, 1) }))
        if count > 0 { #expect(throws: EvaluationError.self) { try Value(twice) } }
    }

    @Test func `a large map finds every key and no other`() throws {
        let count: Int64 = 1_000
        let numbers = (0..<count).map { (key: Int64) in (key * 7_919) % count }
        let map = try MapValue.make(
            keys: numbers.map { $0 % 2 == 0 ? .int($0) : .uint(UInt64($0)) },
            values: numbers.map { .int($0) })
        for key in 0..<count {
            #expect(map.value(for: .int(key))?.isSame(as: .int(key)) == true)
            #expect(map.value(for: .double(Double(key)))?.isSame(as: .int(key)) == true)
        }
        #expect(map.value(for: .int(-1)) == nil && map.value(for: .int(count)) == nil)
        #expect(map.value(for: "1") == nil && map.value(for: .double(0.5)) == nil)
    }
}
