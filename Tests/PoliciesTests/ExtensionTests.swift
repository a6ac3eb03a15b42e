import Encoding
import Policies
import Testing

/// The extensions of the language, where its rules are easily got wrong.
struct ExtensionTests {
    @Test(arguments: [
        // Rounding is to the nearest by the exact value, and half goes to the even digit.
        "'%.0f'.format([2.5]) == '2'", "'%.0f'.format([3.5]) == '4'",
        "'%.2f'.format([0.125]) == '0.12'", "'%.1f'.format([99.96]) == '100.0'",
        "'%.3f'.format([0.0005]) == '0.001'", "'%.0f'.format([0.5]) == '0'",
        "'%f'.format([-0.0]) == '-0.000000'", "'%.3e'.format([5e-324]) == '4.941e-324'",
        "'%e'.format([0.0]) == '0.000000e+00'", "'%.1e'.format([9.96]) == '1.0e+01'",
        "'%.2f'.format([1e20]) == '100000000000000000000.00'",
        "'%x %X %x'.format([-30, b'\\xff', 'ok']) == '-1e FF 6f6b'",
        "'%b %o'.format([-5, 8u]) == '-101 10'", "'%s'.format([1000000.0]) == '1000000'",
        "'%s'.format([[1u, 'a', [true]]]) == '[1, a, [true]]'", "'%d%%'.format([5]) == '5%'",
        // Octets that are no UTF-8 stand for one replacement as far as they follow each other.
        "'%s'.format([b'\\xff\\xfe']) == '\\ufffd'",
        "'%s'.format([b'a\\xc3\\xff\\xe2\\x82b\\xed']) == 'a\\ufffdb\\ufffd'",
        "'%s'.format([b'\\xef\\xbf\\xbd\\xef\\xbf\\xbd']) == '\\ufffd\\ufffd'",
        "'%s'.format([{'b': 1, 'a': 2}]) == '{a: 2, b: 1}'", "'%s'.format(['a', 'b']) == 'a'",
        "strings.quote('\\u0007\\n\"') == '\"\\\\a\\\\n\\\\\"\"'",
        "math.round(-0.5) == -1.0", "math.round(2.5) == 3.0", "math.bitShiftRight(-1, 63) == 1",
        "math.bitShiftLeft(1, 64) == 0", "math.greatest([1, 2u, 1.5]) == 2u",
        "math.sqrt(49) == 7.0", "type(math.least(1u, 1)) == uint",
        "base64.encode(b'a') == 'YQ=='", "base64.decode('YQ') == b'a'",
        "base64.decode('') == b''", "1.0 / math.sign(-0.0) == 1.0 / 0.0",
        "'%f %.1e %f'.format(['NaN', '-Infinity', 'Infinity']) == 'NaN -Infinity Infinity'",
    ])
    func `texts and numbers`(_ source: String) throws {
        #expect(try ExpressionTests.value(source).isSame(as: true))
    }

    @Test(arguments: [
        "'%s'.format([])", "'%'.format([1])", "'%.f'.format([1.0])", "'%.1001f'.format([1.0])",
        "'%5d'.format([1])", "'%f'.format(['inf'])", "'%d'.format(['1'])",
        "'%s'.format([optional.none()])",
        "'a'.format('a')", "strings.quote(1)", "math.greatest([])", "math.least('a')",
        "math.abs(-9223372036854775808)", "math.bitAnd(1, 1u)", "math.bitShiftLeft(1, -1)",
        "math.ceil(1)", "base64.decode('a')", "base64.decode('YQ=')", "base64.decode('Y-_Q')",
        "'abc'.substring(2, 1)", "'abc'.charAt(4)", "'abc'.indexOf('a', 4)", "string([1])",
    ])
    func `what texts and numbers refuse`(_ source: String) throws {
        #expect(try ExpressionTests.error(source) != nil)
    }

