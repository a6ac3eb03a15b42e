"""Generates patterns in RE2 syntax from a seed, each with texts that match it, or nearly."""

import random

LETTERS = list("abcABCxyz019_-. \n\t") + ["é", "É", "ß", "ſ", "K", "K", "k", "σ", "ς", "Σ", "日", "ж", "Ж", "ǅ", "😀", "٣",
                                            "\u00a0", "\u2028", "\u0301", "İ", "ı", "µ", "μ", "€", "\x00", "\x7f"]
PERL = {"\\d": "0", "\\D": "a", "\\w": "b", "\\W": "-", "\\s": " ", "\\S": "x"}
POSIX = ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
         "upper", "word", "xdigit", "what"]
UNICODE = ["L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "N", "Nd", "Nl", "No", "P", "Pd", "Po", "S", "Sc", "Sm", "So",
           "Z", "Zs", "Zl", "C", "Cc", "Cf", "Greek", "Latin", "Han", "Cyrillic", "Common", "Inherited", "Any",
           "Hiragana", "Arabic", "Old_Italic", "Xx", "greek", "Cn", "LC", "Ps", "Pe", "Pc", "Sk", "Cs", "Co"]
ESCAPES = ["\\a", "\\f", "\\n", "\\r", "\\t", "\\v", "\\.", "\\*", "\\\\", "\\-", "\\]", "\\_", "\\x41", "\\x{e9}",
           "\\x{1F600}", "\\101", "\\0", "\\07", "\\x4", "\\8", "\\1", "\\y", "\\Z", "\\C", "\\/", "\\ ", "\\é", "\\\"",
           "\\x{}", "\\x{110000}", "\\12", "\\e", "\\h", "\\X", "\\u0041", "\\cA", "\\G"]
STRANGE = ["(?", "(?i", "(?)", "(?-)", "(?i-)", "(?P", "(?P<", "(?P<n", "(?P<1>a)", "(?P=n)", "(?=a)", "(?!a)", "(?<=a)",
           "(?>a)", "(?#c)", "a++", "a**", "a*{2}", "a{2}{3}", "a{2}*", "a{1001}", "a{3,2}", "a{,2}", "a{", "a{1", "a{1,",
           "a{ 1}", "{1}", "*a", "+", "?", "|*", "^*", "$+", "\\b+", "(|)", "()", "[", "[]", "[^]", "[a", "[z-a]",
           "[a-\\d]", "[\\d-z]", "[[:alpha:", "[[:alpha:]", "[:alpha:]", "[[=a=]]", "[[.a.]]", "[a-b-c]", "[--a]", "[a--]",
           "[]a]", "[^]a]", "[a-]", "[-a]", "\\Q", "\\Qa*\\E+", "\\Qa", "\\E", "\\Q\\E*", "\\", ")", "(", "a)", "(a", "\\pX",
           "\\p", "\\p{", "\\p{L", "\\p{}", "\\p{^L}", "\\P{^L}", "\\pN", "[\\pL\\d]", "[^\\pL]", "[\\P{Greek}a]", "\\p{^Greek}",
           "(?i)\\W", "(?i)[^k]", "(?i)\\P{Lu}", "(?i)\\p{Lu}", "(?i)[[:^lower:]]", "(?i)[^\\w]", "(?U)a+?", "(?mis-U:a)",
           "(?P<n>a)(?P<n>b)", "(?<n>a)", "(?<n>a)(?P<n>b)", "(?P<é>a)", "(?P<n-m>a)", "(?:a", "(?i:a", "((a{100}){10}){2}",
           "((a{10}){10}){10}", "(a{500}){2}", "(a{500}){3}", "(a*){1000}", "(a{0,3}){400}", "x{0}", "x{0,0}", "x{0,}", "x{1000}",
           "a{01}", "a{1,02}", "a{1234567890}", "a{123456789}", "a{2,1234567890}", "[[:alpha:]-z]", "[a-[:digit:]]", "[[:^alpha:]",
           "[[:alpha]:]", "[[::]]", "[[:^:]]", "(?i)[K-k]", "(?i)[α-ω]", "(?i)ß", "(?i)ẞ", "(?i)ǆ", "(?i)[^ſ]", "\\pLl", "\\p{LC}",
           "\\p{L&}", "\\p{Lu }", "\\p{lu}", "\\p{Han}\\p{Latin}", "(?s).", "(?s:.)", "(?-s:.)", "(?is-m)", "(?ii)a", "(?i-i)a",
           "(?^)", "(?m)^$", "(?m)$^", "\\z\\A", "$^", "^$", "\\B", "\\b\\B", "(?:)", "(?:|)*", "(a|)*", "(|a)+", "(?:a*)*", "(a+)+",
           "a|*", "(*)", "(+a)", "(?P<n>)", "(?P<n>*)", "^*", "$?", "\\b*", "\\A+", "(^)*a", "(?i:a)b", "[\\Qa\\E]", "\\Q[\\E", "\\Qa\\Eb",
           "\\Q\\\\E", "\\Qa\\E*", "\\Qab\\E{2}", "\\E", "a\\E*"]


