/// Values that may be absent.
extension Evaluator {
    mutating func optional(_ node: OptionalNode) throws(EvaluationError) -> Value {
        switch node {
        case .list(let first, let count, let optionals):
            return try sparseList(Int(first), Int(count), sealed.plan.optionals[Int(optionals)])
        case .map(let first, let count, let optionals):
            return try sparseMap(Int(first), Int(count), sealed.plan.optionals[Int(optionals)])
        case .select(let operand, let key):
            let operand = try value(operand)
            try meter.charge(1)
            return try optionalField(sealed.plan.keys[Int(key)], of: operand)
        case .index(let operand, let index, let begins):
            let operand = try value(operand)
            let index = try value(index)
            try meter.charge(begins ? 2 : 1)
            return try optionalElement(index, of: operand)
        case .alternative(let left, let right, let unwraps):
            return try alternative(left, right, unwraps: unwraps)
        case .transform(let map):
            return try optionalMap(sealed.plan.optionalMaps[Int(map)])
        }
    }

    /// Whether there is a field; in an optional without a value there is none.
    func isPresent(_ key: FieldName, in operand: Value) throws(EvaluationError) -> Bool {
        switch operand {
        case .map(let map):
            return map.value(named: key) != nil
        case .optional(let optional):
            guard let inner = optional.value else { return false }
            return try isPresent(key, in: inner)
        case .null, .bool, .int, .uint, .double, .string, .bytes, .list, .timestamp, .duration,
            .type, .network:
            throw noFields(operand)
        }
    }

    /// `operand.?field`, and any selection from an optional.
    func optionalField(
        _ key: FieldName, of operand: Value
    ) throws(EvaluationError) -> Value {
        guard let inner = unwrapped(operand) else { return operand }
        guard case .map(let map) = inner else { throw noFields(inner) }
        return .optional(map.value(named: key).map { OptionalValue($0) } ?? .none)
    }

    /// `operand[?index]`, and any index into an optional.
    func optionalElement(
        _ index: Value, of operand: Value
    ) throws(EvaluationError) -> Value {
        guard let inner = unwrapped(operand) else { return operand }
        switch inner {
        case .map(let map):
            guard index.isKey || index.normalizedKey != nil || index.compareNumber(0) != nil else {
                throw .noSuchOverload("_[?_]", inner, index)
            }
            return .optional(map.value(for: index).map { OptionalValue($0) } ?? .none)
        case .list(let elements):
            guard let position = try Self.position(index), elements.indices.contains(position)
            else { return .optional(.none) }
            return .optional(OptionalValue(elements[position]))
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .optional, .network:
            throw .noSuchOverload("_[?_]", inner, index)
        }
    }

    /// What an optional holds, or the operand itself; nil for an optional without a value.
    private func unwrapped(_ operand: Value) -> Value? {
        guard case .optional(let optional) = operand else { return operand }
        return optional.value
    }

    private mutating func alternative(
        _ left: NodeID, _ right: NodeID, unwraps: Bool
    ) throws(EvaluationError) -> Value {
        let name = unwraps ? "orValue" : "or"
        let first = try value(left)
        guard case .optional(let optional) = first else { throw .noSuchOverload(name, first) }
        if let inner = optional.value { return unwraps ? inner : first }
        let second = try value(right)
        if !unwraps {
            guard case .optional = second else { throw .noSuchOverload(name, first, second) }
        }
        return second
    }

    private mutating func optionalMap(_ map: Plan.OptionalMap) throws(EvaluationError) -> Value {
        let operand = try value(map.operand)
        guard case .optional(let optional) = operand else {
            throw .noSuchOverload(map.isFlat ? "optFlatMap" : "optMap", operand)
        }
        try meter.charge(1)
        guard let inner = optional.value else { return operand }
        // The value is taken out and bound to the name, and what comes of it is wrapped again.
        try meter.charge(map.isFlat ? 11 : 12)
        locals[localsBase + Int(map.local)] = inner
        let result = try value(map.transform)
        guard map.isFlat else { return .optional(OptionalValue(result)) }
        guard case .optional = result else { throw .noSuchOverload("optFlatMap", operand, result) }
        return result
    }

    // MARK: Literals

    private mutating func sparseList(
        _ first: Int, _ count: Int, _ optionals: Set<Int>
    ) throws(EvaluationError) -> Value {
        try meter.charge(10)
        var elements: [Value] = []
        for place in 0..<count {
            let element = try value(sealed.plan.children[first + place])
            if !optionals.contains(place) {
                elements.append(element)
            } else if let element = try Self.optional(element).value {
                elements.append(element)
            }
        }
        return .list(elements)
    }

    private mutating func sparseMap(
        _ first: Int, _ count: Int, _ optionals: Set<Int>
    ) throws(EvaluationError) -> Value {
        try meter.charge(30)
        var keys: [Value] = []
        var values: [Value] = []
        for place in 0..<count / 2 {
            let key = try value(sealed.plan.children[first + place * 2])
            var element = try value(sealed.plan.children[first + place * 2 + 1])
            if optionals.contains(place) {
                guard let inner = try Self.optional(element).value else { continue }
                element = inner
            }
            keys.append(key)
            values.append(element)
        }
        return .map(try makeMap(keys, values))
    }

    private static func optional(_ value: Value) throws(EvaluationError) -> OptionalValue {
        guard case .optional(let optional) = value else {
            throw EvaluationError(
                .noSuchOverload, "an entry marked ? is an optional, not \(value.typeName.rawValue)")
        }
        return optional
    }
}
