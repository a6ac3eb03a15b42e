/// What mutations begin with: every feature of the language once or more, and what its limits are
/// there for.
enum Corpus {
    static let expressions: [[UInt8]] = [
        "1 + 2 * 3 - -4 / 5 % 6", "-9223372036854775808", "18446744073709551615u", "0xFFu",
        "1.5e-3 < .5 || 1e308 * 10.0 > 1.0", "i + 1 > 2 && u < 7u", "d / 0.0 != d",
        "i / (i - i) == 1 || true", "!(p && false) ? s : 'x'", "--i", "!!p",
        "s + 'é' + \"\\u00e9\\x41\\101\\n\" == r", "'''a\nb''' + r'\\d' + \"\"\"q\"\"\"",
        "b'abc\\xff' + B\"\\377\" + br'\\x' == y", "size(s) + s.size() + l.size()",
        "s.contains('a') && s.startsWith(r) || s.endsWith('')",
        "s.matches('^(a|b)*c+[^x-z]{2,9}$')",
        "r.matches(s)", "l[0] + l[i] == x.a[1]", "m['a'] in l && 'k' in m && !('z' in m)",
        "{'a': 1, 2: [3u, 4.5], true: {'x': null}}['a']", "[1, 'a', null, [2], {3: 4}, b'5'][i]",
        "has(x.a) && has(x.k.z) || x.a.b.c == 1", "x.a.b[0].c.?d.orValue(3)",
        "x[?'a'][?0].hasValue()",
        "[?optional.of(1), ?optional.none(), 2].size()", "{?'a': x.?a, 'b': 2}",
        "optional.ofNonZeroValue(i).or(optional.of(2)).value()", "x.?a.optMap(v, v[0]).orValue(0)",
        "l.all(e, e > 0) || l.exists(e, e == 3)",
        "l.exists_one(e, e == 1) && l.filter(e, e < 3) == []",
        "l.map(e, e * 2).map(e, e > 2, string(e))", "m.all(k, m[k] > 0) && m.exists(k, v, v == 1)",
        "l.transformList(n, v, v > 1, n + v)", "m.transformMap(k, v, v + 1)",
        "m.transformMapEntry(k, v, {v: k})", "l.map(a, l.map(b, l.map(c, a + b + c)))",
        "cel.bind(v, l.map(e, e + e), v + v + v)", "cel.block([1, cel.index(0) + 1], cel.index(1))",
        "timestamp('2024-02-29T23:59:58.125Z') + duration('1h30m1.5s') > t",
        "t.getFullYear() + t.getDayOfYear('-02:30') + t.getHours('UTC') + n.getMilliseconds()",
        "t - t + n - duration('-1ns') < duration('9223372036s')", "int(t) + int('42') + int(2.9)",
        "string(d) + string(t) + string(n) + string(y) + string(true)",
        "double('1e400') + double(u)",
        "uint(-1) + uint(1.5)", "bool('t') && type(i) == int && type(type(i)) == type",
        "dyn(i) == 1.0",
        "s.charAt(1) + s.substring(1, 3) + s.replace('a', 'bb', 2) + s.trim().upperAscii()",
        "s.split(',', 3).join('-') + ['a', 'b'].join() + s.reverse() + s.lowerAscii()",
        "s.indexOf('a', 2) + s.lastIndexOf('b') > 0", "strings.quote(s)",
        "'%s %d %5.3f %e %x %X %o %b %%'.format([l, i, d, d, s, y, i, p])", "'%.999f'.format([d])",
        "math.greatest(i, d, u) + math.least(l)", "math.bitShiftLeft(i, 63) + math.bitNot(i)",
        "math.round(d) + math.trunc(d) + math.ceil(d) + math.abs(d)",
        "math.sign(i) + math.bitXor(i, 3)",
        "base64.encode(y) + string(base64.decode('aGVsbG8='))",
        "ip('192.168.0.1') in [ip('::1')] || cidr('10.0.0.0/8').containsIP('10.1.2.3')",
        "isIP(s) && ip('fe80::1').isLinkLocalUnicast()", ".x.a == .i", "m.`a` + x.`content-type`",
        "i in l ? (p ? 1 : 2) : (p ? 3 : 4)", "[[[[[[[[1]]]]]]]][0][0][0][0] == l",
        "((((((((i))))))))",
        "a || b || c && d && e && f", "x == x && l == l && m == m && [l, l] == [l, l]",
        "[l].map(v, v + v)[0] + [s].map(v, v + v + v)", "f(1)(2)", "i.j.k.l.m.n.o", "'a' 'b'",
        "in || as.break", "// nothing\n1 // more", "l[2147483648] == l[-1]", "s[0]", "p + 1",
    ].map { Array($0.utf8) }

