"""Generates CEL expressions from a seed, directed by type, over the whole of the language and the
extensions that cel-cpp's Python package ships: strings, math, optionals, encoders and bindings.

Macros of two variables it does not ship. Each of them stands beside an expression that means the same
without them, and `side` gives the text for either engine."""

import random

SCALARS = ["int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration"]
KEYS = ["int", "uint", "bool", "string"]

INTS = [0, 1, 2, 3, 4, 5, 7, 10, 31, 63, 64, 65, 100, 255, 1000, 2**31, 2**53 + 1, 2**62, 2**63 - 1]
DOUBLES = ["0.0", "1.0", "1.5", "2.0", "0.1", ".5", "2.5", "3.5", "1e3", "1e21", "1e-7", "1e300",
           "4.9e-324", "123456.789", "9007199254740993.0", "9223372036854775807.0", "1e19",
           "18446744073709551615.0", "1.7976931348623157e308", "100.0", "1000000.0", "3.14159"]
TEXTS = ["", "a", "b", "abc", "aXbXc", "Hello World", "  pad\t", "a,b,,c", "true", "FALSE", "t",
         "123", "-7", "+5", "0x1F", "1.5", "1e3", "inf", "-Infinity", "NaN", "18446744073709551615",
         "9223372036854775808", "é", "e\u0301", "ÀÉ", "👨\u200d👩\u200d👧", "日本語", "ß", "\u00a0x\u2003",
         "a\nb", "a\u0000b", "q\"'\\`", "%s", "%d-%s", "%.2f", "YWJj", "YQ==", "YQ", "!!", "1h30m", "1.5s",
         "-2ms", "0", "1d", "2020-02-29T12:34:56.789Z", "2016-12-31T23:59:59+05:30", "1969-12-31T23:59:59Z",
         "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2020-13-01T00:00:00Z", "2020-01-01",
         "(a|b)+c", "^a.c$", "[[:alpha:]]+", "\\d+", "(", "UTC", "+01:00"]
BYTES = [b"", b"a", b"abc", b"\x00\xff", "é".encode(), b"\xc3", b"\xed\xa0\x80", b"xyz" * 5]
TIMES = ["1970-01-01T00:00:00Z", "2020-02-29T12:34:56.789Z", "0001-01-01T00:00:00Z",
         "9999-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.523Z", "2016-06-15T23:59:59+05:30",
         "2000-12-31T00:00:00.000001Z", "1900-03-01T01:02:03-11:45", "2024-03-31T01:00:00Z", "2024-10-27T00:59:59.999Z",
         "2024-03-10T07:00:00Z", "2050-07-01T12:00:00Z", "1883-11-18T16:59:00Z", "2011-12-30T09:59:00Z"]
NO_TIMES = ["2020-02-30T00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T00:00:60Z", "2020-01-01T00:00:00", "2020-1-1T00:00:00Z",
            "2020-01-01 00:00:00Z", "2020-01-01T00:00:00.1234567891Z", "2020-01-01T00:00:00,5Z", "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00+24:00", "2020-01-01T00:00:00-23:59", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "-001-01-01T00:00:00Z", " 2020-01-01T00:00:00Z"]
SPANS = ["0s", "1s", "1.125s", "-2ms", "90m", "1h30m5s", "720h", "-1ns", "2562047h", "1us", "-0.001s",
         "2540400h10m", "+1s", ".5s", "1m1m", "1s1h", "9223372036s", "-9223372036.854775808s", "0h", "-0", "1.5h"]
NO_SPANS = ["1h-2m", "1.h", "1e3s", "--1s", "1 s", "1", "s", "1S", "9223372037s", "315576000000s", "9223372036.854775808s", "1ks", "h", "."]
ZONES = ["UTC", "+01:00", "-02:30", "05:45", "America/New_York", "Europe/Berlin", "Asia/Kolkata",
         "Australia/Sydney", "No/Where", "-00:00", "+14:00", "US/Central", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia",
         "Africa/Casablanca", "Europe/Dublin", "Antarctica/Troll", "GMT", "Etc/GMT+5", "EST5EDT", "-00:30", "01:00", "+23:59"]
PATTERNS = ["a", "^a", "b$", "(a|b)+c", "[a-c]{2,3}", "\\d+", "\\w", "(?i)HELLO", ".", "^$", "[^a]",
            "a**", "(?P<n>a)", "x{2,1}", "\\bW", "(", "é", "."]
