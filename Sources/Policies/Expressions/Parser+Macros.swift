/// The macros of the language: calls that the parser turns into other trees.
extension Parser {
    /// `has(operand.field)`.
    func presence(_ arguments: [Syntax], at offset: Int) throws(ExpressionError) -> Syntax {
        guard arguments.count == 1, case .select(let operand, let field) = arguments[0].kind else {
            throw error("has() takes one selection, such as has(evidence.deposit)", at: offset)
        }
        return try node(.presence(operand, field: field), at: offset, over: [operand])
    }

    /// The tree a receiver call stands for; nil when it is an ordinary call.
    func receiverMacro(
        _ name: String, on target: Syntax, _ arguments: [Syntax], at offset: Int
    ) throws(ExpressionError) -> Syntax? {
        if case .name("cel", isRooted: false) = target.kind {
            return try bindingMacro(name, arguments, at: offset)
        }
        switch (name, arguments.count) {
        case ("optMap", 2), ("optFlatMap", 2):
            let variable = try variable(arguments[0], name)
            return try node(
                .optionalMap(
                    target, variable: variable, transform: arguments[1],
                    isFlat: name == "optFlatMap"),
                at: offset, over: [target] + arguments)
        case ("all", 2), ("exists", 2), ("exists_one", 2), ("existsOne", 2), ("filter", 2),
            ("map", 2), ("map", 3):
            return try comprehension(
                name, on: target, variableCount: 1, arguments, at: offset)
        case ("all", 3), ("exists", 3), ("exists_one", 3), ("existsOne", 3),
            ("transformList", 3), ("transformList", 4), ("transformMap", 3), ("transformMap", 4),
            ("transformMapEntry", 3), ("transformMapEntry", 4):
            return try comprehension(
                name, on: target, variableCount: 2, arguments, at: offset)
        default:
            return nil
        }
    }

    private static let comprehensions: [String: ComprehensionKind] = [
        "all": .all, "exists": .exists, "exists_one": .existsOne, "existsOne": .existsOne,
        "filter": .filter, "map": .map, "transformList": .map, "transformMap": .transformMap,
        "transformMapEntry": .transformMapEntry,
    ]

    /// A macro whose variables come first, then perhaps a predicate, then what it is about.
    private func comprehension(
        _ name: String, on range: Syntax, variableCount: Int, _ arguments: [Syntax], at offset: Int
    ) throws(ExpressionError) -> Syntax? {
        guard let kind = Self.comprehensions[name] else { return nil }
        let first = try variable(arguments[0], name)
        let second = variableCount == 2 ? try variable(arguments[1], name) : nil
        if first == second {
            throw error("\(name)() takes two different names first", at: arguments[1].offset)
        }
        let rest = arguments.dropFirst(variableCount)
        let predicate: Syntax?
        let transform: Syntax?
        switch kind {
        case .all, .exists, .existsOne, .filter:
            predicate = rest.last
            transform = nil
        case .map, .transformMap, .transformMapEntry:
            predicate = rest.count == 2 ? rest.first : nil
            transform = rest.last
        }
        let comprehension = Syntax.Comprehension(
            kind: kind, range: range, variable: first, secondVariable: second,
            predicate: predicate, transform: transform)
        return try node(.comprehension(comprehension), at: offset, over: [range] + arguments)
    }

    private func variable(
        _ argument: Syntax, _ macro: String
    ) throws(ExpressionError) -> String {
        guard case .name(let variable, isRooted: false) = argument.kind else {
            throw error("\(macro)() takes a plain name first", at: argument.offset)
        }
        return variable
    }

    // MARK: Bindings

    /// `cel.bind(name, value, body)`, and the forms in which optimisers write shared parts:
    /// `cel.block([values], body)` with `cel.index(n)`, `cel.iterVar(n, m)` and `cel.accuVar(n, m)`.
    private func bindingMacro(
        _ name: String, _ arguments: [Syntax], at offset: Int
    ) throws(ExpressionError) -> Syntax? {
        switch (name, arguments.count) {
        case ("bind", 3):
            let variable = try variable(arguments[0], "cel.bind")
            return try node(
                .bindings([(variable, arguments[1])], body: arguments[2]), at: offset,
                over: arguments)
        case ("block", 2):
            guard case .list(let values, let optionals) = arguments[0].kind, optionals.isEmpty
            else {
                throw error("cel.block() takes a list of values first", at: arguments[0].offset)
            }
            let bindings = values.enumerated().map { (name: "@index\($0)", value: $1) }
            return try node(.bindings(bindings, body: arguments[1]), at: offset, over: arguments)
        case ("index", 1):
            return try node(
                .name("@index\(try number(arguments[0]))", isRooted: false), at: offset)
        case ("iterVar", 2), ("accuVar", 2):
            let numbers = "\(try number(arguments[0])):\(try number(arguments[1]))"
            return try node(.name("@\(name):\(numbers)", isRooted: false), at: offset)
        default:
            return nil
        }
    }

    private func number(_ argument: Syntax) throws(ExpressionError) -> Int64 {
        guard case .literal(.int(let number)) = argument.kind, number >= 0 else {
            throw error("expected a whole number of 0 or more", at: argument.offset)
        }
        return number
    }
}