    static let patterns: [[UInt8]] = [
        "(a+)+$", "^(a|aa|ab?)*c{2,5}$", "[a-z0-9_.-]+@[^@\\s]+", "(?i)straße|ΣΊΣΥΦΟΣ",
        "a{0,1000}b{999}",
        "((a{10}){10}){10}", "(?P<name>\\d{3})-\\W\\b\\B", "[[:alpha:][:^digit:]\\pL\\PN]",
        "\\p{Greek}+",
        "(?s).*(?m)^x$(?U)y*", "\\x41\\x{1F600}\\Q.*\\E", "[^\\x00-\\x{10FFFF}]", "(|||)(()())*",
        "x*?y+?z??",
    ].map { Array($0.utf8) }

    static let texts: [[UInt8]] = [
        "", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Grüße, 日本 👩‍👧", "e\u{301}\u{0}\n\r\t",
        "2024-02-29T23:59:58Z", "a.b-c@d.example", "ΣΊΣΥΦΟΣ ſtraße K", "%s%d%%",
    ].map { Array($0.utf8) }

    static let documents: [[UInt8]] = [
        #"""
        {"name": "deposit", "version": "1", "language": 1, "appliesTo": ["candidacy"],
         "matchConditions": [{"name": "account", "expression": "has(application.account)"}],
         "schema": {"evidence.amount": "int", "application.account": {"type": "string", "maxLength": 9},
          "application.list": {"type": "list", "maxItems": 4, "items": {"type": "map", "fields": {"a": "uint"}}},
          "evidence.at": "timestamp", "evidence.rate": "double"},
         "parameters": {"minimum": 10, "days": "720h", "kinds": ["a", "b"]},
         "variables": [{"name": "amount", "expression": "evidence.amount"},
          {"name": "twice", "expression": "variables.amount + variables.amount"}],
         "rules": [{"id": "amount", "expression": "variables.twice >= parameters.minimum",
           "message": "too small", "reason": "Small", "messageExpression": "'it is ' + string(variables.amount)"},
          {"id": "list", "expression": "application.list.all(e, e.a in [1u, 2u])", "message": "m", "reason": "R"},
          {"id": "time", "expression": "timestamp(evidence.at) > now - duration(parameters.days)",
           "message": "old", "reason": "Old"}],
         "referWhen": "variables.amount < 20", "validFor": "720h", "budget": 5000,
         "review": {"approvals": 1, "of": 2, "expiresAfter": "72h"}}
        """#,
        #"""
        {"name": "n", "version": "v", "rules": [{"id": "r", "expression": "true", "message": "m", "reason": "R"}],
         "validFor": "1s"}
        """#,
    ].map { Array($0.utf8) }

    /// Pieces that mean something where they land.
    static let pieces: [[UInt8]] = [
        "(", ")", "[", "]", "{", "}", "?", ":", ",", ".", "&&", "||", "==", "!=", "<=", "+", "-",
        "*", "%",
        "!", "\"", "'", "'''", "\"\"\"", "`", "\\", "\\u", "\\U0010FFFF", "r'", "b'", "//", "\n",
        "\u{0}", "é",
        "0", "1", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551616u", "0x",
        "1e999",
        "1.7976931348623157e308", ".5e-400", "null", "true", "in", "has(", "x.a", "l", "m", "s",
        "i", "e",
        "l.map(e, ", "l.all(e, ", "l.filter(e, ", "m.transformMap(k, v, ", "cel.bind(v, ",
        ".optMap(v, ",
        ".matches(", ".format([", "timestamp(", "duration('", "'.', ", "optional.of(", "dyn(",
        "type(",
        "{1000}", "{0,", "(?i)", "[^", "\\p{L}", "\\Q", "\"expression\": ", "\"type\": ",
        "\"maxItems\": -1",
        "\"rules\": [", "\"schema\": {",
    ].map { Array($0.utf8) }
}
