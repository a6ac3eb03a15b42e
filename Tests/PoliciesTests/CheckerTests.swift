import Encoding
import Policies
import Testing

/// Types found before anything is evaluated.
struct CheckerTests {
    static let environment = Environment(declaring: [
        ("x", .int), ("d", .dyn), ("m", .map(.string, .dyn)), ("l", .list(.int)), ("t", .timestamp),
    ])

    @Test(arguments: [
        ("[[[[[]]]], [], [[[]]]]", "list(list(list(list(list(dyn)))))"),
        ("[[1], ['a']]", "list(dyn)"), ("[1, 2u]", "list(dyn)"), ("[]", "list(dyn)"),
        ("{'a': 1, 'b': 'x'}", "map(string, dyn)"), ("{}", "map(dyn, dyn)"),
        ("true ? [] : [1]", "list(int)"), ("cel.bind(a, [], a + [1])", "list(int)"),
        ("[null, timestamp(0)]", "list(timestamp)"), ("[duration('1s'), null]", "list(duration)"),
        ("[1, null]", "list(dyn)"), ("m.foo.bar[0]", "dyn"), ("m.?a.b.c.orValue(1)", "dyn"),
        ("{'a': [1]}.?a[0]", "optional_type(int)"), ("[?optional.of(1)]", "list(int)"),
        ("optional.of([1])[0]", "optional_type(int)"), ("optional.none().orValue(1)", "int"),
        ("optional.of(x).optMap(y, [y])", "optional_type(list(int))"),
        ("optional.of(x).optFlatMap(y, optional.none())", "optional_type(dyn)"),
        ("l.map(i, string(i))", "list(string)"), ("l.filter(i, i > 0)", "list(int)"),
        ("m.map(k, k)", "list(string)"), ("l.all(i, v, i == v)", "bool"),
        ("l.transformMap(i, v, string(v))", "map(int, string)"),
        ("m.transformMapEntry(k, v, {1: k})", "map(int, string)"),
        ("d.map(i, i)", "list(dyn)"), ("t - t", "duration"), ("x < 1.5", "bool"),
        ("type(x)", "type(int)"), ("math.greatest(1, 2u)", "dyn"),
        ("math.greatest(1, 2, x)", "int"),
        ("ip('::1')", "net.IP"), ("type(d) == list", "bool"), ("d + 1", "int"), ("d + d", "dyn"),
        // A type still open takes the first overload that fits, as in cel-cpp.
        ("[].filter(v, v <= v)", "list(int)"), ("[1u] + [].filter(v, v < 2u)", "list(uint)"),
        ("[][0] + duration('1s')", "duration"),
    ])
    func `types are found`(_ source: String, _ type: String) throws {
        #expect(try Expression.compile(source, Self.environment).type?.description == type)
    }

    @Test(arguments: [
        "x == 1.0", "x == null", "x + 1u", "x + 'a'", "l[0u]", "l['a']", "x.foo", "size(x)",
        "l.all(i, i)", "x ? 1 : 2", "true ? 1 : 'a'", "!x", "-'a'", "[1] + ['a']", "'a' in [1]",
        "unknown", "unknown(1)", "x.unknown()", "'a'.size(1)", "size('a', 'b')", "x && true",
        "[?1]", "optional.of(1).orValue('a')", "x.optMap(y, y)", "l.transformMapEntry(i, v, v)",
        "isIP(cidr('10.0.0.0/8'))", "math.greatest(1, 'a', 2)", "math.ceil(1)", "x.map(i, i)",
        "t > '2026-01-01T00:00:00Z'", "true || x", "has(x.foo)", "contains('a', 'b')",
    ])
    func `what does not fit is refused`(_ source: String) {
        #expect(throws: ExpressionError.self) { try Expression.compile(source, Self.environment) }
    }

    /// Functions of three types of their own, and of one type in three places.
    private static let generic: Environment = {
        let (t, u, v) =
            (CheckedType.parameter("T"), .parameter("U"), .parameter("V"))
            as (CheckedType, CheckedType, CheckedType)
        let same = CheckedType.abstract("tuple", [t, t, t])
        return Environment(
            declaring: [("d", .dyn)],
            functions: [
                "tuple": [Overload(parameters: [t, u, v], result: .abstract("tuple", [t, u, v]))],
                "sort": [Overload(parameters: [same], result: same)],
                "either": [
                    Overload(parameters: [t, .int], result: t),
                    Overload(parameters: [t, .string], result: .list(t)),
                ],
            ])
    }()

    @Test(arguments: [
        ("tuple(1, 2u, 'a')", "tuple(int, uint, string)"),
        ("sort(tuple(1, 2, 3))", "tuple(int, int, int)"),
        ("sort(tuple(1, dyn(2u), 3.0))", "tuple(dyn, dyn, dyn)"),
        ("sort(tuple([], [1], []))", "tuple(list(int), list(int), list(int))"),
        ("sort(tuple(null, timestamp(0), null))", "tuple(timestamp, timestamp, timestamp)"),
        ("tuple(1, 2u, 3.0) == tuple(dyn(1), d, 3.0)", "bool"),
        ("[tuple(1, 2, 3), tuple(d, 2, 3)]", "list(tuple(dyn, int, int))"),
        ("[tuple(1, 2, 3), tuple('a', 2, 3)]", "list(dyn)"),
        ("either('a', 1)", "string"), ("either(1, 'a')", "list(int)"), ("either(1, d)", "dyn"),
        ("[optional.of(1), null]", "list(optional_type(int))"),
        ("{'a': null, 'b': optional.of(1)}", "map(string, optional_type(int))"),
        ("true ? optional.none() : optional.of([])", "optional_type(list(dyn))"),
    ])
    func `types of declared functions are found`(_ source: String, _ type: String) throws {
        #expect(try Expression.compile(source, Self.generic).type?.description == type)
    }

    @Test(arguments: [
        "sort(tuple(1, 2u, 3.0))", "sort(tuple('a', 1, 2))", "sort(1)", "tuple(1, 2)",
        "tuple(1, 2u, 3.0) == tuple('a', 2u, 3.0)", "either(1, 2.0)", "tuple(1, 2, 3).sort()",
    ])
    func `declared functions refuse what does not fit`(_ source: String) {
        #expect(throws: ExpressionError.self) { try Expression.compile(source, Self.generic) }
    }

    @Test func `a refusal says where, what and how to write it`() throws {
        let error = #expect(throws: ExpressionError.self) {
            try Expression.compile("x > 0 &&\n  x == 1.0", Self.environment)
        }
        #expect(error?.line == 2)
        #expect(error?.column == 5)
        #expect(error?.detail.contains("_==_(int, double)") == true)
        #expect(error?.excerpt == "  x == 1.0\n    ^")
    }

    @Test func `types that double with every name are checked in bounded work`() throws {
        var source = "a40"
        for place in (0..<40).reversed() {
            source = "cel.bind(a\(place + 1), {a\(place): a\(place)}, \(source))"
        }
        source = "cel.bind(a0, [], \(source))"
        #expect(try Expression.compile(source, Self.environment).type != nil)
        var lists = "[]"
        for _ in 0..<30 { lists = "[\(lists)].map(x, {'a': x, 'b': x})" }
        #expect(try Expression.compile(lists, Self.environment).type != nil)
    }
}
