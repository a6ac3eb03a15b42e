/// Types of the macros that visit elements or take out values.
extension Checker {
    mutating func infer(
        _ comprehension: Syntax.Comprehension
    ) throws(ExpressionError) -> CheckedType {
        let range = types.resolved(try infer(comprehension.range))
        let first: CheckedType
        let second: CheckedType
        switch range {
        case .list(let element): (first, second) = (.int, element)
        case .map(let key, let value): (first, second) = (key, value)
        case .dyn: (first, second) = (.dyn, .dyn)
        case .variable:
            _ = types.assign([.dyn], [range])
            (first, second) = (.dyn, .dyn)
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .abstract, .parameter:
            throw error("a \(range) has no elements to visit", at: comprehension.range.offset)
        }
        let visited: CheckedType = if case .list(let element) = range { element } else { first }
        defer { locals.removeLast(comprehension.secondVariable == nil ? 1 : 2) }
        if let name = comprehension.secondVariable {
            declare(comprehension.variable, first)
            declare(name, second)
        } else {
            declare(comprehension.variable, visited)
        }
        if let predicate = comprehension.predicate {
            try expect(.bool, predicate, "the predicate")
        }
        guard let transform = comprehension.transform else {
            return comprehension.kind == .filter ? .list(visited) : .bool
        }
        let result = try infer(transform)
        switch comprehension.kind {
        case .all, .exists, .existsOne, .filter, .map:
            return .list(result)
        case .transformMap:
            return .map(first, result)
        case .transformMapEntry:
            let entries = CheckedType.map(types.fresh(), types.fresh())
            guard types.assign([entries], [result]) else {
                throw error(
                    "the entry is a map, not \(types.resolved(result))", at: transform.offset)
            }
            return entries
        }
    }

    /// `optMap` and `optFlatMap`.
    mutating func optionalMap(
        _ operand: Syntax, _ variable: String, _ transform: Syntax, _ isFlat: Bool
    ) throws(ExpressionError) -> CheckedType {
        let type = try infer(operand)
        let inner = types.fresh()
        guard types.assign([.optional(inner)], [type]) else {
            throw error(
                "\(isFlat ? "optFlatMap" : "optMap") takes an optional, not \(types.resolved(type))",
                at: operand.offset)
        }
        declare(variable, types.resolved(type) == .dyn ? .dyn : inner)
        defer { locals.removeLast() }
        let result = try infer(transform)
        guard isFlat else { return .optional(result) }
        let outer = CheckedType.optional(types.fresh())
        guard types.assign([outer], [result]) else {
            throw error(
                "optFlatMap gives an optional, not \(types.resolved(result))",
                at: transform.offset)
        }
        return outer
    }
}
