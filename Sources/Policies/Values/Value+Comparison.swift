/// Equality and order between any two values, as the language defines them.
extension Value {
    /// Whether two values are equal. Never an error: values of different kinds are unequal, numbers
    /// of different kinds are compared on one number line, and NaN equals nothing.
    ///
    /// `meter` pays one unit for every ten elements of inner lists and maps; the caller pays for
    /// the outermost ones.
    func isEqual(_ other: Value, _ meter: inout Meter) throws(EvaluationError) -> Bool {
        var visited = 0
        return try isEqual(other, &meter, &visited, depth: 0)
    }

    private func isEqual(
        _ other: Value, _ meter: inout Meter, _ visited: inout Int, depth: Int
    ) throws(EvaluationError) -> Bool {
        switch (self, other) {
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)): return left == right
        case (.bytes(let left), .bytes(let right)): return left == right
        case (.timestamp(let left), .timestamp(let right)): return left == right
        case (.duration(let left), .duration(let right)): return left == right
        case (.type(let left), .type(let right)): return left == right
        case (.network(let left), .network(let right)): return left == right
        case (.optional(let left), .optional(let right)):
            guard let left = left.value, let right = right.value else {
                return left.value == nil && right.value == nil
            }
            try Value.visit(&meter, &visited, depth)
            return try left.isEqual(right, &meter, &visited, depth: depth + 1)
        case (.list(let left), .list(let right)):
            guard left.count == right.count else { return false }
            for (left, right) in zip(left, right) {
                try Value.visit(&meter, &visited, depth)
                guard try left.isEqual(right, &meter, &visited, depth: depth + 1) else {
                    return false
                }
            }
            return true
        case (.map(let left), .map(let right)):
            guard left.count == right.count else { return false }
            for (key, value) in zip(left.keys, left.values) {
                try Value.visit(&meter, &visited, depth)
                guard let counterpart = right.value(for: key),
                    try value.isEqual(counterpart, &meter, &visited, depth: depth + 1)
                else { return false }
            }
            return true
        default:
            return compareNumber(other) == .equal
        }
    }

    private static func visit(
        _ meter: inout Meter, _ visited: inout Int, _ depth: Int
    ) throws(EvaluationError) {
        guard depth < Limits.valueDepthMaximum else {
            throw EvaluationError(.limit, "the values nest too deep to be compared")
        }
        guard depth > 0 else { return }
        visited += 1
        if visited % 10 == 1 { try meter.charge(1) }
    }

    /// How one number stands to another.
    enum NumberOrder {
        case less, equal, greater, unordered
    }

    /// Compares numbers of any kind; nil when either is no number.
    func compareNumber(_ other: Value) -> NumberOrder? {
        switch (self, other) {
        case (.int(let left), .int(let right)): Value.order(left, right)
        case (.uint(let left), .uint(let right)): Value.order(left, right)
        case (.double(let left), .double(let right)): Value.order(left, right)
        case (.int(let left), .uint(let right)): Value.order(left, right)
        case (.uint(let left), .int(let right)): Value.order(left, right)
        case (.int(let left), .double(let right)): Value.order(left, right)
        case (.double(let left), .int(let right)): Value.order(right, left).reversed
        case (.uint(let left), .double(let right)): Value.order(left, right)
        case (.double(let left), .uint(let right)): Value.order(right, left).reversed
        default: nil
        }
    }

    private static func order<L: BinaryInteger, R: BinaryInteger>(
        _ left: L, _ right: R
    ) -> NumberOrder {
        left < right ? .less : left > right ? .greater : .equal
    }

    private static func order(_ left: Double, _ right: Double) -> NumberOrder {
        left < right ? .less : left > right ? .greater : left == right ? .equal : .unordered
    }

    /// An integer is rounded to a double within its range, as the language prescribes, so that
    /// 9223372036854775807 equals 9223372036854775808.0.
    private static func order(_ left: Int64, _ right: Double) -> NumberOrder {
        if right < -0x1p63 { return .greater }
        if right > 0x1p63 { return .less }
        return order(Double(left), right)
    }

    private static func order(_ left: UInt64, _ right: Double) -> NumberOrder {
        if right < 0 { return .greater }
        if right > 0x1p64 { return .less }
        return order(Double(left), right)
    }

    /// Compares two values that have an order: booleans, numbers, strings, bytes, timestamps and
    /// durations, each among their own. Nil for any other pair.
    func compare(_ other: Value) -> NumberOrder? {
        switch (self, other) {
        case (.bool(let left), .bool(let right)):
            left == right ? .equal : right ? .less : .greater
        case (.string(let left), .string(let right)):
            left == right ? .equal : left < right ? .less : .greater
        case (.bytes(let left), .bytes(let right)):
            left == right ? .equal : left.lexicographicallyPrecedes(right) ? .less : .greater
        case (.timestamp(let left), .timestamp(let right)):
            left == right ? .equal : left.precedes(right) ? .less : .greater
        case (.duration(let left), .duration(let right)): Value.order(left, right)
        default: compareNumber(other)
        }
    }
}

extension Value.NumberOrder {
    var reversed: Value.NumberOrder {
        switch self {
        case .less: .greater
        case .equal: .equal
        case .greater: .less
        case .unordered: .unordered
        }
    }
}
