/// Selections, and what of them nobody declared.
extension Checker {
    enum Selection {
        case value, presence
    }

    mutating func field(
        _ field: String, of operand: Syntax, at offset: Int, _ selection: Selection = .value
    ) throws(ExpressionError) -> CheckedType {
        if let detail = undeclared(field, of: operand, selection) {
            throw error(detail, at: offset)
        }
        let whole = types.resolved(try infer(operand))
        let inner = whole.optionalInner
        let target = inner ?? whole
        let result: CheckedType
        switch target {
        case .map(_, let value):
            result = value
        case .dyn:
            result = .dyn
        case .variable:
            _ = types.assign([.dyn], [target])
            result = .dyn
        case .abstract(let name, []) where declarations.objects[name] != nil:
            result = try member(field, of: name, at: offset)
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .list,
            .type, .abstract, .parameter:
            let isSize = ["size", "length", "count"].contains(field)
            let advice = isSize && hasSize(target) ? "; write size(\(operand.path))" : ""
            throw error("a \(target) has no field '\(field)'\(advice)", at: offset)
        }
        return inner == nil ? result : .optional(result)
    }

    private func member(
        _ name: String, of object: String, at offset: Int
    ) throws(ExpressionError) -> CheckedType {
        let members = declarations.objects[object] ?? []
        guard let member = members.first(where: { $0.name == name }) else {
            let names = members.map(\.name)
            let advice = Advice.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            throw error(
                "\(object) has no field '\(name)'; "
                    + (advice ?? "it has: " + names.joined(separator: ", ")), at: offset)
        }
        return member.type
    }

    private func hasSize(_ type: CheckedType) -> Bool {
        switch type {
        case .string, .bytes, .list, .map: true
        case .dyn, .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .abstract,
            .parameter, .variable:
            false
        }
    }

    /// Why a selection can only be a slip: its variable is not among the declared ones, the member
    /// not among the known ones, or a declared fact beside it has nearly the same name.
    private func undeclared(
        _ field: String, of operand: Syntax, _ selection: Selection
    ) -> String? {
        guard let name = operand.dotted, isInput(name) else { return nil }
        let path = name.text
        if name.count == 1, environment.slots[path] == nil {
            let members = environment.variables.filter { $0.hasPrefix(path + ".") }
            guard !members.isEmpty else { return nil }
            let near = Advice.name("\(path).\(field)", among: members)
            return "there is no \(path).\(field)"
                + (near.isEmpty ? "; there are: " + members.joined(separator: ", ") : near)
        }
        if let members = declarations.members[path] {
            guard selection == .value, !members.contains(field) else { return nil }
            let near = Advice.name(field, among: members)
            let there =
                members.isEmpty ? "; it is empty" : "; it has: \(members.joined(separator: ", "))"
            return "\(path) has no member '\(field)'\(near.isEmpty ? there : near)"
        }
        let siblings = declarations.siblings[path] ?? []
        guard !siblings.contains(field), let near = Advice.nearest(to: field, among: siblings)
        else { return nil }
        return "the schema has no \(path).\(field); did you mean '\(near)'? "
            + "If not, declare \(path).\(field) in the schema"
    }
}
