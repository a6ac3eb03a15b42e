/// Values that may be absent, apart from what has a syntax of its own.
extension FunctionTable {
    mutating func addOptionals() {
        add("optional.none", isMethod: false, counts: 0...0) {
            (_, meter) throws(EvaluationError) in
            .optional(.none)
        }
        add("optional.of", isMethod: false) { value, _ throws(EvaluationError) in
            .optional(OptionalValue(value))
        }
        add("optional.ofNonZeroValue", isMethod: false) { value, _ throws(EvaluationError) in
            .optional(value.isZero ? .none : OptionalValue(value))
        }
        add("hasValue", isMethod: true) { value, _ throws(EvaluationError) in
            .bool(try Self.optional("hasValue", value).value != nil)
        }
        add("value", isMethod: true) { value, _ throws(EvaluationError) in
            guard let inner = try Self.optional("value", value).value else {
                throw EvaluationError(
                    .invalidArgument, "the optional has no value; ask hasValue() or use orValue()")
            }
            return inner
        }
        addListOptionals()
    }

    private mutating func addListOptionals() {
        add("first", isMethod: true) { value, _ throws(EvaluationError) in
            .optional(OptionalValue(try Self.elements("first", value).first))
        }
        add("last", isMethod: true) { value, _ throws(EvaluationError) in
            .optional(OptionalValue(try Self.elements("last", value).last))
        }
        let unwrap: Function.One = { value, meter throws(EvaluationError) in
            let elements = try Self.elements("unwrap", value)
            try meter.charge(max(1, elements.count))
            var values: [Value] = []
            for element in elements {
                if let inner = try Self.optional("unwrap", element).value { values.append(inner) }
            }
            return .list(values)
        }
        add("optional.unwrap", isMethod: false, isFlat: false, unwrap)
        add("unwrapOpt", isMethod: true, isFlat: false, unwrap)
    }

    private static func optional(
        _ function: String, _ value: Value
    ) throws(EvaluationError) -> OptionalValue {
        guard case .optional(let optional) = value else { throw .noSuchOverload(function, value) }
        return optional
    }

    private static func elements(
        _ function: String, _ value: Value
    ) throws(EvaluationError) -> [Value] {
        guard case .list(let elements) = value else { throw .noSuchOverload(function, value) }
        return elements
    }
}
