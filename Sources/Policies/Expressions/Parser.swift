/// Parses CEL by recursive descent. Both the tree and the recursion are bounded in depth.
struct Parser {
    private var lexer: Lexer
    private(set) var token: Token
    private var nesting = 0
    let expandsMacros: Bool
    private let depthMaximum: Int

    /// Words that begin no expression; after a dot they are ordinary names.
    private static let reservedWords: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
    ]

    /// Parses the whole source. `expandsMacros` off leaves `has(…)`, `x.all(…)` and so on as calls.
    static func parse(
        _ source: [UInt8], expandsMacros: Bool = true, profile: Profile = .auditor
    ) throws(ExpressionError) -> Syntax {
        guard source.count <= profile.sourceByteCountMaximum else {
            throw ExpressionError(
                "an expression has at most \(profile.sourceByteCountMaximum) bytes", at: 0,
                in: Array(source.prefix(40)))
        }
        var parser = try Parser(source, expandsMacros, profile)
        let syntax = try parser.expression()
        guard parser.token.kind == .end else {
            var advice = Advice.word(parser.token.kind)
            if case .name("not", isRooted: false) = syntax.kind { advice = "; write ! for 'not'" }
            throw parser.error(
                "unexpected \(parser.token.kind.name)\(advice)", at: parser.token.offset)
        }
        return syntax
    }

    private init(
        _ source: [UInt8], _ expandsMacros: Bool, _ profile: Profile
    ) throws(ExpressionError) {
        lexer = Lexer(source)
        token = try lexer.next()
        self.expandsMacros = expandsMacros
        depthMaximum = profile.expressionDepthMaximum
    }

    func error(_ detail: String, at offset: Int) -> ExpressionError {
        lexer.error(detail, at: offset)
    }

    mutating func advance() throws(ExpressionError) {
        token = try lexer.next()
    }

    /// Takes the symbol if it stands here.
    mutating func take(_ symbol: Symbol) throws(ExpressionError) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ symbol: Symbol) throws(ExpressionError) {
        guard try take(symbol) else {
            throw error(
                "expected '\(symbol.rawValue)', found \(token.kind.name)\(Advice.word(token.kind))",
                at: token.offset)
        }
    }

    func node(
        _ kind: Syntax.Kind, at offset: Int, over children: [Syntax] = []
    ) throws(ExpressionError) -> Syntax {
        var depth = 1
        for child in children { depth = max(depth, child.depth + 1) }
        guard depth <= depthMaximum else { throw tooDeep(offset) }
        return Syntax(kind: kind, offset: offset, depth: depth)
    }

    private func tooDeep(_ offset: Int) -> ExpressionError {
        error("nested more than \(depthMaximum) deep", at: offset)
    }

    /// `c ? a : b`, whose middle is no `?:` unless in parentheses.
    mutating func expression() throws(ExpressionError) -> Syntax {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= depthMaximum else { throw tooDeep(token.offset) }
        let condition = try logic(.or)
        let offset = token.offset
        guard try take(.question) else { return condition }
        let then = try logic(.or)
        try expect(.colon)
        let otherwise = try expression()
        return try node(
            .conditional(condition, then: then, otherwise: otherwise), at: offset,
            over: [condition, then, otherwise])
    }

    private mutating func logic(_ kind: LogicOperator) throws(ExpressionError) -> Syntax {
        let offset = token.offset
        let symbol: Symbol = kind == .or ? .or : .and
        var operands = [try kind == .or ? logic(.and) : relation()]
        while try take(symbol) {
            operands.append(try kind == .or ? logic(.and) : relation())
        }
        guard operands.count > 1 else { return operands[0] }
        return try node(.logic(kind, operands), at: offset, over: operands)
    }

    private mutating func relation() throws(ExpressionError) -> Syntax {
        var left = try sum()
        while let kind = relationOperator {
            let offset = token.offset
            try advance()
            let right = try sum()
            left = try node(.binary(kind, left, right), at: offset, over: [left, right])
        }
        return left
    }

    private var relationOperator: BinaryOperator? {
        switch token.kind {
        case .symbol(.equal): .equal
        case .symbol(.notEqual): .notEqual
        case .symbol(.less): .less
        case .symbol(.lessOrEqual): .lessOrEqual
        case .symbol(.greater): .greater
        case .symbol(.greaterOrEqual): .greaterOrEqual
        case .identifier("in"): .isIn
        case .identifier, .quotedIdentifier, .int, .uint, .double, .string, .bytes, .symbol, .end:
            nil
        }
    }

    private mutating func sum() throws(ExpressionError) -> Syntax {
        var left = try product()
        while token.kind == .symbol(.plus) || token.kind == .symbol(.minus) {
            let kind: BinaryOperator = token.kind == .symbol(.plus) ? .add : .subtract
            let offset = token.offset
            try advance()
            let right = try product()
            left = try node(.binary(kind, left, right), at: offset, over: [left, right])
        }
        return left
    }

    private mutating func product() throws(ExpressionError) -> Syntax {
        var left = try unary()
        while let kind = productOperator {
            let offset = token.offset
            try advance()
            let right = try unary()
            left = try node(.binary(kind, left, right), at: offset, over: [left, right])
        }
        return left
    }

    private var productOperator: BinaryOperator? {
        switch token.kind {
        case .symbol(.times): .multiply
        case .symbol(.divide): .divide
        case .symbol(.remainder): .remainder
        case .identifier, .quotedIdentifier, .int, .uint, .double, .string, .bytes, .symbol, .end:
            nil
        }
    }

    /// A run of `!` or of `-`. The last `-` before a number belongs to the number, or the least
    /// integer could not be written.
    private mutating func unary() throws(ExpressionError) -> Syntax {
        var offsets: [Int] = []
        let first = token.kind
        guard first == .symbol(.not) || first == .symbol(.minus) else { return try member() }
        while token.kind == first {
            offsets.append(token.offset)
            guard offsets.count <= depthMaximum else {
                throw tooDeep(token.offset)
            }
            try advance()
        }
        var isNegated = false
        if first == .symbol(.minus) {
            switch token.kind {
            case .int, .double:
                isNegated = true
                offsets.removeLast()
            case .identifier, .quotedIdentifier, .uint, .string, .bytes, .symbol, .end:
                break
            }
        }
        var operand = try member(isNegated: isNegated)
        for offset in offsets.reversed() {
            operand = try node(
                .unary(first == .symbol(.not) ? .not : .negate, operand), at: offset,
                over: [operand])
        }
        return operand
    }

    /// A name that may stand where an expression begins.
    func checkName(_ name: String, at offset: Int) throws(ExpressionError) {
        if name == "in" || Self.reservedWords.contains(name) {
            throw error("'\(name)' is a reserved word\(Advice.reserved(name))", at: offset)
        }
    }
}
