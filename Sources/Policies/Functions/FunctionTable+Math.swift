/// The `math` extension, but for the operations on bits.
extension FunctionTable {
    mutating func addMath() {
        addVariadic("math.greatest") { (operands, meter) throws(EvaluationError) in
            try Self.extreme("math.greatest", operands, .greater, &meter)
        }
        addVariadic("math.least") { (operands, meter) throws(EvaluationError) in
            try Self.extreme("math.least", operands, .less, &meter)
        }
        addRounding()
        addTests()
        add("math.abs", isMethod: false) { value, _ throws(EvaluationError) in
            switch value {
            case .int(let number):
                guard number != Int64.min else {
                    throw EvaluationError(.range, "the absolute value does not fit 64 bits")
                }
                return .int(abs(number))
            case .uint: return value
            case .double(let number): return .double(number.magnitude)
            case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type,
                .optional, .network:
                throw .noSuchOverload("math.abs", value)
            }
        }
        add("math.sign", isMethod: false) { value, _ throws(EvaluationError) in
            switch value {
            case .int(let number): return .int(number.signum())
            case .uint(let number): return .uint(min(number, 1))
            case .double(let number):
                return .double(number.isNaN ? number : number > 0 ? 1 : number < 0 ? -1 : 0)
            case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type,
                .optional, .network:
                throw .noSuchOverload("math.sign", value)
            }
        }
        add("math.sqrt", isMethod: false) { value, _ throws(EvaluationError) in
            switch value {
            case .int(let number): return .double(Double(number).squareRoot())
            case .uint(let number): return .double(Double(number).squareRoot())
            case .double(let number): return .double(number.squareRoot())
            case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type,
                .optional, .network:
                throw .noSuchOverload("math.sqrt", value)
            }
        }
    }

    private mutating func addRounding() {
        let rules: [(name: String, rule: FloatingPointRoundingRule)] = [
            ("math.ceil", .up), ("math.floor", .down), ("math.trunc", .towardZero),
            // Half goes away from zero.
            ("math.round", .toNearestOrAwayFromZero),
        ]
        for (name, rule) in rules {
            add(name, isMethod: false) { value, _ throws(EvaluationError) in
                guard case .double(let number) = value else { throw .noSuchOverload(name, value) }
                return .double(number.rounded(rule))
            }
        }
    }

    private mutating func addTests() {
        let tests: [(name: String, test: @Sendable (Double) -> Bool)] = [
            ("math.isNaN", { $0.isNaN }), ("math.isInf", { $0.isInfinite }),
            ("math.isFinite", { $0.isFinite }),
        ]
        for (name, test) in tests {
            add(name, isMethod: false) { value, _ throws(EvaluationError) in
                guard case .double(let number) = value else { throw .noSuchOverload(name, value) }
                return .bool(test(number))
            }
        }
    }

    /// The greatest or least of the operands, or of the elements of one list. Of equal numbers of
    /// different kinds the first wins.
    private static func extreme(
        _ function: String, _ operands: [Value], _ wanted: Value.NumberOrder,
        _ meter: inout Meter
    ) throws(EvaluationError) -> Value {
        var numbers = operands
        // More than two operands are defined as a list of them.
        try meter.charge(operands.count > 2 ? 11 : 1)
        if operands.count == 1, case .list(let elements) = operands[0] {
            try meter.charge(tenth(max(0, elements.count - 10)))
            numbers = elements
        }
        guard var winner = numbers.first else {
            throw EvaluationError(.invalidArgument, "\(function) of an empty list")
        }
        for number in numbers {
            guard let order = number.compareNumber(winner) else {
                throw .noSuchOverload(function, number)
            }
            if order == wanted { winner = number }
        }
        return winner
    }
}
