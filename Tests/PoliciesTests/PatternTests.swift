import Policies
import Testing

/// `matches`, in RE2 syntax.
struct PatternTests {
    private func evaluate(
        _ text: String, _ pattern: String, budget: Int? = nil
    ) throws -> Expression.Evaluation {
        try Expression.compile("t.matches(p)", variables: ["t", "p"])
            .evaluate(["t": .string(Text(text)), "p": .string(Text(pattern))], budget: budget)
    }

    @Test(arguments: [
        ("abc", "b", true), ("abc", "^b", false), ("abc", "^abc$", true), ("abc", "", true),
        ("", "^$", true), ("", "a*", true), ("aaa", "^a{3}$", true), ("aaa", "^a{4,}$", false),
        ("aaa", "^a{2,3}$", true), ("aaaa", "^a{2,3}$", false), ("a{,2}", "^a{,2}$", true),
        // What is no whole count or no whole class is literal.
        ("a{1001", "^a{1001$", true), ("a{01}", "^a{01}$", true), ("a{1,02}", "^a{1,02}$", true),
        ("a{1234567890}", "^a{1234567890}$", true), ("a{", "^a{$", true),
        (":a]", "^[[:a]+]$", true), ("[:", "^[[:^a]+$", true), ("a", "^[[:alpha:]]$", true),
        ("color colour", "colou?r$", true), ("ab", "^(a|b|cd)+$", true),
        ("acd", "^(a|b|cd)+$", true),
        ("acb", "^(a|cd)+$", false), ("x1", "^\\w\\d$", true), ("é", "^\\w$", false),
        ("é", "^.$", true), ("日本", "^..$", true), ("a\nb", "a.b", false), ("a\nb", "(?s)a.b", true),
        ("a\nb", "^b$", false), ("a\nb", "(?m)^b$", true), ("AbC", "(?i)aBc", true),
        ("AbC", "a(?i:B)c", false), ("abC", "ab(?i)c", true), ("AB", "(?:(?i)a)b", false),
        ("a.b", "a\\.b", true), ("axb", "a\\.b", false), ("a+b", "\\Qa+b\\E", true),
        ("foo bar", "\\bbar\\b", true), ("foobar", "\\bbar", false), ("foobar", "\\Bbar", true),
        ("]", "^[]]$", true), ("-", "^[a-]$", true), ("b", "^[^a]$", true), ("\n", "^[^a]$", true),
        ("f", "^[[:xdigit:]]$", true), ("g", "^[[:^xdigit:]]$", true), ("_", "^[\\w-]$", true),
        ("K", "(?i)^[a-k]$", true), ("A", "^\\x41$", true), ("😀", "^\\x{1F600}$", true),
        ("A", "^\\101$", true), ("aab", "a+?b", true), ("ab", "(?P<first>a)(?<second>b)", true),
        ("aa", "^(a?){2}$", true), ("b", "^(a*)*b$", true), ("ab", "|c", true), ("x", "()", true),
        ("ab\n", "b$", false), ("ab", "b\\z", true), ("a", "\\Aa", true),
        // A hyphen after a class is itself; what a quotation ends with is what is repeated.
        ("-", "^[\\d-z]$", true), ("m", "^[\\d-z]$", false), ("abb", "^\\Qab\\E+$", true),
        ("aaa", "^a(?i)*$", true), ("1", "^[\\d--9]$", true),
        // Unicode classes, and case beyond ASCII: letters fold before a class is turned round.
        ("é", "^\\pL$", true), ("٣", "^\\p{Nd}$", true), ("σ", "^\\p{Greek}$", true),
        ("a", "^\\p{^Greek}$", true), ("a", "^\\P{^Greek}$", false), ("日", "^[\\p{Han}_]$", true),
        ("Σς", "(?i)^σσ$", true), ("K", "(?i)^k$", true), ("s", "(?i)^\\W$", false),
        ("ſ", "(?i)^\\W$", false), ("K", "(?i)^[^k]$", false), ("a", "(?i)^\\p{Lu}$", true),
        ("é", "(?P<é>é)", true),
        ("192.168.0.1", "^(\\d{1,3}\\.){3}\\d{1,3}$", true),
    ])
    func `patterns match as in RE2`(_ text: String, _ pattern: String, _ expected: Bool) throws {
        #expect(try evaluate(text, pattern).result.get().isSame(as: .bool(expected)))
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[a", "[b-a]", "[[:what:]]", "*", "+a", "a**", "a{2}{3}", "a{3,2}",
        "a{1001}", "a{1,1001}", "a{999999999}", "[[:x]y:]]", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)",
        "(?>a)", "(a)\\1", "\\", "\\8", "\\x4",
        "\\x{}", "\\x{110000}", "\\y", "(?z)", "(?P<>a)", "(?P<a", "(?i", "a\\Z", "[a-\\d]",
        "(?i-)", "{1}",
        "\\Q\\E*", "((a{100}){10}){2}", "(?P<n>a)(?P<n>b)", "\\p{Nothing}", "\\pX", "\\p{L",
        // The sign of the kelvin is no K in the name of a script.
        "\\p{\u{212A}atakana}",
    ])
    func `what RE2 does not take is an error`(_ pattern: String) throws {
        #expect(try evaluate("text", pattern).result.error?.code == .invalidArgument)
        let source = "t.matches(r'''\(pattern)''') || true"
        let absorbed = try Expression.compile(source, variables: ["t"]).evaluate(["t": "text"])
        #expect(absorbed.result.value?.isSame(as: true) == true)
    }

    @Test func `patterns that make others backtrack stay within their cost`() throws {
        let text = String(repeating: "a", count: 2_000) + "!"
        for pattern in ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){10}$"] {
            let evaluation = try evaluate(text, pattern)
            #expect(evaluation.result.value?.isSame(as: false) == true)
            #expect(evaluation.cost < 5_000)
        }
    }

    @Test(arguments: [
        "((a{100}){100}){100}", "(((){1000}){1000}){1000}", "(a{1000}){1000}",
        String(repeating: "(", count: 500), String(repeating: "a", count: 2_000),
    ])
    func `patterns that grow without measure are refused`(_ pattern: String) throws {
        let error = try #require(try evaluate("aaa", pattern).result.error)
        #expect(error.code == .limit || error.code == .invalidArgument)
    }

    @Test func `a pattern pays for its repetitions written out`() throws {
        let text = String(repeating: "b", count: 1_000)
        let short = try evaluate(text, "a{2}")
        let long = try evaluate(text, "a{999}")
        #expect(long.cost > 50 * short.cost)
        #expect(try evaluate(text, "a{999}", budget: 1_000).result.error?.code == .budget)
    }

    @Test func `a pattern known beforehand costs and answers the same`() throws {
        let literal = try Expression.compile("t.matches('^a+b$')", variables: ["t"])
            .evaluate(["t": "aab"])
        let given = try evaluate("aab", "^a+b$")
        #expect(literal.result.value?.isSame(as: true) == true)
        #expect(literal.cost + 1 == given.cost)
    }

    /// Code points assigned up to Unicode 15, each with what the standard library says of it.
    private static let assigned = (0...0x10FFFF as ClosedRange<UInt32>)
        .compactMap(Unicode.Scalar.init)
        .filter { scalar in scalar.properties.age.map { $0 <= (15, 0) } ?? false }

    private static let categories: [(name: String, category: Unicode.GeneralCategory)] = [
        ("Cc", .control), ("Cf", .format), ("Co", .privateUse), ("Ll", .lowercaseLetter),
        ("Lm", .modifierLetter), ("Lo", .otherLetter), ("Lt", .titlecaseLetter),
        ("Lu", .uppercaseLetter), ("Me", .enclosingMark),
        // Unicode 16 moved vowel signs from one of these two to the other.
        ("M", .spacingMark), ("M", .nonspacingMark), ("Nd", .decimalNumber), ("Nl", .letterNumber),
        ("No", .otherNumber), ("Pc", .connectorPunctuation), ("Pd", .dashPunctuation),
        ("Pe", .closePunctuation), ("Pf", .finalPunctuation), ("Pi", .initialPunctuation),
        ("Po", .otherPunctuation), ("Ps", .openPunctuation), ("Sc", .currencySymbol),
        ("Sk", .modifierSymbol), ("Sm", .mathSymbol), ("So", .otherSymbol),
        ("Zl", .lineSeparator), ("Zp", .paragraphSeparator), ("Zs", .spaceSeparator),
    ]

    @Test func `the frozen categories are those of Unicode`() throws {
        let byCategory = Dictionary(grouping: Self.assigned, by: \.properties.generalCategory)
        for (name, category) in Self.categories {
            let members = try #require(byCategory[category])
            // Of the largest categories a part is looked at, or the test takes long.
            let step = 1 + members.count / 4_000
            let part = stride(from: 0, to: members.count, by: step).map { members[$0] }
            let text = String(String.UnicodeScalarView(part))
            for (pattern, expected) in [
                ("\\p{\(name)}", true), ("\\P{\(name)}", false),
                ("[^\\p{\(name.prefix(1))}]", false),
            ] {
                let found = try evaluate(text, pattern, budget: .max).result.get()
                #expect(found.isSame(as: .bool(expected)), "\(pattern)")
            }
        }
    }

    @Test func `the frozen foldings are those of Unicode`() throws {
        let lowercase = Self.assigned.compactMap { scalar in
            let mapping = scalar.properties.lowercaseMapping.unicodeScalars
            return scalar.properties.generalCategory == .uppercaseLetter && mapping.count == 1
                ? mapping.first : nil
        }
        let text = String(String.UnicodeScalarView(lowercase))
        #expect(lowercase.count > 1_700)
        #expect(
            try evaluate(text, "(?i)^\\p{Lu}+$", budget: .max).result.get().isSame(as: true))
    }
}
