/// Turns syntax into plan nodes: names become slots, constant parts become constants.
struct Planner {
    let environment: Environment
    /// Whether every step leaves a mark in the plan by which its results can be recorded.
    private let isTracing: Bool
    private(set) var plan: Plan
    /// The type of the expression added last; nil without declared types.
    private(set) var type: CheckedType?
    /// The dotted name that the expression added last is; nil when it is more than a name.
    private(set) var dottedName: String?
    /// The first constant time zone of the expression added last that nobody knows.
    private(set) var unknownZone: ExpressionError?
    private var source: [UInt8] = []
    /// The variables and bound names in sight, the innermost last, with the nodes that read them.
    private var locals: [(name: String, node: Node)] = []
    /// Places given out in the frame of this expression. None is used twice, because a bound value
    /// is computed wherever it is first asked for.
    private var localCount: Int32 = 0
    private var boundCount: Int32 = 0

    init(_ environment: Environment, extending plan: Plan = Plan(), isTracing: Bool = false) {
        self.environment = environment
        self.isTracing = isTracing
        self.plan = plan
        self.plan.zoneTable = environment.zones
        self.plan.profile = environment.profile
    }

    /// Adds an expression and answers its root.
    /// - Parameter wanted: refuses an expression whose type is known and another.
    mutating func add(
        _ source: String, expecting wanted: CheckedType? = nil
    ) throws(ExpressionError) -> NodeID {
        self.source = Array(source.utf8)
        unknownZone = nil
        locals = []
        localCount = 0
        boundCount = 0
        let syntax = try Parser.parse(
            self.source, expandsMacros: environment.expandsMacros, profile: environment.profile)
        if let declarations = environment.declarations {
            type = try Checker.check(syntax, environment, declarations, self.source)
        }
        if let type, let wanted, type != .dyn, type != wanted {
            throw error("the expression has to be \(wanted), not \(type)", at: syntax.offset)
        }
        dottedName = syntax.dotted?.text
        let root = try node(syntax)
        plan.depths[root] = syntax.depth
        plan.localCount = max(plan.localCount, Int(localCount))
        plan.boundCount = max(plan.boundCount, Int(boundCount))
        return root
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
        let id = try step(syntax, path: known)
        // Of a chain of selections the whole is recorded; a constant is known beforehand.
        guard isTracing, known == nil, !isLiteral(id) else { return id }
        plan.sites.append(syntax)
        return append(.traced(id, site: Int32(plan.sites.count - 1)))
    }

