/// One token of CEL source, with where it starts.
package struct Token {
    package enum Kind: Equatable {
        case identifier(String)
        /// A field name in backquotes, allowed after a dot only.
        case quotedIdentifier(String)
        /// The magnitude of an integer literal; its sign is an operator before it.
        case int(UInt64)
        case uint(UInt64)
        case double(Double)
        case string([UInt8])
        case bytes([UInt8])
        case symbol(Symbol)
        case end
    }

    package let kind: Kind
    /// Byte offset in the source.
    package let offset: Int
}

/// Operators and punctuation. Longer ones stand before those they begin with.
package enum Symbol: String, CaseIterable {
    case and = "&&"
    case or = "||"
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case remainder = "%"
    case not = "!"
    case question = "?"
    case colon = ":"
    case dot = "."
    case comma = ","
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case leftBrace = "{"
    case rightBrace = "}"
}

extension Token.Kind {
    /// How the token is named in an error message.
    var name: String {
        switch self {
        case .identifier(let name): "'\(name)'"
        case .quotedIdentifier(let name): "'`\(name)`'"
        case .int, .uint, .double: "a number"
        case .string: "a string"
        case .bytes: "a byte string"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .end: "the end"
        }
    }
}
