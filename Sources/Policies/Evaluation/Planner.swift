/// Turns syntax into plan nodes: names become slots, constant parts become constants.
struct Planner {
    let environment: Environment
    private(set) var plan: Plan
    private var source: [UInt8] = []
    private var locals: [String] = []

    init(_ environment: Environment, extending plan: Plan = Plan()) {
        self.environment = environment
        self.plan = plan
    }

    /// Adds an expression and answers its root.
    mutating func add(_ source: String) throws(ExpressionError) -> NodeID {
        self.source = Array(source.utf8)
        locals = []
        let syntax = try Parser.parse(self.source, expandsMacros: environment.expandsMacros)
        return try node(syntax)
    }

    private func error(_ detail: String, at offset: Int) -> ExpressionError {
        ExpressionError(detail, at: offset, in: source)
    }

    private mutating func append(_ node: Node) -> NodeID {
        plan.nodes.append(node)
        return NodeID(plan.nodes.count - 1)
    }

    private mutating func constant(_ value: Value, cost: Int = 0) -> NodeID {
        plan.constants.append(value)
        return append(.constant(Int32(plan.constants.count - 1), cost: Int32(cost)))
    }

    private mutating func key(_ name: String) -> Int32 {
        plan.keys.append(FieldName(Text(name)))
        return Int32(plan.keys.count - 1)
    }

    private mutating func path(_ syntax: Syntax) -> Int32 {
        plan.paths.append(syntax.path)
        return Int32(plan.paths.count - 1)
    }

    private mutating func children(_ syntaxes: [Syntax]) throws(ExpressionError) -> Int32 {
        var nodes: [NodeID] = []
        for syntax in syntaxes { nodes.append(try node(syntax)) }
        plan.children += nodes
        return Int32(plan.children.count - nodes.count)
    }

    /// `path` is the path of the whole chain of selections this is part of.
    private mutating func node(
        _ syntax: Syntax, path known: Int32? = nil
    ) throws(ExpressionError) -> NodeID {
        switch syntax.kind {
        case .literal(let value):
            return constant(value)
        case .name, .select, .presence, .index:
            return try access(syntax, path: known ?? path(syntax))
        case .unary(let kind, let operand):
            return folded(append(.unary(kind, try node(operand))))
        case .binary(let kind, let left, let right):
            let left = try node(left)
            return folded(append(.binary(kind, left, try node(right))))
        case .logic(let kind, let operands):
            let first = try children(operands)
            return append(.logic(kind, first: first, count: Int32(operands.count)))
        case .conditional(let condition, let then, let otherwise):
            let condition = try node(condition)
            let then = try node(then)
            return append(
                .conditional(condition, then: then, otherwise: try node(otherwise)))
        case .call(let receiver, let name, let arguments, _):
            return try call(receiver, name, arguments, at: syntax.offset)
        case .list(let elements):
            let first = try children(elements)
            return folded(append(.list(first: first, count: Int32(elements.count))))
        case .map(let entries):
            let first = try children(entries.flatMap { [$0.key, $0.value] })
            return folded(append(.map(first: first, count: Int32(entries.count * 2))))
        case .comprehension(let comprehension):
            return try node(comprehension)
        }
    }

    private mutating func node(
        _ syntax: Syntax.Comprehension
    ) throws(ExpressionError) -> NodeID {
        let range = try node(syntax.range)
        let local = Int32(locals.count)
        locals.append(syntax.variable)
        defer { locals.removeLast() }
        var predicate: NodeID?
        if let part = syntax.predicate { predicate = try node(part) }
        var transform: NodeID?
        if let part = syntax.transform { transform = try node(part) }
        plan.comprehensions.append(
            Plan.Comprehension(
                kind: syntax.kind, range: range, predicate: predicate, transform: transform,
                local: local))
        return append(.comprehension(Int32(plan.comprehensions.count - 1)))
    }

    // MARK: Names

    private mutating func access(
        _ syntax: Syntax, path: Int32
    ) throws(ExpressionError) -> NodeID {
        if let resolved = resolve(syntax, path: path) { return resolved }
        switch syntax.kind {
        case .select(let operand, let field):
            let begins = !operand.isAccess
            let operand = try node(operand, path: operand.isAccess ? path : nil)
            return append(.select(operand, key: key(field), path: path, begins: begins))
        case .presence(let operand, let field):
            // Of a missing operand, the fact that misses is the one asked for.
            plan.paths[Int(path)] = "\(operand.path).\(field)"
            let begins = !operand.isAccess
            let operand = try node(operand, path: operand.isAccess ? path : nil)
            return append(.presence(operand, key: key(field), path: path, begins: begins))
        case .index(let operand, let index):
            let begins = !operand.isAccess
            let operand = try node(operand, path: operand.isAccess ? path : nil)
            return append(.index(operand, try node(index), path: path, begins: begins))
        case .name(let name, _):
            return try unknown(
                "undeclared reference to '\(name)'\(suggestion(name))", at: syntax.offset)
        case .literal, .unary, .binary, .logic, .conditional, .call, .list, .map, .comprehension:
            return try node(syntax)
        }
    }