    private mutating func step(
        _ syntax: Syntax, path known: Int32?
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
        case .call(let receiver, let name, let arguments, let isRooted):
            return try call(receiver, name, arguments, isRooted: isRooted, at: syntax.offset)
        case .list(let elements, let optionals):
            let first = try children(elements)
            return literal(first, elements.count, optionals, isMap: false)
        case .map(let entries, let optionals):
            let first = try children(entries.flatMap { [$0.key, $0.value] })
            return literal(first, entries.count * 2, optionals, isMap: true)
        case .comprehension(let comprehension):
            return try node(comprehension)
        case .optionalSelect(let operand, let field):
            let operand = try node(operand)
            return append(.optional(.select(operand, key: key(field))))
        case .optionalIndex(let operand, let index):
            let begins = !operand.isAccess
            let operand = try node(operand)
            return append(.optional(.index(operand, try node(index), begins: begins)))
        case .optionalMap(let operand, let variable, let transform, let isFlat):
            let operand = try node(operand)
            let local = declare([variable])
            defer { locals.removeLast() }
            let map = Plan.OptionalMap(
                operand: operand, transform: try node(transform), local: local, isFlat: isFlat)
            plan.optionalMaps.append(map)
            return append(.optional(.transform(Int32(plan.optionalMaps.count - 1))))
        case .bindings(let bindings, let body):
            return try node(bindings, body)
        }
    }

    private mutating func literal(
        _ first: Int32, _ count: Int, _ optionals: Set<Int>, isMap: Bool
    ) -> NodeID {
        let count = Int32(count)
        guard !optionals.isEmpty else {
            return folded(
                append(isMap ? .map(first: first, count: count) : .list(first: first, count: count))
            )
        }
        plan.optionals.append(optionals)
        let marks = Int32(plan.optionals.count - 1)
        return append(
            isMap
                ? .optional(.map(first: first, count: count, optionals: marks))
                : .optional(.list(first: first, count: count, optionals: marks)))
    }

    /// Puts variables of a macro in sight and answers the place of the first.
    private mutating func declare(_ names: [String]) -> Int32 {
        let first = localCount
        for name in names {
            locals.append((name, .local(localCount)))
            localCount += 1
        }
        return first
    }

    private mutating func node(
        _ bindings: [(name: String, value: Syntax)], _ body: Syntax
    ) throws(ExpressionError) -> NodeID {
        var entries: [(place: Int32, root: NodeID)] = []
        defer { locals.removeLast(entries.count) }
        for binding in bindings {
            let root = try node(binding.value)
            plan.depths[root] = binding.value.depth
            entries.append((boundCount, root))
            locals.append((binding.name, .bound(boundCount)))
            boundCount += 1
        }
        plan.bindings.append(Plan.Bindings(entries: entries, body: try node(body)))
        return append(.bindings(Int32(plan.bindings.count - 1)))
    }

    private mutating func node(
        _ syntax: Syntax.Comprehension
    ) throws(ExpressionError) -> NodeID {
        let range = try node(syntax.range)
        let names = [syntax.variable] + (syntax.secondVariable.map { [$0] } ?? [])
        let local = declare(names)
        defer { locals.removeLast(names.count) }
        var predicate: NodeID?
        if let part = syntax.predicate { predicate = try node(part) }
        var transform: NodeID?
        if let part = syntax.transform { transform = try node(part) }
        plan.comprehensions.append(
            Plan.Comprehension(
                kind: syntax.kind, range: range, predicate: predicate, transform: transform,
                local: local, isPaired: names.count == 2))
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
                "undeclared reference to '\(name)'\(environment.suggestion(name))",
                at: syntax.offset)
        case .literal, .unary, .binary, .logic, .conditional, .call, .list, .map, .comprehension,
            .optionalSelect, .optionalIndex, .optionalMap, .bindings:
            return try node(syntax)
        }
    }

    /// The variable or type a dotted name stands for as a whole. A longer name is asked for before
    /// the shorter ones it begins with, because selections are resolved from the outside.
    private mutating func resolve(_ syntax: Syntax, path: Int32) -> NodeID? {
        guard let name = syntax.dotted else { return nil }
        if !name.isRooted, let local = locals.last(where: { $0.name == name.root }) {
            return name.count == 1 ? append(local.node) : nil
        }
        return environment.firstCandidate(name.text, isRooted: name.isRooted) { candidate in
            if let slot = environment.slots[candidate] { return append(.slot(slot, path: path)) }
            return TypeName.named[candidate].map { constant(.type($0)) }
        }
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

    // MARK: Calls

    private mutating func call(
        _ receiver: Syntax?, _ name: String, _ arguments: [Syntax], isRooted: Bool, at offset: Int
    ) throws(ExpressionError) -> NodeID {
        let table = FunctionTable.standard
        var operands = arguments
        var signature = Signature(name, isMethod: false, count: arguments.count)
        if let qualified = qualifiedFunction(receiver, name, isRooted: isRooted) {
            signature = Signature(qualified, isMethod: false, count: arguments.count)
        } else if let receiver {
            operands.insert(receiver, at: 0)
            signature = Signature(name, isMethod: true, count: operands.count)
        }
        if signature.isMethod, operands.count == 2, name == "or" || name == "orValue" {
            let left = try node(operands[0])
            return append(
                .optional(
                    .alternative(left, try node(operands[1]), unwraps: name == "orValue")))
        }
        guard let function = table.function(signature) else {
            return try unknown(table.refusal(of: signature), at: offset)
        }
        let first = try children(operands)
        if name == "matches", let pattern = literalPattern(Int(first) + 1) {
            plan.patterns.append(pattern)
            return folded(
                append(
                    .matches(
                        plan.children[Int(first)], pattern: Int32(plan.patterns.count - 1))))
        }
        if case .zoned = function.body { addZone(Int(first) + 1, at: operands[1].offset) }
        plan.functions.append(function)
        return folded(
            append(
                .call(
                    function: Int32(plan.functions.count - 1), first: first,
                    count: Int32(operands.count))))
    }

    /// The function of a namespace that a call means, such as `math.abs`; nil for any other call.
    private func qualifiedFunction(
        _ receiver: Syntax?, _ name: String, isRooted: Bool
    ) -> String? {
        var full = DottedName(name, isRooted: isRooted)
        if let receiver {
            guard let path = receiver.dotted,
                path.isRooted || !locals.contains(where: { $0.name == path.root })
            else { return nil }
            full = path.selecting(name)
        }
        return environment.firstCandidate(full.text, isRooted: full.isRooted) { candidate in
            FunctionTable.standard.isGlobal(candidate) ? candidate : nil
        }
    }

    /// Reads the rules of a zone named by a constant, once for all evaluations.
    private mutating func addZone(_ child: Int, at offset: Int) {
        guard case .constant(let constant, _) = plan.nodes[Int(plan.children[child])],
            case .string(let name) = plan.constants[Int(constant)], plan.zones[name] == nil,
            !FunctionTable.isFixedZone(name)
        else { return }
        plan.zones[name] = plan.zoneTable.rules(name)
        if plan.zones[name] == nil, unknownZone == nil {
            unknownZone = error(
                "no rules of the time zone \(Value.string(name).summary) are known here; install "
                    + "the system's zone data (tzdata), or write UTC or an offset such as +05:30",
                at: offset)
        }
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
            .comprehension, .failure, .bound, .bindings, .optional, .traced:
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
        case .name, .select, .index, .optionalSelect, .optionalIndex: true
        case .literal, .presence, .unary, .binary, .logic, .conditional, .call, .list, .map,
            .comprehension, .optionalMap, .bindings:
            false
        }
    }
}
