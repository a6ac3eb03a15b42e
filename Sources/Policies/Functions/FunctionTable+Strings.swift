/// The string functions of the language itself.
extension FunctionTable {
    mutating func addStrings() {
        add("contains", isMethod: true, isFlat: false) {
            (value, part, meter) throws(EvaluationError) in
            let (text, part) = try Self.texts("contains", value, part)
            try meter.charge(Self.tenth(text.bytes.count) * Self.tenth(part.bytes.count))
            return .bool(text.contains(part))
        }
        add("startsWith", isMethod: true, isFlat: false) {
            (value, part, meter) throws(EvaluationError) in
            let (text, part) = try Self.texts("startsWith", value, part)
            try meter.charge(tenthOf: text.bytes.count)
            return .bool(text.hasPrefix(part))
        }
        add("endsWith", isMethod: true, isFlat: false) {
            (value, part, meter) throws(EvaluationError) in
            let (text, part) = try Self.texts("endsWith", value, part)
            try meter.charge(tenthOf: text.bytes.count)
            return .bool(text.hasSuffix(part))
        }
        for isMethod in [false, true] {
            add("matches", isMethod: isMethod, isFlat: false) {
                (value, source, meter) throws(EvaluationError) in
                let (text, source) = try Self.texts("matches", value, source)
                // Paid for before it is read, or one that does not compile would be free.
                let paid = Pattern.leastCost(text: text, source: source)
                try meter.charge(paid)
                return .bool(try Pattern(source).matches(text, &meter, paid: paid))
            }
        }
    }

    /// Two operands that have to be strings.
    static func texts(
        _ function: String, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> (Text, Text) {
        guard case .string(let left) = left, case .string(let right) = right else {
            throw .noSuchOverload(function, left, right)
        }
        return (left, right)
    }

    static func tenth(_ size: Int) -> Int { size / 10 + (size % 10 == 0 ? 0 : 1) }
}
