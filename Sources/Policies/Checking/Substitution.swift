/// What the type variables of a check stand for, as far as is known. The rules are those of
/// cel-go's checker, so that an author meets the same answers.
struct Substitution {
    private var types: [CheckedType?] = []
    /// What was overwritten, so that a failed attempt can be taken back.
    private var trail: [(variable: Int, before: CheckedType?)] = []
    /// How much work is left before the types are called too complex.
    private var stepsLeft = Limits.checkStepMaximum

    var isExhausted: Bool { stepsLeft <= 0 }

    mutating func fresh() -> CheckedType {
        types.append(nil)
        return .variable(types.count - 1)
    }

    private mutating func set(_ variable: Int, _ type: CheckedType) {
        trail.append((variable, types[variable]))
        types[variable] = type
    }

    private mutating func step(_ depth: Int) -> Bool {
        stepsLeft -= 1
        if depth > Limits.expressionDepthMaximum * 2 { stepsLeft = 0 }
        return stepsLeft > 0
    }

    /// The type with all that is known filled in; with `closing`, the unknown rest is `dyn`.
    mutating func resolved(
        _ type: CheckedType, closing: Bool = false, depth: Int = 0
    ) -> CheckedType {
        guard step(depth) else { return .dyn }
        if case .variable(let variable) = type {
            guard let known = types[variable] else { return closing ? .dyn : type }
            return resolved(known, closing: closing, depth: depth + 1)
        }
        let parts = type.parts
        guard !parts.isEmpty else { return type }
        var resolvedParts: [CheckedType] = []
        for part in parts {
            resolvedParts.append(resolved(part, closing: closing, depth: depth + 1))
        }
        return type.with(parts: resolvedParts)
    }

    /// Whether values of the types may stand in for each other, learning what that takes.
    mutating func assign(_ left: [CheckedType], _ right: [CheckedType]) -> Bool {
        let mark = trail.count
        for (left, right) in zip(left, right) where !isAssignable(left, right, 0) {
            while trail.count > mark {
                let change = trail.removeLast()
                types[change.variable] = change.before
            }
            return false
        }
        return true
    }

    private mutating func isAssignable(
        _ left: CheckedType, _ right: CheckedType, _ depth: Int
    ) -> Bool {
        guard step(depth) else { return true }
        if case .variable(let variable) = right {
            let (isValid, wasKnown) = substitute(left, for: variable, depth)
            if isValid { return true }
            if wasKnown { return false }
        }
        if case .variable(let variable) = left {
            return substitute(right, for: variable, depth).isValid
        }
        if left.isDyn || right.isDyn { return true }
        if left.isNull { return Self.takesNull(right) }
        if right.isNull { return Self.takesNull(left) }
        if case .type = left, case .type = right { return true }
        guard left.isAlike(right) else { return false }
        for (left, right) in zip(left.parts, right.parts)
        where !isAssignable(left, right, depth + 1) {
            return false
        }
        return true
    }

    private static func takesNull(_ type: CheckedType) -> Bool {
        switch type {
        case .null, .timestamp, .duration, .abstract: true
        case .dyn, .bool, .int, .uint, .double, .string, .bytes, .list, .map, .type, .parameter,
            .variable:
            false
        }
    }

    /// Whether a variable may stand for the type, and whether it stood for something before.
    private mutating func substitute(
        _ type: CheckedType, for variable: Int, _ depth: Int
    ) -> (isValid: Bool, wasKnown: Bool) {
        if type == .variable(variable) { return (true, true) }
        guard let known = types[variable] else {
            guard isFree(of: variable, type, depth) else { return (false, false) }
            set(variable, type)
            return (true, false)
        }
        if type == known { return (true, true) }
        guard isAssignable(type, known, depth + 1) else { return (false, true) }
        let general = isAsGeneral(type, known, depth) ? type : known
        if isFree(of: variable, general, depth) { set(variable, general) }
        return (true, true)
    }

    /// Whether the first type takes all that the second does.
    private mutating func isAsGeneral(
        _ left: CheckedType, _ right: CheckedType, _ depth: Int
    ) -> Bool {
        guard step(depth) else { return true }
        if left.isDyn { return true }
        if case .variable = left { return true }
        if right.isDyn { return false }
        if case .variable = right { return false }
        // What may be null takes null too, in whichever order they come.
        if right.isNull, Self.takesNull(left) { return true }
        if case .type = left, case .type = right { return true }
        guard left.isAlike(right) else { return false }
        for (left, right) in zip(left.parts, right.parts)
        where !isAsGeneral(left, right, depth + 1) {
            return false
        }
        return true
    }

    private mutating func isFree(
        of variable: Int, _ type: CheckedType, _ depth: Int
    ) -> Bool {
        guard step(depth) else { return true }
        if case .variable(let other) = type {
            if other == variable { return false }
            return types[other].map { isFree(of: variable, $0, depth + 1) } ?? true
        }
        for part in type.parts where !isFree(of: variable, part, depth + 1) { return false }
        return true
    }

    /// The type of a literal's elements once one more has been seen: the more general of both, or
    /// `dyn` when they have nothing in common.
    mutating func joined(_ earlier: CheckedType?, _ next: CheckedType) -> CheckedType {
        guard let earlier else { return next }
        guard assign([earlier], [next]) else { return .dyn }
        return isAsGeneral(earlier, next, 0) ? earlier : next
    }
}
