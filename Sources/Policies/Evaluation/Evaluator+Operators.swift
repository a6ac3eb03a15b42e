/// Operators.
extension Evaluator {
    /// `&&` and `||`: the deciding value wins over any error beside it; evaluation stops at it.
    mutating func logic(
        _ kind: LogicOperator, _ first: Int, _ count: Int
    ) throws(EvaluationError) -> Value {
        let deciding = kind == .or
        var failure: EvaluationError?
        for child in first..<first + count {
            do throws(EvaluationError) {
                let operand = try value(sealed.plan.children[child])
                guard case .bool(let holds) = operand else {
                    throw .noSuchOverload(kind == .or ? "_||_" : "_&&_", operand)
                }
                if holds == deciding { return .bool(deciding) }
            } catch {
                if error.isFinal { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!deciding)
    }

    mutating func unary(
        _ kind: UnaryOperator, _ operand: Value
    ) throws(EvaluationError) -> Value {
        try meter.charge(1)
        switch kind {
        case .negate:
            return try Value.negate(operand)
        case .not:
            guard case .bool(let holds) = operand else {
                throw .noSuchOverload("!_", operand)
            }
            return .bool(!holds)
        }
    }

    mutating func binary(
        _ kind: BinaryOperator, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        switch kind {
        case .add:
            return try Value.add(left, right, &meter)
        case .subtract:
            try meter.charge(1)
            return try Value.subtract(left, right)
        case .multiply:
            try meter.charge(1)
            return try Value.multiply(left, right)
        case .divide:
            try meter.charge(1)
            return try Value.divide(left, right)
        case .remainder:
            try meter.charge(1)
            return try Value.remainder(left, right)
        case .equal, .notEqual:
            try meter.charge(tenthOf: min(left.costSize, right.costSize))
            return .bool(try left.isEqual(right, &meter) == (kind == .equal))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            try meter.charge(tenthOf: min(left.costSize, right.costSize))
            guard let order = left.compare(right) else {
                throw .noSuchOverload(kind.rawValue, left, right)
            }
            return .bool(holds(kind, order))
        case .isIn:
            return .bool(try contains(right, left))
        }
    }

    private func holds(_ kind: BinaryOperator, _ order: Value.NumberOrder) -> Bool {
        switch kind {
        case .less: order == .less
        case .lessOrEqual: order == .less || order == .equal
        case .greater: order == .greater
        case .greaterOrEqual: order == .greater || order == .equal
        case .add, .subtract, .multiply, .divide, .remainder, .equal, .notEqual, .isIn: false
        }
    }

    private mutating func contains(
        _ container: Value, _ value: Value
    ) throws(EvaluationError) -> Bool {
        switch container {
        case .list(let elements):
            try meter.charge(elements.count)
            for element in elements where try value.isEqual(element, &meter) { return true }
            return false
        case .map(let map):
            try meter.charge(1)
            return map.value(for: value) != nil
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .optional, .network:
            throw .noSuchOverload("_in_", value, container)
        }
    }
}
