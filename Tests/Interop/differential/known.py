"""Why the two engines may disagree. Each rule covers disagreements of one kind, as narrowly as their
answers tell them, and names its ground: §5 is the table in docs of open corners, `spec` the
language definition of cel-spec and `suite` its conformance cases."""

import re

from expressions import NO_TIMES

RULES = []


def reason(ground):
    def register(predicate):
        RULES.append((predicate.__name__, ground, predicate))
        return predicate
    return register


def rule(text, ours, theirs):
    """The name of the rule that explains the disagreement; None when there is none."""
    for name, _, predicate in RULES:
        if predicate(text, ours, theirs):
            return name
    return None


def failed(answer):
    return answer[0] in ("refused", "error")


@reason("spec, Numeric comparison: ordering is declared across int, uint and double; the peer's checker has it off")
def order_across_numbers(text, ours, theirs):
    return theirs[0] == "refused" and re.search(
        r"no matching overload for '_[<>]=?_' applied to '\((int|uint|double), (int|uint|double)\)'", theirs[1])


@reason("spec, Macros: a dyn key may turn out to be a key; the peer's checker refuses it beforehand")
def unknown_map_keys(text, ours, theirs):
    return failed(theirs) and "unsupported map key type" in theirs[1].lower()


@reason("RFC 4648 §3.3: characters outside of the alphabet are refused; the peer skips white space")
def space_in_base64(text, ours, theirs):
    return not failed(theirs) and ours[0] == "error" and "base64.decode" in text and (
        "is no base64" in ours[1] or re.search(r"base64\.decode\([^)]*(pad|a.?b|\\n)", text, re.S))


@reason("math extension: operands are numbers, one at least; the peer also refuses what is never reached")
def literals_of_extremes(text, ours, theirs):
    return theirs[0] == "refused" and re.search(
        r"math\.(least|greatest)\(\) (invalid single argument value|simple literal arguments must be)", theirs[1])


@reason("math extension: operands have to be numbers; our checker finds the fault, the peer's evaluator does")
def operands_of_extremes(text, ours, theirs):
    return ours[0] == "refused" and re.match(r"no such overload: math\.(least|greatest)\(", ours[1])


@reason("spec, Standard definitions: durations and ints do not convert; the peer's checker has it, its evaluator not")
def durations_and_numbers(text, ours, theirs):
    return ours[0] == "refused" and ours[1].startswith(
        ("no such overload: duration(int)", "no such overload: int(duration)")) and theirs[0] == "error"


@reason("spec, Standard definitions: a bool does not convert to an int; the peer's evaluator does it, its checker not")
def bools_as_ints(text, ours, theirs):
    return ours[0] == "error" and ours[1].endswith("no such overload: int(bool)") and not failed(theirs)


@reason("Python holds 1 and true as one key, so an answer of the peer with both lacks one of them")
def keys_in_python(text, ours, theirs):
    return ours[0] == theirs[0] == "value" and re.search(r"\('bool', \w+\): ", str(ours[1])) and (
        re.search(r"\('number', [01]\): ", str(ours[1])))


@reason("cel-go, strconv: no sign before a uint, no hexadecimal double without p, none out of range, no space; the peer takes them")
def texts_of_numbers(text, ours, theirs):
    return ours[0] == "error" and not failed(theirs) and (
        re.search(r"'(\+\d+|0x1F|1e400|1 )' is no (uint|double)", ours[1]) or re.search(r"double\([^)]*1e400", text))


@reason("strings extension: a substring may end where its string does; the peer refuses that since it counts octets")
def ends_of_substrings(text, ours, theirs):
    return "<start> or <end> is greater than <string>.size()" in str(theirs[1]) and theirs[0] == "error" and (
        ours[0] == "value")


@reason("cel-go, strconv: a literal out of the range of doubles is refused; the peer reads it as infinity")
def literals_out_of_range(text, ours, theirs):
    return ours == ("refused", "a number no double can hold", None) and theirs[0] != "refused"


@reason("spec, Logical operators absorb errors; the peer does not where the predicate of a macro is no bool")
def predicates_that_are_no_bool(text, ours, theirs):
    return theirs[0] == "error" and theirs[1].endswith("<jump_condition>") and ours[0] == "value" and (
        re.search(r"&&|\|\|", text))


