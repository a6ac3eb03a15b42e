import Encoding
import Policies
import Testing

/// What the specification of the language leaves open, or where engines differ: one test for each
/// line, in both profiles.
struct PinnedCornerTests {
    /// What an expression gives: its value, an error of the evaluation, or why it does not load.
    private enum Answer: Equatable, CustomStringConvertible {
        case value(String)
        case error(EvaluationError.Code)
        case refused(String)

        var description: String {
            switch self {
            case .value(let text): text
            case .error(let code): "error \(code)"
            case .refused(let detail): "refused: \(detail)"
            }
        }
    }

    private static func answer(_ source: String, _ profile: Profile) -> Answer {
        do {
            let environment = Environment(
                declaring: [("facts", .map(.string, .dyn))], profile: profile)
            let facts = try Value(JSON.parse(#"{"b": 1, "a": 2, "ä": 3, "Z": 4}"#))
            let expression = try Expression.compile(source, environment)
            return switch expression.evaluate(["facts": facts]).result {
            case .success(let value): .value(text(value))
            case .failure(let error): .error(error.code)
            }
        } catch {
            return .refused("\(error)")
        }
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .string(let text): text.string
        case .list(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
        default: "\(value)"
        }
    }

    private func expectBoth(_ source: String, _ expected: Answer) {
        #expect(Self.answer(source, .auditor) == expected, "\(source) for auditors")
        #expect(Self.answer(source, .contract) == expected, "\(source) in contracts")
    }

    /// Contracts have no doubles: what brings one in does not load.
    private func expectNoDoubles(_ source: String, _ expected: Answer) {
        #expect(Self.answer(source, .auditor) == expected, "\(source) for auditors")
        guard case .refused(let detail) = Self.answer(source, .contract) else {
            Issue.record("\(source) loads in a contract")
            return
        }
        #expect(detail.contains("no doubles") && detail.contains("^"), "\(detail)")
    }

    @Test func `NaN is not less than a number, and a contract has neither`() {
        expectNoDoubles("0.0/0.0 < 1.0", .value("false"))
    }

    @Test func `infinity and NaN have one text`() {
        expectNoDoubles("string(1.0/0.0)", .value("Infinity"))
        expectNoDoubles("string(0.0/0.0)", .value("NaN"))
    }

    @Test func `a double is written with its shortest digits`() {
        expectNoDoubles("string(1000000.0)", .value("1e+06"))
        expectNoDoubles("string(0.1 + 0.2)", .value("0.30000000000000004"))
    }

    @Test func `a duration is written in seconds without trailing zeros`() {
        expectBoth("string(duration('1.5s'))", .value("1.5s"))
    }

    @Test func `a moment is written in UTC`() {
        expectBoth(
            "string(timestamp('2026-11-21T05:00:00+05:00'))", .value("2026-11-21T00:00:00Z"))
    }

    @Test func `a leap second and lower-case letters are no time`() {
        expectBoth("timestamp('2016-12-31T23:59:60Z')", .error(.invalidArgument))
        expectBoth("timestamp('2016-12-31t23:59:59Z')", .error(.invalidArgument))
        expectBoth("timestamp('2016-12-31T23:59:59z')", .error(.invalidArgument))
    }

    @Test func `a number in a text has no spaces and no underscores`() {
        expectBoth("int(' 5')", .error(.invalidArgument))
        expectBoth("int('1_0')", .error(.invalidArgument))
        expectNoDoubles("double('1_0')", .error(.invalidArgument))
    }

    @Test func `a map literal keeps its order for auditors and is sorted in contracts`() {
        #expect(Self.answer("{'b':1,'a':2}.map(k,k)", .auditor) == .value("[b,a]"))
        #expect(Self.answer("{'b':1,'a':2}.map(k,k)", .contract) == .value("[a,b]"))
        let mixed = "{'b':1, 2:2, true:3, 'B':4, 1u:5, false:6}.map(k, string(k))"
        #expect(Self.answer(mixed, .contract) == .value("[false,true,1,2,B,b]"))
        let large = (0..<20).reversed().map { "\($0): 1" }.joined(separator: ", ")
        let sorted = (0..<20).map(String.init).joined(separator: ",")
        #expect(Self.answer("{\(large)}.map(k, k)", .contract) == .value("[\(sorted)]"))
        #expect(Self.answer("{\(large)}[7]", .contract) == .value("1"))
        let made = "{'b':1,'a':2}.transformMapEntry(k, v, {'z' + k: v}).map(k, k)"
        #expect(Self.answer(made, .contract) == .value("[za,zb]"))
    }

    @Test func `the members of an object come in the order of their octets`() {
        expectBoth("facts.map(k, k)", .value("[Z,a,b,ä]"))
        expectBoth("'%s'.format([facts])", .value("{Z: 4, a: 2, b: 1, ä: 3}"))
    }

    @Test func `the milliseconds of a duration are those below its second`() {
        expectBoth("duration('123.321s').getMilliseconds()", .value("321"))
    }

    @Test func `an offset behind the end of a string is an error`() {
        expectBoth("'tacocat'.indexOf('a', 30)", .error(.range))
        expectBoth("'tacocat'.indexOf('a', 7)", .value("-1"))
    }

    @Test func `a key that stands twice or is no key is an error`() {
        expectBoth("{true: 1, true: 2}", .error(.invalidArgument))
        expectNoDoubles("{1.0: 1}", .error(.invalidArgument))
    }

    @Test func `equal integers of two kinds are one key`() {
        expectBoth("{0: 1, 0u: 2}", .error(.invalidArgument))
    }

    @Test func `an optional without a value has no field`() {
        expectBoth("has({'foo': optional.none()}.foo.bar)", .value("false"))
    }

    @Test func `an IPv4 address in an IPv6 one is that address`() {
        expectBoth("ip('::ffff:c0a8:1') == ip('192.168.0.1')", .value("true"))
    }

    @Test func `an int compared with a double is rounded to one`() {
        expectNoDoubles("dyn(9007199254740993) == 9007199254740992.0", .value("true"))
        expectNoDoubles("dyn(9223372036854775807) < 9223372036854775808.0", .value("false"))
    }

    @Test(arguments: [
        "double(1) > dyn(0)", "type(1) == double", "math.sqrt(4) > dyn(1)", "[1, 2.5].size() > 1",
        "dyn(2.5) == 1", "facts.map(k, double(facts[k])).size() > 0", "1e3 > 2.0",
        "'%f'.format([1]) == ''", "'a %.3e'.format([1]) == ''", "'%d%%%f'.format([1, 2]) == ''",
        "'%%%.12f'.format([2]) == ''", "facts.f.format([1]) == ''",
    ])
    func `nothing that is or makes a double loads in a contract`(_ source: String) {
        guard case .refused(let detail) = Self.answer(source, .contract) else {
            Issue.record("\(source) loads")
            return
        }
        #expect(detail.contains("no doubles") || detail.contains("literal string"), "\(detail)")
    }

    @Test func `a contract may format whole numbers and write a per cent sign`() {
        #expect(Self.answer("'%d %%f of %s'.format([1, 'e'])", .contract) == .value("1 %f of e"))
    }

    @Test(arguments: [
        "timestamp(0).getHours('Europe/Berlin')", "timestamp(0).getMilliseconds('US/Central')",
        "timestamp(0).getHours(facts.a)", "timestamp(0).getDate('+0' + '1:00')",
    ])
    func `a contract knows UTC and fixed offsets only`(_ source: String) {
        guard case .refused(let detail) = Self.answer(source, .contract) else {
            Issue.record("\(source) loads")
            return
        }
        #expect(detail.contains("no named time zones"), "\(detail)")
    }

    @Test func `fixed offsets work in contracts`() {
        for zone in ["UTC", "+05:30", "-02:00", "02:00"] {
            guard case .value = Self.answer("timestamp(0).getHours('\(zone)')", .contract) else {
                Issue.record("\(zone) does not load")
                continue
            }
        }
    }

    @Test func `a contract is shorter and nests less than a policy`() {
        let deep = String(repeating: "(", count: 33) + "1" + String(repeating: ")", count: 33)
        let flat = String(repeating: "(", count: 31) + "1" + String(repeating: ")", count: 31)
        #expect(Self.answer(deep, .auditor) == .value("1"))
        #expect(Self.answer(flat, .contract) == .value("1"))
        guard case .refused = Self.answer(deep, .contract) else {
            Issue.record("33 levels load")
            return
        }
        let long = "'" + String(repeating: "x", count: 4094) + "' != ''"
        let fitting = "'" + String(repeating: "x", count: 4088) + "' != ''"
        #expect(Self.answer(long, .auditor) == .value("true"))
        #expect(Self.answer(fitting, .contract) == .value("true"))
        guard case .refused = Self.answer(long, .contract) else {
            Issue.record("4,101 bytes load")
            return
        }
    }

    @Test func `trim takes away the white space of one table for ever`() {
        expectBoth("'\\u0085\\u00a0\\u3000x\\u200b\\u2003'.trim() == 'x\\u200b'", .value("true"))
        expectBoth("'\\u180ex\\ufeff'.trim() == '\\u180ex\\ufeff'", .value("true"))
    }
}
