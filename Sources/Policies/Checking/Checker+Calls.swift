/// Types of operators and functions: every way to call them that fits is looked at.
extension Checker {
    mutating func call(
        _ receiver: Syntax?, _ name: String, _ arguments: [Syntax], isRooted: Bool, at offset: Int
    ) throws(ExpressionError) -> CheckedType {
        var path: DottedName? = DottedName(name, isRooted: isRooted)
        if let receiver {
            path = nil
            if let names = receiver.dotted, isInput(names) {
                path = names.selecting(name)
            }
        }
        if let path {
            for candidate in environment.candidates(path.text, isRooted: path.isRooted) {
                guard overloads(candidate).contains(where: { !$0.isMethod }) else { continue }
                let isLong = arguments.count > 2
                if isLong, candidate == "math.greatest" || candidate == "math.least" {
                    return try extreme(candidate, arguments, at: offset)
                }
                return try call(candidate, arguments, at: offset)
            }
        }
        guard let receiver else {
            let signature = Signature(name, isMethod: false, count: arguments.count)
            throw error(FunctionTable.standard.refusal(of: signature), at: offset)
        }
        return try call(name, [receiver] + arguments, isMethod: true, at: offset)
    }

    private func overloads(_ name: String) -> [Overload] {
        declarations.functions[name] ?? OverloadTable.standard.overloads[name] ?? []
    }

    mutating func call(
        _ name: String, _ operands: [Syntax], isMethod: Bool = false, at offset: Int
    ) throws(ExpressionError) -> CheckedType {
        let candidates = overloads(name)
        guard
            candidates.contains(where: {
                $0.isMethod == isMethod && $0.parameters.count == operands.count
            })
        else {
            let signature = Signature(name, isMethod: isMethod, count: operands.count)
            throw error(FunctionTable.standard.refusal(of: signature), at: offset)
        }
        var operandTypes: [CheckedType] = []
        for operand in operands { operandTypes.append(try infer(operand)) }
        return try resolve(name, candidates, operandTypes, isMethod: isMethod, at: offset)
    }

    /// More than two operands are taken as one list, whose elements may be of different kinds.
    private mutating func extreme(
        _ name: String, _ operands: [Syntax], at offset: Int
    ) throws(ExpressionError) -> CheckedType {
        var joined: CheckedType?
        for operand in operands {
            let type = try infer(operand)
            _ = try resolve(name, overloads(name), [type], isMethod: false, at: operand.offset)
            joined = types.joined(joined, type)
        }
        return try resolve(
            name, overloads(name), [.list(joined ?? .dyn)], isMethod: false, at: offset)
    }

    private mutating func resolve(
        _ name: String, _ candidates: [Overload], _ operands: [CheckedType], isMethod: Bool,
        at offset: Int
    ) throws(ExpressionError) -> CheckedType {
        var result: CheckedType?
        let known = operands.map { types.resolved($0) }
        for candidate in candidates
        where candidate.isMethod == isMethod && candidate.parameters.count == operands.count {
            guard let type = types(of: candidate, taking: known) else { continue }
            if let earlier = result, earlier != type { result = .dyn } else { result = type }
        }
        guard let result else {
            let shown = known.map { types.resolved($0).description }
            let call =
                isMethod
                ? "\(shown[0]).\(name)(\(shown.dropFirst().joined(separator: ", ")))"
                : "\(name)(\(shown.joined(separator: ", ")))"
            let advice = Advice.operands(name, known).map { "; \($0)" }
            let ways = OverloadTable.standard.ways(name)
            throw error("no such overload: \(call)\(advice ?? ways)", at: offset)
        }
        return result
    }

    /// What the way to call gives for these operands; nil when it does not take them.
    private mutating func types(
        of candidate: Overload, taking operands: [CheckedType]
    ) -> CheckedType? {
        guard candidate.isGeneric else {
            return types.assign(operands, candidate.parameters) ? candidate.result : nil
        }
        var names: [String: CheckedType] = [:]
        let parameters = candidate.parameters.map { instance($0, &names) }
        guard types.assign(operands, parameters) else { return nil }
        return types.resolved(instance(candidate.result, &names))
    }

    /// The declared type with its type parameters as fresh variables.
    private mutating func instance(
        _ type: CheckedType, _ names: inout [String: CheckedType]
    ) -> CheckedType {
        if case .parameter(let name) = type {
            if let variable = names[name] { return variable }
            let variable = types.fresh()
            names[name] = variable
            return variable
        }
        let parts = type.parts
        guard !parts.isEmpty else { return type }
        var instances: [CheckedType] = []
        for part in parts { instances.append(instance(part, &names)) }
        return type.with(parts: instances)
    }
}
