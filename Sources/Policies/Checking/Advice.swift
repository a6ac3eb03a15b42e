import Encoding

/// What an author probably meant: the nearest known word, or how CEL writes what other languages
/// write otherwise.
enum Advice {
    /// How CEL says what other languages have another name for.
    private static let functions: [String: String] = [
        "length": "size", "len": "size", "count": "size", "includes": "contains",
        "has_prefix": "startsWith", "hasPrefix": "startsWith", "hasSuffix": "endsWith",
        "toLowerCase": "lowerAscii", "lower": "lowerAscii", "toUpperCase": "upperAscii",
        "upper": "upperAscii", "any": "exists", "some": "exists", "every": "all",
        "regex": "matches", "match": "matches", "float": "double", "str": "string",
        "defined": "has", "exists_field": "has", "parseInt": "int", "date": "timestamp",
    ]
    private static let names: [String: String] = [
        "True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "None": "null",
        "nil": "null", "NULL": "null", "undefined": "null",
    ]
    private static let words: [String: String] = [
        "and": "&&", "AND": "&&", "or": "||", "OR": "||", "not": "!", "NOT": "!", "is": "==",
        "eq": "==", "ne": "!=", "mod": "%", "IN": "in",
    ]
    private static let macros = [
        "has", "all", "exists", "exists_one", "filter", "map", "transformList", "transformMap",
        "optMap", "optFlatMap",
    ]

    /// The known word that a slip of the fingers turns into this one. A short word is another word
    /// when two of its letters differ.
    static func nearest(to word: String, among known: [String]) -> String? {
        guard let near = Spelling.nearest(to: word, among: known),
            Spelling.distance(word, near) * 3 <= near.utf8.count
        else { return nil }
        return near
    }

    static func name(_ name: String, among known: [String]) -> String {
        if let word = names[name] { return "; write \(word)" }
        if name == "not" { return "; write !" }
        return nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// - Parameter known: the functions there are, sorted.
    static func function(_ name: String, among known: [String]) -> String {
        if let other = functions[name] { return "; CEL calls it '\(other)'" }
        return nearest(to: name, among: known + macros).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// What to write instead of a word that stands where an operator should.
    static func word(_ token: Token.Kind) -> String {
        guard case .identifier(let name) = token, let symbol = words[name] else { return "" }
        return "; write \(symbol)"
    }

    static func reserved(_ word: String) -> String {
        switch word {
        case "if", "else": "; write condition ? one : other"
        case "for", "while", "loop": "; write list.all(x, …), list.exists(x, …) or list.map(x, …)"
        case "let", "var", "const": "; write cel.bind(name, value, expression)"
        default: ""
        }
    }

    /// What to write instead of a character that begins nothing.
    static func character(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "="): "; two values are compared with =="
        case UInt8(ascii: "&"): "; 'and' is written &&"
        case UInt8(ascii: "|"): "; 'or' is written ||"
        case UInt8(ascii: ";"): "; an expression has no end mark"
        case UInt8(ascii: "$"), UInt8(ascii: "@"): "; names have letters, digits and _"
        default: ""
        }
    }

    /// What the operands of a call that fits nothing should have been.
    static func operands(_ name: String, _ operands: [CheckedType]) -> String? {
        if let first = operands.first, name.hasPrefix("get"), first == .string {
            return "read the text with timestamp(…)"
        }
        guard operands.count == 2, operands[0] != operands[1] else { return nil }
        let (left, right) = (operands[0], operands[1])
        let numbers: Set<CheckedType> = [.int, .uint, .double]
        if numbers.contains(left), numbers.contains(right) {
            return "convert one with \(left)(…) or dyn(…)"
        }
        let isSum = name == "_+_" || name == "_-_"
        if operands.contains(.string) {
            if operands.contains(.timestamp) || isSum && operands.contains(.duration) {
                return "read the text with timestamp(…)"
            }
            if operands.contains(.duration) { return "read the text with duration(…)" }
            if name == "_+_", let other = operands.first(where: { $0 != .string }) {
                return "make text of the \(other) with string(…)"
            }
        }
        if isSum || name.hasPrefix("_<") || name.hasPrefix("_>"),
            numbers.contains(left) || numbers.contains(right),
            operands.contains(.timestamp) || operands.contains(.duration)
        {
            return "write a span of time as duration('3600s')"
        }
        guard name == "_==_" || name == "_!=_" else { return nil }
        if operands.contains(.null) {
            return "only times, optionals and what has no known type may be null; has(…) asks "
                + "whether a fact is there"
        }
        return "a value of type \(left) never equals one of type \(right)"
    }
}

extension OverloadTable {
    private static let shownMaximum = 6

    /// The ways to call a function, as an author writes them; empty when there are none.
    func ways(_ name: String) -> String {
        let overloads = overloads[name] ?? []
        guard !overloads.isEmpty else { return "" }
        let shown = overloads.prefix(Self.shownMaximum).map { Self.way(name, $0) }
        let more = overloads.count - shown.count
        return "; there \(overloads.count == 1 ? "is" : "are"): "
            + shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private static func way(_ name: String, _ overload: Overload) -> String {
        let types = overload.parameters.map(\.description)
        if name.hasPrefix("_"), types.count == 2 {
            return switch name {
            case "_[_]": "\(types[0])[\(types[1])]"
            case "_[?_]": "\(types[0])[?\(types[1])]"
            default: "\(types[0]) \(name.split(separator: "_").joined()) \(types[1])"
            }
        }
        if name == "!_" || name == "-_" { return "\(name.prefix(1))\(types[0])" }
        if name == "_?_:_" { return "\(types[0]) ? \(types[1]) : \(types[2])" }
        return overload.isMethod
            ? "\(types[0]).\(name)(\(types.dropFirst().joined(separator: ", ")))"
            : "\(name)(\(types.joined(separator: ", ")))"
    }
}
