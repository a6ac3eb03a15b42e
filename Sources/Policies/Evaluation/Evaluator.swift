/// What stands in the slot of an input variable.
enum Slot: Sendable {
    case absent
    case value(Value)
    /// A variable of a policy: computed when first asked for.
    case pending(NodeID)
    case computing
    case failed(EvaluationError)
}

/// Evaluates nodes of one plan, paying for each from one meter.
///
/// Errors are thrown and caught within the evaluator, which is how `&&`, `||` and the macros built
/// on them absorb them; an error that `isFinal` is absorbed by nothing.
struct Evaluator {
    let sealed: Plan.Sealed
    var slots: [Slot]
    var meter: Meter
    /// The variables of macros: one frame for each expression being evaluated.
    var locals: [Value]
    /// The names bound to values, in frames of their own.
    var bound: [Slot]
    /// Where the frames of the expression being evaluated begin.
    var localsBase = 0
    private var boundBase = 0
    /// How deep the values nest that are computed because they were asked for.
    private var nesting = 0
    /// Takes down the results of plans made for tracing.
    var recorder: Recorder?

    init(plan: Plan.Sealed, slots: [Slot], budget: Int) {
        sealed = plan
        self.slots = slots
        meter = Meter(budget: budget)
        locals = Array(repeating: .null, count: plan.plan.localCount)
        bound = Array(repeating: .absent, count: plan.plan.boundCount)
    }

    mutating func value(_ id: NodeID) throws(EvaluationError) -> Value {
        switch sealed.plan.nodes[Int(id)] {
        case .constant(let constant, let cost):
            if cost > 0 { try meter.charge(Int(cost)) }
            return sealed.plan.constants[Int(constant)]
        case .local(let local):
            try meter.charge(1)
            return locals[localsBase + Int(local)]
        case .bound(let place):
            try meter.charge(1)
            return try binding(boundBase + Int(place))
        case .bindings(let bindings):
            return try bind(sealed.plan.bindings[Int(bindings)])
        case .slot(let slot, let path):
            try meter.charge(1)
            return try variable(Int(slot), path)
        case .select(let operand, let key, let path, let begins):
            let operand = try value(operand)
            try meter.charge(begins ? 2 : 1)
            return try field(sealed.plan.keys[Int(key)], of: operand, path)
        case .presence(let operand, let key, _, let begins):
            let operand = try value(operand)
            try meter.charge(begins ? 2 : 1)
            return .bool(try isPresent(sealed.plan.keys[Int(key)], in: operand))
        case .index(let operand, let index, let path, let begins):
            let operand = try value(operand)
            let index = try value(index)
            try meter.charge(begins ? 2 : 1)
            return try element(index, of: operand, path)
        case .unary(let kind, let operand):
            return try unary(kind, try value(operand))
        case .binary(let kind, let left, let right):
            let left = try value(left)
            return try binary(kind, left, try value(right))
        case .logic(let kind, let first, let count):
            return try logic(kind, Int(first), Int(count))
        case .conditional(let condition, let then, let otherwise):
            guard case .bool(let holds) = try value(condition) else {
                throw EvaluationError(.noSuchOverload, "the condition before ? is no bool")
            }
            return try value(holds ? then : otherwise)
        case .call(let function, let first, let count):
            return try call(sealed.plan.functions[Int(function)], Int(first), Int(count))
        case .matches(let operand, let pattern):
            let operand = try value(operand)
            guard case .string(let text) = operand else {
                throw .noSuchOverload("matches", operand)
            }
            return .bool(try sealed.plan.patterns[Int(pattern)].matches(text, &meter))
        case .list(let first, let count):
            return try list(Int(first), Int(count))
        case .map(let first, let count):
            return try map(Int(first), Int(count))
        case .comprehension(let comprehension):
            return try fold(sealed.plan.comprehensions[Int(comprehension)])
        case .optional(let node):
            return try optional(node)
        case .failure(let failure):
            throw sealed.plan.failures[Int(failure)]
        case .traced(let step, let site):
            return try traced(step, site)
        }
    }

    // MARK: Variables and fields

    private mutating func variable(_ slot: Int, _ path: Int32) throws(EvaluationError) -> Value {
        switch slots[slot] {
        case .value(let value):
            return value
        case .failed(let error):
            throw error
        case .absent, .computing:
            let path = sealed.plan.paths[Int(path)]
            throw EvaluationError(.missing, "\(path) is not there", missing: path)
        case .pending(let root):
            slots[slot] = .computing
            let bases = (localsBase, boundBase)
            localsBase = locals.count
            boundBase = bound.count
            locals += Array(repeating: .null, count: sealed.plan.localCount)
            bound += Array(repeating: .absent, count: sealed.plan.boundCount)
            defer {
                locals.removeLast(sealed.plan.localCount)
                bound.removeLast(sealed.plan.boundCount)
                (localsBase, boundBase) = bases
            }
            do throws(EvaluationError) {
                let value = try nested(root)
                slots[slot] = .value(value)
                return value
            } catch {
                slots[slot] = .failed(error)
                throw error
            }
        }
    }

