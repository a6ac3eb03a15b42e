/// Comprehensions, run as loops. Their costs are those of the folds the language defines them by:
/// what the accumulator's reading, joining and testing would cost stands beside each charge.
extension Evaluator {
    /// What a comprehension visits.
    private struct Range {
        /// The keys of a map beside its values; nil for a list, whose keys are its indexes.
        let keys: [Value]?
        let elements: [Value]
    }

    mutating func fold(_ comprehension: Plan.Comprehension) throws(EvaluationError) -> Value {
        let range: Range
        let operand = try value(comprehension.range)
        switch operand {
        case .list(let elements):
            range = Range(keys: nil, elements: elements)
        case .map(let map):
            range = Range(
                keys: map.keys, elements: comprehension.isPaired ? map.values : map.keys)
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .optional, .network:
            throw EvaluationError(
                .noSuchOverload, "a \(operand.typeName.rawValue) has no elements to visit")
        }
        switch comprehension.kind {
        case .all: return try quantify(comprehension, range, stopsAt: false)
        case .exists: return try quantify(comprehension, range, stopsAt: true)
        case .existsOne: return try existsOne(comprehension, range)
        case .map, .filter: return try collect(comprehension, range)
        case .transformMap, .transformMapEntry: return try collectMap(comprehension, range)
        }
    }

    /// Whether the predicate holds for the element; an error if it is no bool.
    private mutating func holds(
        _ comprehension: Plan.Comprehension, _ range: Range, _ position: Int
    ) throws(EvaluationError) -> Bool {
        let local = localsBase + Int(comprehension.local)
        if comprehension.isPaired {
            locals[local] = range.keys?[position] ?? .int(Int64(position))
            locals[local + 1] = range.elements[position]
        } else {
            locals[local] = range.elements[position]
        }
        guard let predicate = comprehension.predicate else { return true }
        let answer = try value(predicate)
        guard case .bool(let holds) = answer else {
            throw EvaluationError(
                .noSuchOverload, "the predicate gives a \(answer.typeName.rawValue), not a bool")
        }
        return holds
    }

    /// `all` and `exists`: the deciding element wins over errors before it.
    private mutating func quantify(
        _ comprehension: Plan.Comprehension, _ range: Range, stopsAt deciding: Bool
    ) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        // Testing the accumulator takes a read, a call and, for `exists`, a negation.
        let testCost = deciding ? 3 : 2
        for position in range.elements.indices {
            try meter.charge(testCost + 1)
            do throws(EvaluationError) {
                if try holds(comprehension, range, position) == deciding {
                    try meter.charge(position == range.elements.count - 1 ? 1 : testCost + 1)
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
        _ comprehension: Plan.Comprehension, _ range: Range
    ) throws(EvaluationError) -> Value {
        var count = 0
        for position in range.elements.indices {
            guard try holds(comprehension, range, position) else { continue }
            // The accumulator is read and increased.
            try meter.charge(2)
            count += 1
        }
        // The accumulator is read and compared.
        try meter.charge(2)
        return .bool(count == 1)
    }

    private mutating func collect(
        _ comprehension: Plan.Comprehension, _ range: Range
    ) throws(EvaluationError) -> Value {
        var result: [Value] = []
        // The empty list the accumulator begins with, and its last reading.
        try meter.charge(11)
        for position in range.elements.indices {
            guard try holds(comprehension, range, position) else { continue }
            // The accumulator is read, a list of one is made and joined to it.
            try meter.charge(12)
            if let transform = comprehension.transform {
                result.append(try value(transform))
            } else {
                try meter.charge(1)
                result.append(range.elements[position])
            }
        }
        return .list(result)
    }

    private mutating func collectMap(
        _ comprehension: Plan.Comprehension, _ range: Range
    ) throws(EvaluationError) -> Value {
        var keys: [Value] = []
        var values: [Value] = []
        // The empty map the accumulator begins with, and its last reading.
        try meter.charge(31)
        for position in range.elements.indices {
            guard try holds(comprehension, range, position), let transform = comprehension.transform
            else { continue }
            // The accumulator is read and extended.
            try meter.charge(2)
            let transformed = try value(transform)
            if comprehension.kind == .transformMap {
                // The key is read.
                try meter.charge(1)
                keys.append(locals[localsBase + Int(comprehension.local)])
                values.append(transformed)
            } else {
                guard case .map(let entries) = transformed else {
                    throw EvaluationError(
                        .noSuchOverload,
                        "the entry is a \(transformed.typeName.rawValue), not a map")
                }
                try meter.charge(tenthOf: entries.count)
                keys += entries.keys
                values += entries.values
            }
            guard keys.count <= Limits.elementCountMaximum else {
                throw EvaluationError(.limit, "a map may hold \(Limits.elementCountMaximum)")
            }
        }
        return .map(try makeMap(keys, values))
    }
}
