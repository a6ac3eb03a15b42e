/// `size`, `type`, `dyn` and the conversions.
extension FunctionTable {
    mutating func addConversions() {
        for isMethod in [false, true] {
            add("size", isMethod: isMethod) { value, _ throws(EvaluationError) in
                try Conversion.size(value)
            }
        }
        add("type", isMethod: false) { value, _ throws(EvaluationError) in .type(value.typeName) }
        add("dyn", isMethod: false) { value, _ throws(EvaluationError) in value }
        add("bool", isMethod: false) { value, _ throws(EvaluationError) in
            try Conversion.bool(value)
        }
        add("int", isMethod: false) { value, _ throws(EvaluationError) in
            try Conversion.int(value)
        }
        add("uint", isMethod: false) { value, _ throws(EvaluationError) in
            try Conversion.uint(value)
        }
        add("double", isMethod: false) { value, _ throws(EvaluationError) in
            try Conversion.double(value)
        }
        add("timestamp", isMethod: false) { value, _ throws(EvaluationError) in
            try Conversion.timestamp(value)
        }
        add("duration", isMethod: false) { value, _ throws(EvaluationError) in
            try Conversion.duration(value)
        }
        add("bytes", isMethod: false, isFlat: false) { value, meter throws(EvaluationError) in
            try meter.chargeConversion(value)
            return try Conversion.bytes(value)
        }
        add("string", isMethod: false, isFlat: false) { value, meter throws(EvaluationError) in
            try meter.chargeConversion(value)
            return try Conversion.string(value)
        }
    }
}

extension Meter {
    /// Between strings and bytes the octets count; all else is one unit.
    fileprivate mutating func chargeConversion(_ value: Value) throws(EvaluationError) {
        switch value {
        case .string(let text): try charge(tenthOf: text.bytes.count)
        case .bytes(let bytes): try charge(tenthOf: bytes.count)
        case .null, .bool, .int, .uint, .double, .list, .map, .timestamp, .duration, .type,
            .optional, .network:
            try charge(1)
        }
    }
}

/// Conversions between kinds of values.
enum Conversion {
    static func size(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .string(let text): return .int(Int64(text.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let elements): return .int(Int64(elements.count))
        case .map(let map): return .int(Int64(map.count))
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .optional, .network:
            throw .noSuchOverload("size", value)
        }
    }

    private static func unreadable(_ value: Value, as kind: String) -> EvaluationError {
        EvaluationError(.invalidArgument, "\(value.summary) is no \(kind)")
    }

    private static func outOfRange(_ value: Value, _ kind: String) -> EvaluationError {
        EvaluationError(.range, "\(value.summary) does not fit \(kind)")
    }

    static func bool(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .bool: return value
        case .string(let text):
            switch text.string {
            case "1", "t", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "false", "FALSE", "False": return .bool(false)
            default: throw unreadable(value, as: "bool")
            }
        case .null, .int, .uint, .double, .bytes, .list, .map, .timestamp, .duration, .type,
            .optional, .network:
            throw .noSuchOverload("bool", value)
        }
    }

    static func int(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .int: return value
        case .uint(let number):
            guard let whole = Int64(exactly: number) else { throw outOfRange(value, "int") }
            return .int(whole)
        case .double(let number):
            // Both ends are excluded, as the language has it. NaN fails either comparison.
            guard number > -0x1p63, number < 0x1p63 else { throw outOfRange(value, "int") }
            return .int(Int64(number))
        case .string(let text):
            guard let number = NumberText.int64(text) else { throw unreadable(value, as: "int") }
            return .int(number)
        case .timestamp(let time): return .int(time.seconds)
        case .null, .bool, .bytes, .list, .map, .duration, .type, .optional, .network:
            throw .noSuchOverload("int", value)
        }
    }

    static func uint(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .uint: return value
        case .int(let number):
            guard let whole = UInt64(exactly: number) else { throw outOfRange(value, "uint") }
            return .uint(whole)
        case .double(let number):
            guard number >= 0, number < 0x1p64 else { throw outOfRange(value, "uint") }
            return .uint(UInt64(number))
        case .string(let text):
            guard let number = NumberText.uint64(text) else {
                throw unreadable(value, as: "uint")
            }
            return .uint(number)
        case .null, .bool, .bytes, .list, .map, .timestamp, .duration, .type, .optional, .network:
            throw .noSuchOverload("uint", value)
        }
    }

    static func double(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .double: return value
        case .int(let number): return .double(Double(number))
        case .uint(let number): return .double(Double(number))
        case .string(let text):
            guard let number = NumberText.double(text) else {
                throw unreadable(value, as: "double")
            }
            return .double(number)
        case .null, .bool, .bytes, .list, .map, .timestamp, .duration, .type, .optional, .network:
            throw .noSuchOverload("double", value)
        }
    }

    static func timestamp(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .timestamp: return value
        case .int(let seconds): return .timestamp(try Timestamp(seconds: seconds))
        case .string(let text): return .timestamp(try Timestamp(rfc3339: text))
        case .null, .bool, .uint, .double, .bytes, .list, .map, .duration, .type, .optional,
            .network:
            throw .noSuchOverload("timestamp", value)
        }
    }

    static func duration(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .duration: return value
        case .string(let text): return .duration(try DurationText.nanoseconds(text))
        case .null, .bool, .int, .uint, .double, .bytes, .list, .map, .timestamp, .type, .optional,
            .network:
            throw .noSuchOverload("duration", value)
        }
    }

    static func bytes(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .bytes: return value
        case .string(let text): return .bytes(text.bytes)
        case .null, .bool, .int, .uint, .double, .list, .map, .timestamp, .duration, .type,
            .optional, .network:
            throw .noSuchOverload("bytes", value)
        }
    }

    static func string(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .string: return value
        case .bool(let holds): return .string(holds ? "true" : "false")
        case .int(let number): return .string(Text(String(number)))
        case .uint(let number): return .string(Text(String(number)))
        case .double(let number): return .string(Text(NumberText.text(number)))
        case .timestamp(let time): return .string(Text(time.text))
        case .duration(let span): return .string(Text(DurationText.text(span)))
        case .bytes(let bytes):
            guard let text = Text(validating: bytes) else {
                throw EvaluationError(.invalidArgument, "the bytes are no UTF-8")
            }
            return .string(text)
        case .network(let network): return .string(Text(network.text))
        case .null, .list, .map, .type, .optional:
            throw .noSuchOverload("string", value)
        }
    }
}