    /// Evaluates what was asked for in the middle of something else. How deep that goes altogether
    /// is bounded, because every level takes a part of the stack.
    private mutating func nested(_ root: NodeID) throws(EvaluationError) -> Value {
        let depth = sealed.plan.depths[root] ?? Limits.expressionDepthMaximum
        nesting += depth
        defer { nesting -= depth }
        guard nesting <= Limits.evaluationDepthMaximum else {
            throw EvaluationError(.limit, "names for values depend on each other too deeply")
        }
        return try value(root)
    }

    private mutating func bind(_ bindings: Plan.Bindings) throws(EvaluationError) -> Value {
        // As much as the fold over an empty list that defines it.
        try meter.charge(10 * bindings.entries.count)
        for entry in bindings.entries {
            bound[boundBase + Int(entry.place)] = .pending(entry.root)
        }
        return try value(bindings.body)
    }

    private mutating func binding(_ place: Int) throws(EvaluationError) -> Value {
        switch bound[place] {
        case .value(let value):
            return value
        case .failed(let error):
            throw error
        case .absent, .computing:
            throw EvaluationError(.unknownName, "a name is bound to itself")
        case .pending(let root):
            bound[place] = .computing
            do throws(EvaluationError) {
                let value = try nested(root)
                bound[place] = .value(value)
                return value
            } catch {
                bound[place] = .failed(error)
                throw error
            }
        }
    }

    private func field(
        _ key: FieldName, of operand: Value, _ path: Int32
    ) throws(EvaluationError) -> Value {
        guard case .map(let map) = operand else {
            guard case .optional = operand else { throw noFields(operand) }
            return try optionalField(key, of: operand)
        }
        guard let value = map.value(named: key) else { throw missing(path) }
        return value
    }

    func noFields(_ operand: Value) -> EvaluationError {
        EvaluationError(.noSuchOverload, "a \(operand.typeName.rawValue) has no fields")
    }

    private func missing(_ path: Int32) -> EvaluationError {
        let path = sealed.plan.paths[Int(path)]
        return EvaluationError(.missing, "\(path) is not there", missing: path)
    }

    private func element(
        _ index: Value, of operand: Value, _ path: Int32
    ) throws(EvaluationError) -> Value {
        switch operand {
        case .map(let map):
            guard let value = map.value(for: index) else { throw missing(path) }
            return value
        case .list(let elements):
            let position = try Self.position(index)
            guard let position, elements.indices.contains(position) else {
                throw EvaluationError(
                    .range, "index \(index.summary) in a list of \(elements.count)")
            }
            return elements[position]
        case .optional:
            return try optionalElement(index, of: operand)
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .network:
            throw .noSuchOverload("_[_]", operand, index)
        }
    }

    /// The place a list index means; nil for one that no list is long enough for.
    static func position(_ index: Value) throws(EvaluationError) -> Int? {
        switch index.normalizedKey {
        case .int(let value): return Int(exactly: value)
        case .uint(let value): return Int(exactly: value)
        case .null, .bool, .double, .string, .bytes, .list, .map, .timestamp, .duration, .type,
            .optional, .network, nil:
            throw EvaluationError(
                .invalidArgument, "a list index is a whole number, not \(index.summary)")
        }
    }

    // MARK: Literals and calls

    private mutating func list(_ first: Int, _ count: Int) throws(EvaluationError) -> Value {
        try meter.charge(10)
        var elements: [Value] = []
        elements.reserveCapacity(count)
        for child in first..<first + count {
            elements.append(try value(sealed.plan.children[child]))
        }
        return .list(elements)
    }

    private mutating func map(_ first: Int, _ count: Int) throws(EvaluationError) -> Value {
        try meter.charge(30)
        var keys: [Value] = []
        var values: [Value] = []
        for child in stride(from: first, to: first + count, by: 2) {
            keys.append(try value(sealed.plan.children[child]))
            values.append(try value(sealed.plan.children[child + 1]))
        }
        return .map(try makeMap(keys, values))
    }

    /// A map as the profile has it: in the order given, or in the order of the keys.
    func makeMap(_ keys: [Value], _ values: [Value]) throws(EvaluationError) -> MapValue {
        let map = try MapValue.make(keys: keys, values: values)
        return sealed.plan.profile == .contract ? map.sorted : map
    }

    private mutating func call(
        _ function: Function, _ first: Int, _ count: Int
    ) throws(EvaluationError) -> Value {
        switch function.body {
        case .one(let body):
            let operand = try value(sealed.plan.children[first])
            if function.isFlat { try meter.charge(1) }
            return try body(operand, &meter)
        case .two(let body):
            let left = try value(sealed.plan.children[first])
            let right = try value(sealed.plan.children[first + 1])
            if function.isFlat { try meter.charge(1) }
            return try body(left, right, &meter)
        case .zoned(let body):
            let time = try value(sealed.plan.children[first])
            let zone = try value(sealed.plan.children[first + 1])
            try meter.charge(1)
            return try body(time, zone, sealed.plan, &meter)
        case .any(let body):
            var operands: [Value] = []
            for child in first..<first + count {
                operands.append(try value(sealed.plan.children[child]))
            }
            if function.isFlat { try meter.charge(1) }
            return try body(operands, &meter)
        }
    }
}
