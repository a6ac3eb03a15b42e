/// Literals, names, calls, and what may follow them.
extension Parser {
    /// A primary expression with its selections, indexes and calls.
    mutating func member(isNegated: Bool = false) throws(ExpressionError) -> Syntax {
        var operand = try primary(isNegated: isNegated)
        while true {
            let offset = token.offset
            if try take(.dot) {
                operand = try selection(of: operand, at: offset)
            } else if try take(.leftBracket) {
                let isOptional = try take(.question)
                let index = try expression()
                try expect(.rightBracket)
                operand = try node(
                    isOptional ? .optionalIndex(operand, index) : .index(operand, index),
                    at: offset, over: [operand, index])
            } else {
                return operand
            }
        }
    }

    /// Words that are never names, not even after a dot.
    private static let keywords: Set<String> = ["true", "false", "null", "in"]

    private mutating func selection(
        of operand: Syntax, at offset: Int
    ) throws(ExpressionError) -> Syntax {
        let isOptional = try take(.question)
        let nameOffset = token.offset
        func select(_ field: String) throws(ExpressionError) -> Syntax {
            try node(
                isOptional
                    ? .optionalSelect(operand, field: field) : .select(operand, field: field),
                at: nameOffset, over: [operand])
        }
        switch token.kind {
        case .quotedIdentifier(let field):
            try advance()
            return try select(field)
        case .identifier(let name):
            guard !Self.keywords.contains(name) else {
                throw error("'\(name)' is no field; write ['\(name)']", at: nameOffset)
            }
            try advance()
            if isOptional { return try select(name) }
            guard try take(.leftParenthesis) else { return try select(name) }
            let arguments = try arguments(until: .rightParenthesis)
            if expandsMacros,
                let macro = try receiverMacro(name, on: operand, arguments, at: nameOffset)
            {
                return macro
            }
            return try node(
                .call(receiver: operand, name: name, arguments: arguments, isRooted: false),
                at: nameOffset, over: [operand] + arguments)
        case .int, .uint, .double, .string, .bytes, .symbol, .end:
            throw error("expected a field name after '.'", at: nameOffset)
        }
    }

    private mutating func primary(isNegated: Bool) throws(ExpressionError) -> Syntax {
        let offset = token.offset
        switch token.kind {
        case .int(let magnitude):
            try advance()
            return try node(.literal(try integer(magnitude, isNegated, offset)), at: offset)
        case .uint(let value):
            try advance()
            return try node(.literal(.uint(value)), at: offset)
        case .double(let value):
            try advance()
            return try node(.literal(.double(isNegated ? -value : value)), at: offset)
        case .string(let bytes):
            try advance()
            return try node(.literal(.string(Text(wellFormed: bytes))), at: offset)
        case .bytes(let bytes):
            try advance()
            return try node(.literal(.bytes(bytes)), at: offset)
        case .identifier(let name):
            try advance()
            return try nameOrCall(name, isRooted: false, at: offset)
        case .symbol(.dot):
            try advance()
            guard case .identifier(let name) = token.kind else {
                throw error("expected a name after '.'", at: token.offset)
            }
            try advance()
            return try nameOrCall(name, isRooted: true, at: offset)
        case .symbol(.leftParenthesis):
            try advance()
            let inner = try expression()
            try expect(.rightParenthesis)
            return inner
        case .symbol(.leftBracket):
            try advance()
            return try list(at: offset)
        case .symbol(.leftBrace):
            try advance()
            return try map(at: offset)
        case .quotedIdentifier, .symbol, .end:
            throw error("expected an expression, found \(token.kind.name)", at: offset)
        }
    }

    private func integer(
        _ magnitude: UInt64, _ isNegated: Bool, _ offset: Int
    ) throws(ExpressionError) -> Value {
        if isNegated, magnitude == Int64.min.magnitude { return .int(Int64.min) }
        guard let value = Int64(exactly: magnitude) else {
            throw error("an integer out of range; append u for an unsigned one", at: offset)
        }
        return .int(isNegated ? -value : value)
    }

    private mutating func nameOrCall(
        _ name: String, isRooted: Bool, at offset: Int
    ) throws(ExpressionError) -> Syntax {
        if !isRooted {
            switch name {
            case "true": return try node(.literal(.bool(true)), at: offset)
            case "false": return try node(.literal(.bool(false)), at: offset)
            case "null": return try node(.literal(.null), at: offset)
            default: break
            }
        }
        try checkName(name, at: offset)
        guard try take(.leftParenthesis) else {
            return try node(.name(name, isRooted: isRooted), at: offset)
        }
        let arguments = try arguments(until: .rightParenthesis)
        if expandsMacros, !isRooted, name == "has" {
            return try presence(arguments, at: offset)
        }
        return try node(
            .call(receiver: nil, name: name, arguments: arguments, isRooted: isRooted),
            at: offset, over: arguments)
    }

    private mutating func arguments(
        until closing: Symbol
    ) throws(ExpressionError) -> [Syntax] {
        var arguments: [Syntax] = []
        guard try !take(closing) else { return [] }
        repeat { arguments.append(try expression()) } while try take(.comma)
        try expect(closing)
        return arguments
    }

    private mutating func list(at offset: Int) throws(ExpressionError) -> Syntax {
        var elements: [Syntax] = []
        var optionals: Set<Int> = []
        // A comma may stand after the last element, and alone.
        let isBare = try take(.comma)
        guard try !take(.rightBracket) else {
            return try node(.list([], optionals: []), at: offset)
        }
        if isBare { try expect(.rightBracket) }
        repeat {
            if !elements.isEmpty, token.kind == .symbol(.rightBracket) { break }
            if try take(.question) { optionals.insert(elements.count) }
            elements.append(try expression())
        } while try take(.comma)
        try expect(.rightBracket)
        return try node(.list(elements, optionals: optionals), at: offset, over: elements)
    }

    private mutating func map(at offset: Int) throws(ExpressionError) -> Syntax {
        var entries: [(key: Syntax, value: Syntax)] = []
        var children: [Syntax] = []
        var optionals: Set<Int> = []
        let isBare = try take(.comma)
        guard try !take(.rightBrace) else {
            return try node(.map([], optionals: []), at: offset)
        }
        if isBare { try expect(.rightBrace) }
        repeat {
            if !entries.isEmpty, token.kind == .symbol(.rightBrace) { break }
            if try take(.question) { optionals.insert(entries.count) }
            let key = try expression()
            try expect(.colon)
            let value = try expression()
            entries.append((key, value))
            children.append(key)
            children.append(value)
        } while try take(.comma)
        try expect(.rightBrace)
        return try node(.map(entries, optionals: optionals), at: offset, over: children)
    }
}
