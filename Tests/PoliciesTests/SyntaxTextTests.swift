import Testing

@testable import Policies

/// Trees written out as expressions.
struct SyntaxTextTests {
    private static func written(_ source: String) throws -> String {
        try Parser.parse(Array(source.utf8)).text
    }

    @Test(arguments: [
        "a.b[0].c", "-x", "!(a && b)", "(a || b) && c", "a || b && c", "a ? b : c ? d : e",
        "(a ? b : c) ? d : e", "a ? (b ? c : d) : e", "1 + 2 * 3", "(1 + 2) * 3", "1 - (2 - 3)",
        "x - 1 - 2", "(a && b) && c", "l.all(e, e > 1)", "l.map(e, e > 1, e * 2)",
        "l.transformList(i, v, i + v)", "has(a.b) && a.?b.orValue(1) == 2",
        "[1, ?a, 'it\\'s\\n']", "{'k': 1u, ?'m': b'\\x00'}", "cel.bind(x, 1, x + 1)",
        "a[?0].optMap(v, v + 1)", "m.`content-type` == 1.0", "1.5e+300", "(-x).abs()", "-5",
        "(a < b) < c", "a < (b < c)", "x in [1, 2] == true", ".a.b", "f(a, b).g()", "null",
        "'\\u0007 \\\\ é'", "b'a'.size() == 1", "!(-x == y)", "(a + b).c",
    ])
    func `an expression written out has the same tree`(_ source: String) throws {
        let written = try Self.written(source)
        #expect(try Self.written(written) == written)
        // Spelled as people do, nothing changes at all; some spellings have another usual form.
        let usual = [
            "(a && b) && c": "(a && b) && c", "(a < b) < c": "a < b < c",
            "1.5e+300": "1.5e+300", "b'a'.size() == 1": "b'\\x61'.size() == 1",
        ]
        #expect(written == usual[source] ?? source)
    }

    @Test(arguments: [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("1 - (2 - 3)", 2), ("-(2 - 3)", 1),
        ("7 % (2 + 2)", 3),
        ("true ? 1 : false ? 2 : 3", 1), ("(true ? false : true) ? 2 : 3", 3), ("- -5", 5),
    ])
    func `what is written out gives the same value`(_ source: String, _ value: Int64) throws {
        let result = try Expression.compile(Self.written(source)).evaluate().result
        #expect(try result.get().literal == String(value))
    }
}
