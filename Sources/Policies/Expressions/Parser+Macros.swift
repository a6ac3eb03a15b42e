/// The macros of the language: calls that the parser turns into other trees.
extension Parser {
    /// `has(operand.field)`.
    func presence(_ arguments: [Syntax], at offset: Int) throws(ExpressionError) -> Syntax {
        guard arguments.count == 1, case .select(let operand, let field) = arguments[0].kind else {
            throw error("has() takes one selection, such as has(evidence.deposit)", at: offset)
        }
        return try node(.presence(operand, field: field), at: offset, over: [operand])
    }

    /// The comprehension a receiver call stands for; nil when it is an ordinary call.
    func receiverMacro(
        _ name: String, on range: Syntax, _ arguments: [Syntax], at offset: Int
    ) throws(ExpressionError) -> Syntax? {
        let kind: ComprehensionKind
        switch (name, arguments.count) {
        case ("all", 2): kind = .all
        case ("exists", 2): kind = .exists
        case ("exists_one", 2), ("existsOne", 2): kind = .existsOne
        case ("map", 2), ("map", 3): kind = .map
        case ("filter", 2): kind = .filter
        default: return nil
        }
        guard case .name(let variable, isRooted: false) = arguments[0].kind else {
            throw error(
                "\(name)() takes a plain name for the element first", at: arguments[0].offset)
        }
        let predicate: Syntax?
        let transform: Syntax?
        if kind == .map {
            predicate = arguments.count == 3 ? arguments[1] : nil
            transform = arguments[arguments.count - 1]
        } else {
            predicate = arguments[1]
            transform = nil
        }
        let comprehension = Syntax.Comprehension(
            kind: kind, range: range, variable: variable, predicate: predicate,
            transform: transform)
        return try node(.comprehension(comprehension), at: offset, over: [range] + arguments)
    }
}
