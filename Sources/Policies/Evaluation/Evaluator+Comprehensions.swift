/// Comprehensions, run as loops. Their costs are those of the folds the language defines them by:
/// what the accumulator's reading, joining and testing would cost stands beside each charge.
extension Evaluator {
    mutating func fold(_ comprehension: Plan.Comprehension) throws(EvaluationError) -> Value {
        let range: [Value]
        let operand = try value(comprehension.range)
        switch operand {
        case .list(let elements): range = elements
        case .map(let map): range = map.keys
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type:
            throw EvaluationError(
                .noSuchOverload, "a \(operand.typeName.rawValue) has no elements to visit")
        }
        let depth = locals.count
        defer { locals.removeLast(locals.count - depth) }
        locals.append(.null)
        switch comprehension.kind {
        case .all: return try quantify(comprehension, range, stopsAt: false)
        case .exists: return try quantify(comprehension, range, stopsAt: true)
        case .existsOne: return try existsOne(comprehension, range)
        case .map, .filter: return try collect(comprehension, range)
        }
    }

    /// Whether the predicate holds for the element; an error if it is no bool.
    private mutating func holds(
        _ predicate: NodeID?, _ element: Value
    ) throws(EvaluationError) -> Bool {
        locals[locals.count - 1] = element
        guard let predicate else { return true }
        let answer = try value(predicate)
        guard case .bool(let holds) = answer else {
            throw EvaluationError(
                .noSuchOverload, "the predicate gives a \(answer.typeName.rawValue), not a bool")
        }
        return holds
    }

    /// `all` and `exists`: the deciding element wins over errors before it.
    private mutating func quantify(
        _ comprehension: Plan.Comprehension, _ range: [Value], stopsAt deciding: Bool
    ) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        // Testing the accumulator takes a read, a call and, for `exists`, a negation.
        let testCost = deciding ? 3 : 2
        for (position, element) in range.enumerated() {
            try meter.charge(testCost + 1)
            do throws(EvaluationError) {
                if try holds(comprehension.predicate, element) == deciding {
                    try meter.charge(position == range.count - 1 ? 1 : testCost + 1)
                    return .bool(deciding)
                }
            } catch {
                if error.isFinal { throw error }
                failure = failure ?? error
            }
        }
        try meter.charge(1)
        if let failure { throw failure }
        return .bool(!deciding)
    }

    private mutating func existsOne(
        _ comprehension: Plan.Comprehension, _ range: [Value]
    ) throws(EvaluationError) -> Value {
        var count = 0
        for element in range where try holds(comprehension.predicate, element) {
            // The accumulator is read and increased.
            try meter.charge(2)
            count += 1
        }
        // The accumulator is read and compared.
        try meter.charge(2)
        return .bool(count == 1)
    }

    private mutating func collect(
        _ comprehension: Plan.Comprehension, _ range: [Value]
    ) throws(EvaluationError) -> Value {
        var result: [Value] = []
        // The empty list the accumulator begins with, and its last reading.
        try meter.charge(11)
        for element in range where try holds(comprehension.predicate, element) {
            // The accumulator is read, a list of one is made and joined to it.
            try meter.charge(12)
            if let transform = comprehension.transform {
                result.append(try value(transform))
            } else {
                try meter.charge(1)
                result.append(element)
            }
        }
        return .list(result)
    }
}