    @Test(arguments: [
        "optional.of(1).orValue(1 / 0) == 1", "optional.none().or(optional.of(2)).value() == 2",
        "!optional.ofNonZeroValue('').hasValue()", "!optional.ofNonZeroValue([]).hasValue()",
        "optional.of(optional.none()).hasValue()",
        "optional.ofNonZeroValue(optional.none()).hasValue()",
        "!optional.ofNonZeroValue(timestamp(0)).hasValue()",
        "!optional.ofNonZeroValue(b'').hasValue() && !optional.ofNonZeroValue(-0.0).hasValue()",
        "!optional.ofNonZeroValue(duration('0s')).hasValue()",
        "optional.ofNonZeroValue(int).hasValue() && optional.ofNonZeroValue(0.0 / 0.0).hasValue()",
        "[1][?5] == optional.none()",
        "{'a': {'b': 1}}.?a[?'b'].value() == 1", "{'a': [1]}.?a[0].value() == 1",
        "[?optional.none(), 1, ?optional.of(2)] == [1, 2]", "{?'a': optional.none()} == {}",
        "optional.of(1) != optional.of(2)", "dyn(optional.of(1)) != 1",
        "optional.of([0.0 / 0.0]) != optional.of([0.0 / 0.0])",
        "!has({'a': optional.none()}.a.b)", "type(optional.none()) == optional_type",
        "!optional.none().optMap(x, 1 / 0 > 0).hasValue()",
        "optional.of(3).optFlatMap(x, optional.of(x * x)).value() == 9",
        "[1, 2].last().value() == 2 && ![].first().hasValue()",
        "optional.unwrap([optional.of(1), optional.none()]) == [1]",
        "cel.bind(x, 1 / 0, true)", "cel.bind(x, 2, cel.bind(x, x + 1, x * x)) == 9",
        "[1, 2].map(a, cel.bind(b, a + 1, [b].map(c, c + a + b))) == [[5], [8]]",
        "[3].all(i, v, i == 0 && v == 3)", "{'a': 1}.exists(k, v, k == 'a' && v == 1)",
        "{'a': 1}.transformMapEntry(k, v, {v: k}) == {1: 'a'}",
        "[1, 2].transformMap(i, v, v > 1, v * v) == {1: 4}",
        "[1, 0].exists(i, v, 1 / v == 1)", "[0, 1].existsOne(i, v, i == v && v == 1)",
    ])
    func `optionals, bindings and macros of two variables`(_ source: String) throws {
        #expect(try ExpressionTests.value(source).isSame(as: true))
    }

    @Test(arguments: [
        "optional.none().value()", "optional.of(1).or(2).value() == optional.none().or(2)",
        "[?1]", "{?'a': 1}", "1.?a", "[1][?'a']", "optional.of(1).optFlatMap(x, x)",
        "{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "[1].transformMapEntry(i, v, v)",
        "[0].transformList(i, v, 1 / v)", "cel.bind(x, 1 / 0, x > 0)",
    ])
    func `what optionals and macros refuse`(_ source: String) throws {
        #expect(try ExpressionTests.error(source) != nil)
    }

    @Test(arguments: [
        "[1].all(i, i, true)", "cel.bind(x.y, 1, true)", "cel.block(1, 2)", "cel.index(0)",
        "has({}.?a)", "{}.?a(1)", "cel.block([cel.index(1), 1], 1)", "[1].optMap(1, 2)",
    ])
    func `what macros refuse to compile`(_ source: String) {
        #expect(throws: ExpressionError.self) { try Expression.compile(source) }
    }

    @Test(arguments: [
        "ip('::ffff:c0a8:1') == ip('192.168.0.1')", "string(ip('1:0:0:2:0:0:0:3')) == '1:0:0:2::3'",
        "string(ip('::')) == '::' && ip('::').isUnspecified()", "string(ip('1::')) == '1::'",
        "string(ip('1:0:2:3:4:5:6:7')) == '1:0:2:3:4:5:6:7'", "!isIP('1.2.3')", "!isIP('01.2.3.4')",
        "!isIP('fe80::1%eth0')", "!isIP(':1::')", "!isIP('1:2:3:4:5:6:7:8:9')", "!isIP('1:2')",
        "!isIP('1::2::3')", "!isIP('::ffff:192.168.0.1')", "isIP('64:ff9b::1.2.3.4')",
        "!isIP('1:2:3:4:5:6:7:1.2.3.4')", "!isIP('12345::')", "!isIP('')", "!isIP('256.1.1.1')",
        "!isCIDR('10.0.0.0/08') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0')",
        "cidr('::/0').containsIP('::5') && !cidr('::/0').containsIP('1.2.3.4')",
        "cidr('0.0.0.0/0').containsCIDR('0.0.0.0/1')",
        "!cidr('10.0.0.0/9').containsCIDR('10.0.0.0/8')",
        "string(cidr('2001:db8:ffff::1/33').masked()) == '2001:db8:8000::/33'",
        "cidr('10.0.0.0/8') != cidr('10.0.0.1/8')", "cidr('10.0.0.1/8').prefixLength() == 8",
        "!ip('127.0.0.1').isGlobalUnicast() && ip('10.0.0.1').isGlobalUnicast()",
    ])
    func `addresses and blocks of addresses`(_ source: String) throws {
        #expect(try ExpressionTests.value(source).isSame(as: true))
    }

    @Test func `names for values that depend on each other cannot exhaust the stack`() throws {
        let values = (0..<600).map { $0 == 0 ? "1" : "-cel.index(\($0 - 1))" }
        let source = "cel.block([\(values.joined(separator: ", "))], cel.index(599))"
        #expect(try ExpressionTests.error(source)?.code == .limit)
    }

    @Test func `what format writes is paid for and bounded`() throws {
        let format = String(repeating: "%.1000f", count: 1200)
        let source =
            "'\(format)'.format([\(Array(repeating: "1.5", count: 1200).joined(separator: ","))])"
        let evaluation = try Expression.compile(source).evaluate(budget: 1_000)
        #expect(evaluation.result.error?.code == .budget)
        #expect(try ExpressionTests.error(source)?.code == .limit)
    }
}