    /// The variable or type a dotted name stands for as a whole. A longer name is asked for before
    /// the shorter ones it begins with, because selections are resolved from the outside.
    private mutating func resolve(_ syntax: Syntax, path: Int32) -> NodeID? {
        guard let (names, isRooted) = syntax.dottedName else { return nil }
        if !isRooted, let local = locals.lastIndex(of: names[0]) {
            return names.count == 1 ? append(.local(Int32(local))) : nil
        }
        let name = names.joined(separator: ".")
        for candidate in environment.candidates(name, isRooted: isRooted) {
            if let slot = environment.slots[candidate] { return append(.slot(slot, path: path)) }
            if let type = TypeName(rawValue: candidate) {
                return constant(.type(type))
            }
        }
        return nil
    }

    private mutating func unknown(
        _ detail: String, at offset: Int
    ) throws(ExpressionError) -> NodeID {
        switch environment.unknownNames {
        case .refuse:
            throw error(detail, at: offset)
        case .fail:
            plan.failures.append(EvaluationError(.unknownName, detail))
            return append(.failure(Int32(plan.failures.count - 1)))
        }
    }

    private func suggestion(_ name: String) -> String {
        let roots = environment.variables.filter { $0 == name || $0.hasPrefix(name + ".") }
        guard roots.isEmpty else { return "; it has: " + roots.joined(separator: ", ") }
        guard !environment.variables.isEmpty else { return "" }
        return "; there are: " + environment.variables.joined(separator: ", ")
    }

    // MARK: Calls

    private mutating func call(
        _ receiver: Syntax?, _ name: String, _ arguments: [Syntax], at offset: Int
    ) throws(ExpressionError) -> NodeID {
        let operands = (receiver.map { [$0] } ?? []) + arguments
        let signature = Signature(name, isMethod: receiver != nil, count: operands.count)
        guard let function = FunctionTable.standard.functions[signature] else {
            return try unknown(FunctionTable.standard.refusal(of: signature), at: offset)
        }
        let first = try children(operands)
        if name == "matches", let pattern = literalPattern(Int(first) + 1) {
            plan.patterns.append(pattern)
            return folded(
                append(
                    .matches(
                        plan.children[Int(first)], pattern: Int32(plan.patterns.count - 1))))
        }
        plan.functions.append(function)
        return folded(
            append(
                .call(
                    function: Int32(plan.functions.count - 1), first: first,
                    count: Int32(operands.count))))
    }

    /// The pattern a constant operand holds. One that does not compile is an error when reached, as
    /// the language has it.
    private func literalPattern(_ child: Int) -> Pattern? {
        guard case .constant(let constant, _) = plan.nodes[Int(plan.children[child])],
            case .string(let source) = plan.constants[Int(constant)]
        else { return nil }
        return try? Pattern(source)
    }

    // MARK: Constants

    /// Replaces a node all of whose operands are constant by its value. A node that errs, or that
    /// costs much, stays as it is.
    private mutating func folded(_ id: NodeID) -> NodeID {
        guard isConstant(id) else { return id }
        var evaluator = Evaluator(plan: Plan.Sealed(plan), slots: [], budget: Limits.foldingBudget)
        guard let value = try? evaluator.value(id) else { return id }
        plan.nodes.removeLast()
        return constant(value, cost: evaluator.meter.cost)
    }

    private func isConstant(_ id: NodeID) -> Bool {
        func are(_ first: Int32, _ count: Int32) -> Bool {
            plan.children[Int(first)..<Int(first + count)].allSatisfy { isLiteral($0) }
        }
        switch plan.nodes[Int(id)] {
        case .unary(_, let operand), .matches(let operand, _): return isLiteral(operand)
        case .binary(_, let left, let right): return isLiteral(left) && isLiteral(right)
        case .call(_, let first, let count), .list(let first, let count),
            .map(let first, let count):
            return are(first, count)
        case .constant, .slot, .local, .select, .presence, .index, .logic, .conditional,
            .comprehension, .failure:
            return false
        }
    }

    private func isLiteral(_ id: NodeID) -> Bool {
        if case .constant = plan.nodes[Int(id)] { true } else { false }
    }
}

extension Syntax {
    /// Whether this is a name or selects from something.
    fileprivate var isAccess: Bool {
        switch kind {
        case .name, .select, .index: true
        case .literal, .presence, .unary, .binary, .logic, .conditional, .call, .list, .map,
            .comprehension:
            false
        }
    }
}