@reason("a fault of the peer: its value is not of the type its checker gave, left over from another variable")
def values_beside_their_types(text, ours, theirs):
    return theirs[0] == "value" and theirs[2] and not fits(theirs[1], theirs[2])


@reason("§3.9: durations are 64 bits of nanoseconds, 292 years; those of the peer reach farther")
def long_durations(text, ours, theirs):
    return ours[0] == "error" and ours[1].endswith("exceeds 292 years") and not failed(theirs)


@reason("§3.9: a time is checked after every operation; the peer negates the least duration first, which overflows")
def least_duration(text, ours, theirs):
    return theirs[0] == "error" and theirs[1] == "OUT_OF_RANGE: integer overflow" and ours[0] == "value" and (
        "-9223372036.854775808s" in unescaped(text))


@reason("RFC 3339 §5.6: a year has four digits, also in %s; the peer prints year 1 as 1")
def year_one(text, ours, theirs):
    return ours[0] == theirs[0] == "value" and "%s" in text and "0001-01-01" in str(ours[1]) and (
        on_texts(ours[1], lambda t: t.replace("0001-01-01", "1-01-01")) == theirs[1])


@reason("spec, String and bytes values: strings hold code points; the peer's %s copies octets that are none")
def octets_as_text(text, ours, theirs):
    return "%s" in text and ours[0] == "value" and ("\ufffd" in str(ours[1]) or "\\xef\\xbf\\xbd" in str(ours[1]))


@reason("cel-go, strings.Split: nothing has no parts between nothings; the peer answers one empty part")
def parts_of_nothing(text, ours, theirs):
    return ".split(" in text and theirs[0] == "value" and (
        ours[0] == "value" and "('list', ())" in str(ours[1]) or ours[1] == "range: index 0 in a list of 0") or (
        theirs[0] == "error" and ours[1] == ("bool", True) and re.search(r"\.split\(.*\.all\(", text))


@reason("cel-go's checker: what is marked ? may be dyn; the peer's demands an optional by name")
def unknown_optionals(text, ours, theirs):
    return theirs[0] == "refused" and "expected type 'optional_type(dyn)' but found 'dyn'" in theirs[1]


@reason("§5, string(double): Infinity and NaN, where the peer prints what C does")
def text_of_special_doubles(text, ours, theirs):
    if ours[0] == "value" and theirs[1] == "INVALID_ARGUMENT: invalid base64 data":
        return re.search(r"base64\.decode\(.*(string\(.*(0\.0|sqrt)|%[ds].*format)", text)
    if ours[0] == theirs[0] == "value" and re.search(r"base64\.decode\(string\(.*(0\.0|sqrt)", text):
        return True
    special = re.search(r"string\(.{0,40}(sqrt|0/|\* ?1|1e400|e308|[Ii]nf|NaN)", text)
    return ours[0] == theirs[0] == "value" and "string(" in text and (
        special and re.search(r"charAt|substring|size|replace|reverse|%[.\d]*[xX]|matches|contains|With|in |[=<>]", text)
        or renamed(ours[1]) == on_texts(theirs[1], lambda t: t.replace("-nan", "nan")))


@reason("§5, string(duration): 1.5s, as cel-go; the peer fills the fraction up with zeros")
def zeros_of_fractions(text, ours, theirs):
    return ours[0] == theirs[0] == "value" and ours[1] != theirs[1] and trimmed(ours[1]) == trimmed(theirs[1])


@reason("strings extension: doubles in %s and %d keep all their digits; the peer writes six of them")
def digits_of_doubles(text, ours, theirs):
    if ours[0] != "value" or theirs[0] != "value" or not re.search("%[sd]", text):
        return ours[0] == "value" and "%d" in text and theirs[1] in (
            "INVALID_ARGUMENT: invalid base64 data", "INVALID_ARGUMENT: String to Duration conversion failed")
    power = re.compile(r"\d(\.\d+)?e[+-]\d\d")
    if ours[1][0] == theirs[1][0] == "string" and ours[1][1][:5] == theirs[1][1][:5] and re.search(r"%[sd]%\.?\d*[a-z]", text):
        return True
    return (rounded(ours[1]) == rounded(theirs[1]) or re.search(
        r"format\(.*\.(size|charAt|substring|reverse|replace)\(|size\(.*format\(", text)
            or power.search(str(theirs[1])) and not power.search(str(ours[1])))


