/// Arithmetic: operands of one kind, overflow reported, never wrapped or trapped.
extension Value {
    static func add(
        _ left: Value, _ right: Value, _ meter: inout Meter
    ) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.int(let left), .int(let right)):
            try meter.charge(1)
            return .int(try checked(left.addingReportingOverflow(right)))
        case (.uint(let left), .uint(let right)):
            try meter.charge(1)
            return .uint(try checked(left.addingReportingOverflow(right)))
        case (.double(let left), .double(let right)):
            try meter.charge(1)
            return .double(left + right)
        case (.string(let left), .string(let right)):
            try join(left.bytes.count, right.bytes.count, &meter)
            return .string(Text(wellFormed: left.bytes + right.bytes))
        case (.bytes(let left), .bytes(let right)):
            try join(left.count, right.count, &meter)
            return .bytes(left + right)
        case (.list(let left), .list(let right)):
            // Joining lists of up to ten elements costs one unit as elsewhere; longer ones cost
            // what copying them does, or a chain of `x + x` would be work for nothing.
            let count = left.count + right.count
            try meter.charge(max(1, count / 10))
            guard count <= Limits.elementCountMaximum else {
                throw EvaluationError(.limit, "a list may hold \(Limits.elementCountMaximum)")
            }
            return .list(left + right)
        default:
            try meter.charge(1)
            return try addTime(left, right)
        }
    }

    private static func join(
        _ left: Int, _ right: Int, _ meter: inout Meter
    ) throws(EvaluationError) {
        let count = left + right
        try meter.charge(tenthOf: count)
        guard count <= Limits.textByteCountMaximum else {
            throw EvaluationError(.limit, "a string may have \(Limits.textByteCountMaximum) bytes")
        }
    }

    private static func addTime(
        _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.timestamp(let time), .duration(let span)),
            (.duration(let span), .timestamp(let time)):
            return .timestamp(try time.adding(nanoseconds: span))
        case (.duration(let left), .duration(let right)):
            return .duration(try checked(left.addingReportingOverflow(right)))
        default:
            throw .noSuchOverload("_+_", left, right)
        }
    }

    static func subtract(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.int(let left), .int(let right)):
            return .int(try checked(left.subtractingReportingOverflow(right)))
        case (.uint(let left), .uint(let right)):
            return .uint(try checked(left.subtractingReportingOverflow(right)))
        case (.double(let left), .double(let right)):
            return .double(left - right)
        case (.timestamp(let left), .timestamp(let right)):
            return .duration(try left.since(right))
        case (.timestamp(let time), .duration(let span)):
            // A span of -2^63 has no counterpart: add the half twice.
            guard span == Int64.min else {
                return .timestamp(try time.adding(nanoseconds: -span))
            }
            return .timestamp(
                try time.adding(nanoseconds: -(span / 2)).adding(nanoseconds: -(span / 2)))
        case (.duration(let left), .duration(let right)):
            return .duration(try checked(left.subtractingReportingOverflow(right)))
        default:
            throw .noSuchOverload("_-_", left, right)
        }
    }

    static func multiply(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.int(let left), .int(let right)):
            return .int(try checked(left.multipliedReportingOverflow(by: right)))
        case (.uint(let left), .uint(let right)):
            return .uint(try checked(left.multipliedReportingOverflow(by: right)))
        case (.double(let left), .double(let right)):
            return .double(left * right)
        default:
            throw .noSuchOverload("_*_", left, right)
        }
    }

    static func divide(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.int(_), .int(0)), (.uint(_), .uint(0)):
            throw EvaluationError(.divisionByZero, "division by zero")
        case (.int(let left), .int(let right)):
            return .int(try checked(left.dividedReportingOverflow(by: right)))
        case (.uint(let left), .uint(let right)):
            return .uint(left / right)
        case (.double(let left), .double(let right)):
            return .double(left / right)
        default:
            throw .noSuchOverload("_/_", left, right)
        }
    }

    static func remainder(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.int(_), .int(0)), (.uint(_), .uint(0)):
            throw EvaluationError(.divisionByZero, "remainder of a division by zero")
        case (.int(let left), .int(let right)):
            return .int(try checked(left.remainderReportingOverflow(dividingBy: right)))
        case (.uint(let left), .uint(let right)):
            return .uint(left % right)
        default:
            throw .noSuchOverload("_%_", left, right)
        }
    }

    static func negate(_ operand: Value) throws(EvaluationError) -> Value {
        switch operand {
        case .int(let value):
            return .int(try checked(Int64(0).subtractingReportingOverflow(value)))
        case .double(let value):
            return .double(-value)
        case .null, .bool, .uint, .string, .bytes, .list, .map, .timestamp, .duration, .type,
            .optional, .network:
            throw .noSuchOverload("-_", operand)
        }
    }

    private static func checked<Number: FixedWidthInteger>(
        _ result: (partialValue: Number, overflow: Bool)
    ) throws(EvaluationError) -> Number {
        guard !result.overflow else {
            throw EvaluationError(.range, "the result does not fit \(Number.bitWidth) bits")
        }
        return result.partialValue
    }
}
