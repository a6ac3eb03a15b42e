/// Finds the type of an expression, or why it can have none, from the declared types of variables.
struct Checker {
    let environment: Environment
    let declarations: Environment.Declarations
    let source: [UInt8]
    var types = Substitution()
    /// The variables of macros and bound names in sight, the innermost last.
    var locals: [(name: String, type: CheckedType)] = []

    /// The type of a whole expression, with `dyn` for what stays open.
    static func check(
        _ syntax: Syntax, _ environment: Environment, _ declarations: Environment.Declarations,
        _ source: [UInt8]
    ) throws(ExpressionError) -> CheckedType {
        var checker = Checker(
            environment: environment, declarations: declarations, source: source)
        let type = try checker.infer(syntax)
        let result = checker.types.resolved(type, closing: true)
        guard !checker.types.isExhausted else {
            throw checker.error("the types are too complex to be checked", at: syntax.offset)
        }
        return result
    }

    func error(_ detail: String, at offset: Int) -> ExpressionError {
        ExpressionError(detail, at: offset, in: source)
    }

    mutating func infer(_ syntax: Syntax) throws(ExpressionError) -> CheckedType {
        let type = try inferred(syntax)
        if environment.profile == .contract { try refuseUnpinned(syntax, types.resolved(type)) }
        return type
    }

    private mutating func inferred(_ syntax: Syntax) throws(ExpressionError) -> CheckedType {
        switch syntax.kind {
        case .literal(let value):
            return CheckedType(value.typeName)
        case .name(let name, _):
            guard let type = named(syntax) else {
                throw error(
                    "undeclared reference to '\(name)'"
                        + environment.suggestion(name, locals.map(\.name)),
                    at: syntax.offset)
            }
            return type
        case .select(let operand, let field):
            if let type = named(syntax) { return type }
            return try self.field(field, of: operand, at: syntax.offset)
        case .presence(let operand, let field):
            _ = try self.field(field, of: operand, at: syntax.offset, .presence)
            return .bool
        case .index(let operand, let index):
            return try call("_[_]", [operand, index], at: syntax.offset)
        case .optionalIndex(let operand, let index):
            return try call("_[?_]", [operand, index], at: syntax.offset)
        case .optionalSelect(let operand, let field):
            let type = try self.field(field, of: operand, at: syntax.offset, .presence)
            return type.optionalInner == nil ? .optional(type) : type
        case .unary(let kind, let operand):
            return try call(kind == .not ? "!_" : "-_", [operand], at: syntax.offset)
        case .binary(let kind, let left, let right):
            return try call(kind.rawValue, [left, right], at: syntax.offset)
        case .logic(let kind, let operands):
            for operand in operands {
                try expect(.bool, operand, "an operand of \(kind == .or ? "||" : "&&")")
            }
            return .bool
        case .conditional(let condition, let then, let otherwise):
            return try call("_?_:_", [condition, then, otherwise], at: syntax.offset)
        case .call(let receiver, let name, let arguments, let isRooted):
            return try call(
                receiver, name, arguments, isRooted: isRooted, at: syntax.offset)
        case .list(let elements, let optionals):
            return try list(elements, optionals)
        case .map(let entries, let optionals):
            return try map(entries, optionals)
        case .comprehension(let comprehension):
            return try infer(comprehension)
        case .optionalMap(let operand, let variable, let transform, let isFlat):
            return try optionalMap(operand, variable, transform, isFlat)
        case .bindings(let bindings, let body):
            for binding in bindings { declare(binding.name, try infer(binding.value)) }
            defer { locals.removeLast(bindings.count) }
            return try infer(body)
        }
    }

    /// Puts a name in sight. A type made of very many parts is taken as unknown: names make it easy
    /// to write types that double in size with every line.
    mutating func declare(_ name: String, _ type: CheckedType) {
        var type = types.resolved(type)
        var count = Limits.checkedTypePartCountMaximum
        if !type.isSmall(&count, depth: Limits.expressionDepthMaximum) { type = .dyn }
        locals.append((name, type))
    }

    mutating func expect(
        _ wanted: CheckedType, _ syntax: Syntax, _ role: String
    ) throws(ExpressionError) {

        let type = try infer(syntax)
        guard types.assign([wanted], [type]) else {
            throw error(
                "\(role) is \(wanted), not \(types.resolved(type))", at: syntax.offset)
        }
    }

    // MARK: Names

    /// The type of the variable or type name that a dotted name stands for as a whole.
    private func named(_ syntax: Syntax) -> CheckedType? {
        guard let name = syntax.dotted else { return nil }
        if !name.isRooted, let local = locals.last(where: { $0.name == name.root }) {
            return name.count == 1 ? local.type : nil
        }
        return environment.firstCandidate(name.text, isRooted: name.isRooted) { candidate in
            if let fact = declarations.facts[candidate] { return fact }
            if let slot = environment.slots[candidate] {
                return declarations.types[Int(slot)]
            }
            return TypeName.named[candidate].map { .type(CheckedType($0)) }
        }
    }

    /// Whether a name means what was declared, not a variable of a macro.
    func isInput(_ name: DottedName) -> Bool {
        name.isRooted || !locals.contains { $0.name == name.root }
    }

    // MARK: Literals

    private mutating func list(
        _ elements: [Syntax], _ optionals: Set<Int>
    ) throws(ExpressionError) -> CheckedType {
        var joined: CheckedType?
        for (place, element) in elements.enumerated() {
            var type = try infer(element)
            if optionals.contains(place) { type = try unwrapped(type, at: element.offset) }
            joined = types.joined(joined, type)
        }
        return .list(joined ?? types.fresh())
    }

    private mutating func map(
        _ entries: [(key: Syntax, value: Syntax)], _ optionals: Set<Int>
    ) throws(ExpressionError) -> CheckedType {
        var keys: CheckedType?
        var values: CheckedType?
        for (place, entry) in entries.enumerated() {
            keys = types.joined(keys, try infer(entry.key))
            var type = try infer(entry.value)
            if optionals.contains(place) { type = try unwrapped(type, at: entry.value.offset) }
            values = types.joined(values, type)
        }
        return .map(keys ?? types.fresh(), values ?? types.fresh())
    }

    private mutating func unwrapped(
        _ type: CheckedType, at offset: Int
    ) throws(ExpressionError) -> CheckedType {
        let type = types.resolved(type)
        if let inner = type.optionalInner { return inner }
        guard type == .dyn else {
            throw error("an entry marked ? is an optional, not \(type)", at: offset)
        }
        return .dyn
    }
}