@reason("cel-go's checker: what has a type still open may be visited; the peer's calls it dyn and refuses it")
def open_ranges(text, ours, theirs):
    return theirs[0] == "refused" and ours[0] != "refused" and (
        "expression of type 'dyn' cannot be the range" in theirs[1] or re.search(r"no matching overload for '\w+' applied to '\(T%\d", theirs[1]))


@reason("cel-go's checker: a type still open is settled where it first stands, also within a list; the peer's leaves it open")
def settled_types(text, ours, theirs):
    return ours[0] == "refused" and ours[1].startswith("no such overload") and theirs[0] != "refused" and re.search(
        r"(\[\]|\{\})\)?\.(filter|map|all|exists|exists_one|existsOne)\(", text)


@reason("spec, Logical operators absorb errors; these ones end the peer's evaluation as a whole")
def ending_errors(text, ours, theirs):
    return theirs[0] == "error" and ours[0] == "value" and re.search(r"&&|\|\||\.(all|exists)\(", text) and (
        theirs[1].endswith("[ALREADY_EXISTS]") or theirs[1] == "INVALID_ARGUMENT: invalid base64 data"
        or "format(" in text and theirs[1].startswith("UNKNOWN: No matching overloads"))


@reason("a fault of the peer: where all() or exists() ended early, a name bound later still has the value of its variable")
def names_left_over(text, ours, theirs):
    return ours[0] == "value" and re.search(r"\.(all|exists)\(.*(cel\.bind|opt(Flat)?Map)\(", text, re.S) and (
        theirs[0] == "value" and ours[1][0] == theirs[1][0] in ("list", "map") and len(ours[1][1]) == len(theirs[1][1])
        or ours[1][0] == theirs[1][0] == "bool" and re.search(r"[=!]= optional.*opt(Flat)?Map", text) or theirs[0] == "error" and theirs[1].endswith(("found : _&&_", "found : _||_")))


@reason("spec, Equality: what cannot be a key is in no map; the peer has no overload for it")
def membership_of_no_key(text, ours, theirs):
    return " in " in text and theirs[0] == "error" and theirs[1].endswith("No matching overloads found : @in")


@reason("§5, order of maps: entries come as they were given; those of the peer in an order that changes from run to run")
def order_of_entries(text, ours, theirs):
    return ours[0] == theirs[0] == "value" and ours[1][0] == theirs[1][0] == "list" and re.search(
        r"\.(map|filter|transform\w+)\(", text) and sorted(map(repr, ours[1][1])) == sorted(map(repr, theirs[1][1]))


@reason("spec, INT_LIT has a sign of its own: --9223372036854775808 negates the least int; the peer reads the number first")
def twice_negated(text, ours, theirs):
    return "--9223372036854775808" in text and failed(ours) and theirs[0] == "refused" and "invalid int literal" in theirs[1]


@reason("§5, {0: 1, 0u: 2}: one key in two kinds stands twice; the peer keeps one of them")
def keys_of_two_kinds(text, ours, theirs):
    return ours[0] == "error" and re.search(r"the map key \d+u? stands twice", ours[1]) and not failed(theirs)


@reason("spec, Name resolution: a leading dot asks the root scope, where math.least is; the peer goes by the spelling of its macro")
def rooted_extremes(text, ours, theirs):
    return theirs[0] == "refused" and "undeclared reference to '.math'" in theirs[1] and re.search(
        r"\.\s*math\s*\.\s*(least|greatest)", text)


@reason("optional syntax: an entry without a value is left out, whatever its key is")
def absent_entries(text, ours, theirs):
    return "?" in text and theirs[0] == "error" and "Invalid map key type" in theirs[1] and ours[0] == "value"