FORMATS = ["%s", "%d", "%f", "%.3f", "%e", "%.0e", "%x", "%X", "%o", "%b", "%%", "%.1f", "%q", "%", "%.s", "%.10f", "%.0f",
           "%.4e", "%5d", "%.2d", "%.3x", "% d", "%-s"]

VARIABLES = {
    "int": ["i", "j"], "uint": ["u"], "double": ["d"], "bool": ["p"], "string": ["s", "r"],
    "bytes": ["y"], "timestamp": ["t"], "duration": ["n"],
    ("list", "int"): ["li"], ("list", "string"): ["ls"], ("map", "string", "int"): ["m"],
    ("map", "int", "string"): ["im"], "dyn": ["x", "z"],
}


# Ours, then what the peer is asked in place of it, between marks that stand nowhere else.
OPEN, NEXT, CLOSE = "\ue000", "\ue001", "\ue002"


def side(text, is_ours):
    """The text for one of the engines."""
    parts, firsts = [""], []
    for character in text:
        if character == OPEN:
            parts.append("")
        elif character == NEXT:
            firsts.append(parts.pop())
            parts.append("")
        elif character == CLOSE:
            second, first = parts.pop(), firsts.pop()
            parts[-1] += first if is_ours else second
        else:
            parts[-1] += character
    return parts[0]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.scope = []
        self.names = 0
        self.chaos = 0.02

    # Choices

    def chance(self, share):
        return self.random.random() < share

    def pick(self, choices):
        return self.random.choice(choices)

    def scalar(self):
        return self.pick(SCALARS)

    def type(self, depth=2):
        if depth and self.chance(0.3):
            if self.chance(0.6):
                return ("list", self.type(depth - 1))
            return ("map", self.pick(KEYS), self.type(depth - 1))
        return self.scalar()

    def expression(self):
        self.scope = []
        self.chaos = 0.15 if self.chance(0.12) else 0.003
        kind = "bool" if self.chance(0.3) else self.type()
        text = self.of(kind, self.pick([2, 3, 3, 4, 4, 5]))
        if self.chance(0.02) and OPEN not in text:
            text = self.damage(text)
        return text

    def damage(self, text):
        """A change of a few characters: mostly no expression any more."""
        place = self.random.randrange(len(text) + 1)
        return self.pick([
            text[:place] + text[place + 1:],
            text[:place] + self.pick(list("()[]{}.,?:!-+*/%&|=<>'\"`\\ux0 1eEinrb#\n")) + text[place:],
        ])

    def of(self, kind, depth):
        """An expression of a type; sometimes of another, for the checker and the errors."""
        if self.chance(self.chaos):
            kind = self.type()
        local = [name for name, known in dict(self.scope).items() if known == kind]
        if local and self.chance(0.4):
            return self.pick(local)
        if depth <= 0 or self.chance(0.1):
            return self.leaf(kind)
        if self.chance(0.12):
            return self.wrapped(kind, depth - 1)
        name = kind if isinstance(kind, str) else kind[0]
        return getattr(self, "make_" + name)(kind, depth - 1)

    def wrapped(self, kind, depth):
        """Forms that give any type."""
        form = self.random.randrange(8)
        if form == 0:
            return f"({self.of('bool', depth)} ? {self.of(kind, depth)} : {self.of(kind, depth)})"
        if form == 1:
            return f"dyn({self.of(kind, depth)})"
        if form == 2:
            index = self.pick(["0", "1", "0", "1", "1u", "dyn(1.0)", "2", "-1"])
            return f"[{self.of(kind, depth)}, {self.of(kind, depth)}][{index}]"
        if form == 3:
            bound = self.type(1)
            value = self.of(bound, depth)
            name = self.fresh(bound)
            body = self.of(kind, depth)
            self.scope.pop()
            return f"cel.bind({name}, {value}, {body})"
        if form == 4:
            return f"{self.optional(kind, depth)}.orValue({self.of(kind, depth)})"
        if form == 5:
            return f"{self.optional(kind, depth)}.value()"
        if form == 6:
            field = self.pick([".k", ".k", ".k", ".q", '["k"]', ".`k`"])
            return f"{{'k': {self.of(kind, depth)}}}{field}"
        return f"({self.of(kind, depth)})"

    def optional(self, kind, depth):
        form = self.random.randrange(9)
        if form == 0:
            return "optional.none()"
        if form == 1:
            return f"optional.ofNonZeroValue({self.of(kind, depth)})"
        if form == 2:
            return f"{{'k': {self.of(kind, depth)}}}.?{self.pick(['k', 'k', 'q'])}"
        if form == 3:
            return f"[{self.of(kind, depth)}][?{self.pick(['0', '1', '-1'])}]"
        if form == 4:
            return f"{self.optional(kind, depth - 1)}.or({self.optional(kind, depth - 1)})" if depth > 0 else "optional.none()"
        if form == 5:
            source = self.scalar()
            inner = self.optional(source, depth - 1) if depth > 0 else f"optional.of({self.leaf(source)})"
            name = self.fresh(source)
            body = self.of(kind, depth)
            self.scope.pop()
            return f"{inner}.optMap({name}, {body})"
        if form == 6:
            source = self.scalar()
            value = self.of(source, depth)
            name = self.fresh(source)
            body = f"optional.of({self.of(kind, depth)})"
            self.scope.pop()
            return f"optional.of({value}).optFlatMap({name}, {body})"
        return f"optional.of({self.of(kind, depth)})"

    def fresh(self, kind):
        self.names += 1
        name = f"v{self.names % 7}" if self.chance(0.8) else self.pick(["i", "s", "x", "li"])
        self.scope.append((name, kind))
        return name

    # Leaves

    def leaf(self, kind):
        names = VARIABLES.get(kind, [])
        hidden = {name for name, _ in self.scope}
        names = [name for name in names if name not in hidden]
        if names and self.chance(0.35):
            return self.pick(names)
        if isinstance(kind, tuple):
            if kind[0] == "list":
                return self.pick(["[]", f"[{self.leaf(kind[1])}]", f"[{self.leaf(kind[1])}, {self.leaf(kind[1])},]"])
            if kind[0] == "map":
                return self.pick(["{}", f"{{{self.leaf(kind[1])}: {self.leaf(kind[2])}}}"])
        if kind == "int":
            number = self.pick(INTS) if self.chance(0.8) else self.random.randrange(-100, 100)
            text = hex(number) if number >= 0 and self.chance(0.1) else str(number)
            return self.pick(["-9223372036854775808", f"-{number}" if number >= 0 else text]) if self.chance(0.15) else text
        if kind == "uint":
            number = self.pick(INTS + [2**64 - 1, 2**63])
            return (hex(number) if self.chance(0.1) else str(number)) + self.pick(["u", "U"])
        if kind == "double":
            if self.chance(0.1):
                return self.pick(["(0.0/0.0)", "(1.0/0.0)", "(-1.0/0.0)", "double('NaN')"])
            return ("-" if self.chance(0.2) else "") + self.pick(DOUBLES)
        if kind == "bool":
            return self.pick(["true", "false"])
        if kind == "string":
            return self.quoted(self.pick(TEXTS))
        if kind == "bytes":
            return self.bytes_literal(self.pick(BYTES))
        if kind == "timestamp":
            if self.chance(0.2):
                return f"timestamp({self.pick(INTS)})"
            return f"timestamp('{self.pick(TIMES)}')"
        if kind == "duration":
            return f"duration('{self.pick(SPANS)}')"
        if kind == "type":
            return self.pick(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type",
                              "type", "google.protobuf.Timestamp", "google.protobuf.Duration", "optional_type"])
        return self.pick(["null", "x", "z"])

    def quoted(self, text):
        if "\\" not in text and "'" not in text and "\n" not in text and "\0" not in text and self.chance(0.15):
            return self.pick(["r", "R"]) + "'" + text + "'"
        quote = self.pick(["'", '"', "'''", '"""'])
        out = ""
        for character in text:
            code = ord(character)
            if character in "\\'\"":
                out += "\\" + character
            elif character == "\n":
                out += "\n" if len(quote) == 3 else "\\n"
            elif code < 32 or self.chance(0.05):
                forms = [f"\\U{code:08x}"]
                if code < 0x10000:
                    forms.append(f"\\u{code:04X}")
                if code < 256:
                    forms += [f"\\x{code:02x}", f"\\X{code:02X}", f"\\{code:03o}"]
                out += self.pick(forms)
            else:
                out += character
        return quote + out + quote

    def bytes_literal(self, data):
        out = "".join(
            chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\'\"" and self.chance(0.8)
            else self.pick([f"\\x{byte:02x}", f"\\{byte:03o}"])
            for byte in data)
        return self.pick(["b", "B"]) + f"'{out}'"

    # Types

    def either(self, *forms):
        return self.pick(forms)()

    def binary(self, operator, left, right, depth):
        text = f"{self.of(left, depth)} {operator} {self.of(right, depth)}"
        return f"({text})" if self.chance(0.75) else text

    def method(self, kind, name, depth, *arguments):
        receiver = self.of(kind, depth)
        if not self.is_plain(receiver):
            receiver = f"({receiver})"
        return f"{receiver}.{name}({', '.join(self.of(argument, depth) for argument in arguments)})"

    @staticmethod
    def is_plain(text):
        return text[:1] in "'\"([{" and " " not in text or text.isidentifier()

    def call(self, name, depth, *arguments):
        return f"{name}({', '.join(self.of(argument, depth) for argument in arguments)})"

    def element_of(self, kind, depth):
        """From a list or map that holds the type."""
        if self.chance(0.5):
            index = self.of(self.pick(["int", "uint"]), 0) if self.chance(0.1) else self.pick(["0", "1", "dyn(1.0)"])
            values = ", ".join(self.of(kind, depth) for _ in range(2))
            return f"{self.of(('list', kind), depth) if self.chance(0.3) else f'[{values}]'}[{index}]"
        key = self.pick(KEYS)
        if self.chance(0.3):
            return f"{self.of(('map', key, kind), depth)}[{self.of(key, 0)}]"
        name = self.of(key, 0)
        return f"{{{name}: {self.of(kind, depth)}}}[{name}]"

    def text_of(self, kind, depth):
        """A text that converts to the type, most times."""
        if self.chance(0.2):
            return self.of("string", depth)
        if self.chance(0.2):
            return f"string({self.of(kind, depth)})"
        return self.quoted(self.pick({
            "int": ["0", "-7", "+5", "0042", "-0", "1_000", "1.0", "0b1", "", "-", "9223372036854775807", "9223372036854775808", "-9223372036854775808"],
            "uint": ["0", "7", "18446744073709551615", "18446744073709551616", "00"],
            "double": ["0", "-0.0", "1.5", "1e3", ".5", "5.", "inf", "-Infinity", "1e400", "4.9e-324", "0.1e-5", "1E5",
                       "+1", ".", "1e", "e5", "infinity", "-nan", "1 ", "1f", "1e-400", "9007199254740993"],
            "bool": ["1", "t", "true", "TRUE", "True", "0", "f", "false", "FALSE", "False", "TrUe", "yes"],
            "timestamp": TIMES if self.chance(0.7) else NO_TIMES, "duration": SPANS if self.chance(0.7) else NO_SPANS}[kind]))

    def converted(self, kind, depth, *others):
        source = self.pick((kind, "string", "string") + others)
        return f"{kind}({self.text_of(kind, depth) if source == 'string' else self.of(source, depth)})"

    def make_int(self, kind, depth):
        return self.either(
            lambda: self.binary(self.pick("+-*/%"), "int", "int", depth),
            lambda: self.binary(self.pick("+-*/%"), "int", "int", depth),
            lambda: f"-({self.of('int', depth)})",
            lambda: self.converted("int", depth, "uint", "double", "timestamp"),
            lambda: self.size(depth),
            lambda: self.element_of("int", depth),
            lambda: self.accessor(depth),
            lambda: self.method("string", self.pick(["indexOf", "lastIndexOf"]), depth, "string", *(["int"] if self.chance(0.4) else [])),
            lambda: self.call("math." + self.pick(["abs", "sign", "bitNot"]), depth, "int"),
            lambda: self.call("math." + self.pick(["bitAnd", "bitOr", "bitXor", "bitShiftLeft", "bitShiftRight"]), depth, "int", "int"),
            lambda: self.extreme("int", depth),
        )

    def make_uint(self, kind, depth):
        return self.either(
            lambda: self.binary(self.pick("+-*/%"), "uint", "uint", depth),
            lambda: self.converted("uint", depth, "int", "double"),
            lambda: self.element_of("uint", depth),
            lambda: self.call("math." + self.pick(["abs", "sign", "bitNot"]), depth, "uint"),
            lambda: self.call("math." + self.pick(["bitAnd", "bitOr", "bitXor"]), depth, "uint", "uint"),
            lambda: self.call("math." + self.pick(["bitShiftLeft", "bitShiftRight"]), depth, "uint", "int"),
            lambda: self.extreme("uint", depth),
        )

    def make_double(self, kind, depth):
        return self.either(
            lambda: self.binary(self.pick("+-*/"), "double", "double", depth),
            lambda: f"-({self.of('double', depth)})",
            lambda: self.converted("double", depth, "int", "uint"),
            lambda: self.element_of("double", depth),
            lambda: self.call("math." + self.pick(["abs", "sign", "ceil", "floor", "round", "trunc", "sqrt"]), depth, "double"),
            lambda: self.call("math.sqrt", depth, self.pick(["int", "uint"])),
            lambda: self.extreme("double", depth),
        )

    def extreme(self, kind, depth):
        name = "math." + self.pick(["greatest", "least"])
        if self.chance(0.2):
            return self.call(name, depth, ("list", kind))
        kinds = [kind if self.chance(0.9) else self.pick(["int", "uint", "double"]) for _ in range(self.pick([1, 2, 2, 3, 4]))]
        return self.call(name, depth, *kinds)

    def size(self, depth):
        kind = self.pick(["string", "bytes", ("list", self.scalar()), ("map", self.pick(KEYS), self.scalar())])
        return self.call("size", depth, kind) if self.chance(0.5) else self.method(kind, "size", depth)

    def accessor(self, depth):
        if self.chance(0.25):
            name = self.pick(["getHours", "getMinutes", "getSeconds", "getMilliseconds"])
            return self.method("duration", name, depth)
        name = self.pick(["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfYear", "getDayOfWeek",
                          "getHours", "getMinutes", "getSeconds", "getMilliseconds"])
        receiver = self.method("timestamp", name, depth)
        return receiver[:-1] + (f"'{self.pick(ZONES)}')" if self.chance(0.4) else ")")

    def make_bool(self, kind, depth):
        return self.either(
            lambda: self.binary(self.pick(["&&", "||"]), "bool", "bool", depth),
            lambda: self.binary(self.pick(["&&", "||"]), "bool", "bool", depth),
            lambda: f"!({self.of('bool', depth)})",
            lambda: self.equality(depth), lambda: self.equality(depth),
            lambda: self.order(depth), lambda: self.order(depth),
            lambda: self.membership(depth),
            lambda: self.presence(depth),
            lambda: self.quantifier(depth), lambda: self.quantifier(depth),
            lambda: self.paired_quantifier(depth),
            lambda: self.method("string", self.pick(["contains", "startsWith", "endsWith"]), depth, "string"),
            lambda: f"{self.of('string', depth)}.matches({self.pattern(depth)})",
            lambda: f"matches({self.of('string', depth)}, {self.pattern(depth)})",
            lambda: self.converted("bool", depth),
            lambda: self.call("math." + self.pick(["isNaN", "isInf", "isFinite"]), depth, "double"),
            lambda: f"{self.optional(self.scalar(), depth)}.hasValue()",
            lambda: self.optional_equality(depth),
            lambda: f"type({self.of(self.type(), depth)}) == {self.leaf('type')}",
        )

    def optional_equality(self, depth):
        kind = self.scalar()
        return f"{self.optional(kind, depth)} {self.pick(['==', '!='])} {self.optional(kind, depth)}"

    def pattern(self, depth):
        return self.quoted(self.pick(PATTERNS)) if self.chance(0.9) else self.of("string", depth)

    def equality(self, depth):
        kind = self.type()
        other = kind if self.chance(0.75) else self.type()
        left, right = self.of(kind, depth), self.of(other, depth)
        if other != kind and self.chance(0.8):
            left = f"dyn({left})"
        return f"({left} {self.pick(['==', '!='])} {right})"

    def order(self, depth):
        numbers = ["int", "uint", "double"]
        kind = self.pick(SCALARS)
        other = self.pick(numbers) if kind in numbers and self.chance(0.5) else kind
        left = self.of(kind, depth)
        if other != kind and self.chance(0.5):
            left = f"dyn({left})"
        return f"({left} {self.pick(['<', '<=', '>', '>='])} {self.of(other, depth)})"

    def membership(self, depth):
        kind = self.pick(KEYS) if self.chance(0.5) else self.type(1)
        container = ("list", kind) if kind not in KEYS or self.chance(0.5) else ("map", kind, self.scalar())
        left = self.of(kind, depth)
        if self.chance(0.2):
            left = f"dyn({self.of(self.scalar(), depth)})"
        return f"({left} in {self.of(container, depth)})"

    def presence(self, depth):
        return self.pick([
            f"has({self.of(('map', 'string', self.scalar()), depth)}.{self.pick(['a', 'b', 'k'])})",
            "has(x.a)", "has(x.a.b)", "has(z.q)", "has(m.a)", "has(m.zz)", "has(im.a)",
        ])

    def quantifier(self, depth):
        element = self.scalar()
        kind = ("list", element) if self.chance(0.75) else ("map", element if element in KEYS else "string", self.scalar())
        element = kind[1]
        range_ = self.of(kind, depth)
        name = self.fresh(element)
        body = self.of("bool", depth)
        self.scope.pop()
        return f"{range_}.{self.pick(['all', 'exists', 'exists_one'])}({name}, {body})"

    # Macros of two variables

    def pairs(self):
        """A list or map, the texts of its indices or keys, and the types of both variables."""
        value = self.pick(["int", "uint", "double", "bool", "string", "bytes"])
        if self.chance(0.5):
            values = [self.leaf(value) for _ in range(self.pick([1, 2, 3]))]
            return f"[{', '.join(values)}]", [str(place) for place in range(len(values))], "int", value
        key = self.pick(KEYS)
        choices = {"int": ["0", "1", "-5", "42"], "uint": ["0u", "3u", "7U"], "bool": ["true", "false"],
                   "string": ["'a'", "'k'", "''", "'\u00e9'"]}[key]
        keys = self.random.sample(choices, self.pick([1, 2]))
        return "{" + ", ".join(f"{name}: {self.leaf(value)}" for name in keys) + "}", keys, key, value

    def paired(self, *kinds):
        """A range, its keys, two names and bodies of the given types in which the names may stand."""
        range_, keys, key, value = self.pairs()
        self.names += 2
        first, second = f"w{self.names}", f"w{self.names + 1}"
        self.scope += [(first, key), (second, value)]
        bodies = [self.of(*kind) for kind in kinds]
        del self.scope[-2:]
        return range_, keys, first, second, bodies

    def paired_quantifier(self, depth):
        range_, keys, first, second, (body,) = self.paired(("bool", depth))
        name = self.pick(["all", "exists", "existsOne"])
        single = {"existsOne": "exists_one"}.get(name, name)
        return (f"{OPEN}{range_}.{name}({first}, {second}, {body}){NEXT}"
                f"[{', '.join(keys)}].{single}({first}, cel.bind({second}, {range_}[{first}], {body})){CLOSE}")

    def paired_list(self, element, depth):
        range_, keys, first, second, (condition, body) = self.paired(("bool", depth), (element, depth))
        bound = f"cel.bind({second}, {range_}[{first}], "
        if self.chance(0.5):
            return (f"{OPEN}{range_}.transformList({first}, {second}, {body}){NEXT}"
                    f"[{', '.join(keys)}].map({first}, {bound}{body})){CLOSE}")
        return (f"{OPEN}{range_}.transformList({first}, {second}, {condition}, {body}){NEXT}"
                f"[{', '.join(keys)}].map({first}, {bound}{condition}), {bound}{body})){CLOSE}")

    def paired_map(self, element, depth):
        range_, keys, first, second, (condition, body) = self.paired(("bool", depth), (element, depth))
        def entries(mark, text):
            return "{" + ", ".join(
                f"{mark}{key}: cel.bind({first}, {key}, cel.bind({second}, {range_}[{first}], {text}))" for key in keys) + "}"
        if self.chance(0.5):
            macro = self.pick([f"transformMap({first}, {second}, {body})", f"transformMapEntry({first}, {second}, {{{first}: {body}}})"])
            return f"{OPEN}{range_}.{macro}{NEXT}{entries('', body)}{CLOSE}"
        macro = self.pick([f"transformMap({first}, {second}, {condition}, {body})",
                           f"transformMapEntry({first}, {second}, {condition}, {{{first}: {body}}})"])
        optional = f"({condition}) ? optional.of({body}) : optional.none()"
        return f"{OPEN}{range_}.{macro}{NEXT}{entries('?', optional)}{CLOSE}"

    def make_string(self, kind, depth):
        return self.either(
            lambda: self.binary("+", "string", "string", depth),
            lambda: self.call("string", depth, self.scalar()),
            lambda: self.element_of("string", depth),
            lambda: f"({self.of('string', depth)}).charAt({self.offset(depth)})",
            lambda: self.method("string", self.pick(["lowerAscii", "upperAscii", "trim", "reverse"]), depth),
            lambda: self.method("string", "replace", depth, "string", "string", *(["int"] if self.chance(0.4) else [])),
            lambda: f"({self.of('string', depth)}).substring({self.offset(depth)}{self.pick(['', ', 3', ', 1', ', 2'])})",
            lambda: self.method(("list", "string"), "join", depth, *(["string"] if self.chance(0.6) else [])),
            lambda: self.formatted(depth), lambda: self.formatted(depth),
            lambda: self.call("strings.quote", depth, "string"),
            lambda: self.call("base64.encode", depth, "bytes"),
        )

    def offset(self, depth):
        return self.of("int", depth) if self.chance(0.15) else self.pick(["0", "1", "2", "3"])

    def formatted(self, depth):
        clauses = [self.pick(FORMATS) for _ in range(self.pick([0, 1, 1, 2, 3]))]
        fitting = {"d": ["int", "uint"], "f": ["double"], "e": ["double"], "x": ["int", "uint", "string", "bytes"],
                   "X": ["int", "uint", "string", "bytes"], "o": ["int", "uint"], "b": ["int", "uint", "bool"]}
        values = []
        for clause in clauses:
            if clause != "%%":
                kinds = fitting.get(clause[-1])
                values.append(self.of(self.pick(kinds) if kinds and self.chance(0.9) else self.type(), depth))
        if self.chance(0.05):
            values = values[1:]
        return f"'{self.pick(['', 'a ', 'é']).join(clauses)}'.format([{', '.join(values)}])"

    def make_bytes(self, kind, depth):
        return self.either(
            lambda: self.binary("+", "bytes", "bytes", depth),
            lambda: self.call("bytes", depth, self.pick(["string", "bytes"])),
            lambda: self.call("base64.decode", depth, "string"),
            lambda: f"base64.decode(base64.encode({self.of('bytes', depth)}))",
            lambda: self.element_of("bytes", depth),
        )

    def make_timestamp(self, kind, depth):
        return self.either(
            lambda: self.binary(self.pick("+-"), "timestamp", "duration", depth),
            lambda: self.binary("+", "duration", "timestamp", depth),
            lambda: self.converted("timestamp", depth, "int"),
            lambda: self.element_of("timestamp", depth),
        )

    def make_duration(self, kind, depth):
        return self.either(
            lambda: self.binary(self.pick("+-"), "duration", "duration", depth),
            lambda: self.binary("-", "timestamp", "timestamp", depth),
            lambda: self.converted("duration", depth),
            lambda: self.element_of("duration", depth),
        )

    def make_list(self, kind, depth):
        element = kind[1]
        forms = [
            lambda: "[" + ", ".join(self.of(element, depth) for _ in range(self.random.randrange(4))) + "]",
            lambda: self.binary("+", kind, kind, depth),
            lambda: self.filtered(kind, depth),
            lambda: self.mapped(element, depth), lambda: self.mapped(element, depth),
            lambda: self.paired_list(element, depth),
            lambda: f"[?{self.optional(element, depth)}, {self.of(element, depth)}]",
        ]
        if element == "string":
            forms.append(lambda: self.method("string", "split", depth, "string", *(["int"] if self.chance(0.4) else [])))
        return self.either(*forms)

    def filtered(self, kind, depth):
        range_ = self.of(kind, depth)
        name = self.fresh(kind[1])
        body = self.of("bool", depth)
        self.scope.pop()
        return f"{range_}.filter({name}, {body})"

    def mapped(self, element, depth):
        source = self.scalar()
        range_ = self.of(("list", source), depth)
        name = self.fresh(source)
        body = self.of(element, depth)
        condition = self.of("bool", depth) + ", " if self.chance(0.4) else ""
        self.scope.pop()
        return f"{range_}.map({name}, {condition}{body})"

    def make_map(self, kind, depth):
        if self.chance(0.15):
            return self.paired_map(kind[2], depth)
        entries = []
        for _ in range(self.random.randrange(4)):
            if self.chance(0.08):
                entries.append(f"?{self.of(kind[1], 0)}: {self.optional(kind[2], depth)}")
            else:
                entries.append(f"{self.of(kind[1], 1)}: {self.of(kind[2], depth)}")
        return "{" + ", ".join(entries) + "}"