class PatternGenerator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0

    def chance(self, share):
        return self.random.random() < share

    def pick(self, choices):
        return self.random.choice(choices)

    def pattern(self):
        """A pattern, and texts to try it on."""
        text, sample = self.alternatives(self.pick([1, 2, 2, 3]))
        if self.chance(0.25):
            text = self.pick(["(?i)", "(?s)", "(?m)", "(?U)", "(?im)", "(?is)", "(?-s)"]) + text
        if self.chance(0.15):
            text, sample = self.pick([("^" + text, sample), (text + "$", sample), ("\\A" + text + "\\z", sample), (text + "\\b", sample)])
        if self.chance(0.15):
            strange = self.pick(STRANGE)
            text = self.pick([strange, strange + text, text + strange, f"({strange})|{text}"])
        if self.chance(0.08) and text:
            place = self.random.randrange(len(text))
            text = self.pick([text[:place] + text[place + 1:], text[:place] + self.pick(list("()[]{}|*+?^$\\.-:,")) + text[place:]])
        return text, self.texts(sample)

    def texts(self, sample):
        other = "".join(self.pick(LETTERS) for _ in range(self.pick([0, 1, 3, 8])))
        texts = ["", sample, sample.swapcase(), other + sample, sample + "\n" + other, other]
        if sample:
            place = self.random.randrange(len(sample))
            texts.append(sample[:place] + sample[place + 1:])
            texts.append(sample[:place] + self.pick(LETTERS) + sample[place + 1:])
        return [text[:200] for text in texts]

    def alternatives(self, depth):
        branches = [self.sequence(depth) for _ in range(self.pick([1, 1, 1, 2, 3]))]
        return "|".join(text for text, _ in branches), self.pick(branches)[1]

    def sequence(self, depth):
        parts = [self.repeated(depth) for _ in range(self.pick([0, 1, 1, 2, 3, 4]))]
        return "".join(text for text, _ in parts), "".join(sample for _, sample in parts)

    def repeated(self, depth):
        text, sample = self.atom(depth)
        if self.chance(0.3):
            low = self.random.randrange(4)
            operator, times = self.pick([
                ("*", self.pick([0, 1, 3])), ("+", self.pick([1, 2])), ("?", self.pick([0, 1])), (f"{{{low}}}", low),
                (f"{{{low},}}", low + 1), (f"{{{low},{low + 2}}}", low + self.pick([0, 1, 2, 3]))])
            return text + operator + self.pick(["", "", "?"]), sample * times
        return text, sample

    def atom(self, depth):
        form = self.random.randrange(14)
        if form < 4 or depth <= 0 and form > 9:
            letter = self.pick(LETTERS)
            return ("\\" + letter if letter in ".-" and self.chance(0.5) else letter), letter
        if form == 4:
            return ".", self.pick(LETTERS)
        if form == 5:
            return self.pick(list(PERL.items()))
        if form == 6:
            return self.unicode(), self.pick(LETTERS)
        if form == 7:
            return self.pick(ESCAPES), self.pick(["A", "é", "\n", ".", "a"])
        if form == 8:
            return self.pick(["^", "$", "\\A", "\\z", "\\b", "\\B"]), ""
        if form in (9, 10):
            return self.bracket()
        text, sample = self.alternatives(depth - 1)
        self.names += 1
        return self.pick([f"({text})", f"(?:{text})", f"(?P<n{self.names}>{text})", f"(?i:{text})", f"(?s-i:{text})",
                          f"(?m:{text})", f"(?<g{self.names}>{text})"]), sample

    def unicode(self):
        name = self.pick(UNICODE)
        if len(name) == 1 and self.chance(0.4):
            return self.pick(["\\p", "\\P"]) + name
        return self.pick(["\\p", "\\P"]) + "{" + ("^" if self.chance(0.15) else "") + name + "}"

    def bracket(self):
        members, sample = [], "a"
        for _ in range(self.pick([1, 1, 2, 3])):
            form = self.random.randrange(7)
            if form < 2:
                sample = self.pick(LETTERS)
                members.append("\\" + sample if sample in "-]^\\" else sample)
            elif form == 2:
                low, high = sorted((self.pick(LETTERS), self.pick(LETTERS)))
                sample = self.pick([low, high])
                members.append(f"{low}-{high}")
            elif form == 3:
                members.append(f"[:{'^' if self.chance(0.2) else ''}{self.pick(POSIX)}:]")
            elif form == 4:
                members.append(self.pick(list(PERL)))
            elif form == 5:
                members.append(self.unicode())
            else:
                members.append(self.pick(ESCAPES))
        return "[" + ("^" if self.chance(0.25) else "") + "".join(members) + "]", sample