@reason("RFC 3339 §5.6: an offset has a colon; the peer reads it without, and lower case, and leap seconds (§5)")
def loose_timestamps(text, ours, theirs):
    return ours[0] == "error" and not failed(theirs) and (
        "is no RFC 3339 time" in ours[1] or any(time in unescaped(text) for time in NO_TIMES))


@reason("cel-go's checker: the common type of uint and dyn is dyn, in either order; the peer keeps the first")
def joins_with_dyn(text, ours, theirs):
    if theirs[0] == "refused":
        return ours[0] != "refused" and (
            "dyn(" in text and "no matching overload for '_==_'" in theirs[1]
            or "transformMapEntry" in text and "no matching overload for 'orValue'" in theirs[1])
    return ours[0] == theirs[0] == "value" and ours[1] == theirs[1] and any(
        "DYN" in wide and re.fullmatch(re.escape(wide).replace("DYN", ".+"), narrow)
        for wide, narrow in ((ours[2], theirs[2]), (theirs[2], ours[2])))


# Why the two may disagree on a pattern: the ground, and whether it applies to the texts and to what both
# answered, which is a list of matches or None for a pattern refused.
PATTERNS = [
    ("Go's regexp, which cel-go has in place of RE2, knows no \\C: one octet is no part of a string of code points",
     lambda pattern, texts, ours, theirs: ours is None and theirs is not None and "\\C" in pattern),
    ("Go's regexp refuses two groups of one name, where RE2 takes them; of no use but to hide a mistake",
     lambda pattern, texts, ours, theirs: ours is None and theirs is not None and re.search(
         r"\(\?P?<(\w+)>.*\(\?P?<\1>", pattern, re.S)),
    ("Go's regexp asks \\B between code points, RE2 also between the octets of one, where it always holds",
     lambda pattern, texts, ours, theirs: "\\B" in pattern and ours and theirs and all(
         mine == other or other and not text.isascii() for text, mine, other in zip(texts, ours, theirs))),
]


def pattern_reason(pattern, texts, ours, theirs):
    """The ground on which answers about a pattern may differ; None when there is none."""
    return next((ground for ground, applies in PATTERNS if applies(pattern, texts, ours, theirs)), None)


def fits(form, kind):
    """Whether a value is of a static type, as far as lists, maps and plain kinds tell."""
    name, _, parts = kind.rstrip(">").partition("<") if kind.count("<") < 2 else kind[:-1].partition("<")
    if name == "LIST" and form[0] == "list":
        return all(fits(element, parts) for element in form[1])
    if name == "MAP" and form[0] == "map":
        return all(fits(value, parts.partition(", ")[2]) for value in form[1].values())
    return name.lower() == form[0] or name in ("DYN", "TYPE", "NULL") or name not in PLAIN


PLAIN = {"INT", "UINT", "DOUBLE", "BOOL", "STRING", "BYTES", "TIMESTAMP", "DURATION"}


def unescaped(text):
    """The text with the escapes of its literals undone, as far as they stand for a code point."""
    return re.sub(r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))", lambda m: chr(
        int(m[4], 8) if m[4] else int(m[1] or m[2] or m[3], 16)), text)


def trimmed(form):
    return on_texts(form, lambda text: re.sub(r"\.(\d*?)0+(?=[sZ])", lambda m: "." + m[1] if m[1] else "", text))


def rounded(form):
    """Numbers in texts to five places, which leaves out where the peer cut them."""
    return on_texts(form, lambda text: re.sub(
        r"-?\d+(\.\d+)?(e[+-]\d+)?", lambda m: "%.5g" % float(m[0]), text))


def renamed(form):
    return on_texts(form, lambda text: text.replace("Infinity", "inf").replace("NaN", "nan"))


def on_texts(form, change):
    kind, content = form
    if kind == "string":
        return (kind, change(content))
    if kind == "bytes":
        return (kind, change(content.decode("latin-1")))
    if kind == "list":
        return (kind, tuple(on_texts(element, change) for element in content))
    if kind == "map":
        return (kind, {(k[0], change(k[1]) if k[0] == "string" else k[1]): on_texts(v, change) for k, v in content.items()})
    return form


REASONS = {name: ground for name, ground, _ in RULES}
