/// Works out from the recorded steps of an evaluation what would have to change for an expression
/// to be true, or false. It knows comparisons, membership, presence, prefixes and the like and how
/// operators and macros join them; of everything else it says so.
struct Advisor {
    let plan: Plan
    /// The variables of the policy, by their slots.
    let variables: [Int32: PolicyDocument.Variable]
    let variablesByName: [String: PolicyDocument.Variable]
    /// The step each variable was evaluated in, by its name.
    let variableSteps: [String: Recorder.Step]
    static let shownMaximum = 48

    /// What has to change for the node to give `wanted`; nil when it does already.
    /// - Parameter steps: of the expression the node stands in, directly.
    func remedy(_ id: NodeID, _ steps: [Recorder.Step], wanted: Bool) -> Remedy? {
        guard case .traced(let inner, let site) = plan.nodes[Int(id)] else {
            if case .bool(wanted)? = constant(id) { return nil }
            return .underivable("a constant decides, so that only the policy itself can change it")
        }
        let syntax = plan.sites[Int(site)]
        guard let step = steps.first(where: { $0.site == site }) else {
            return .underivable("\(syntax.text) was not evaluated")
        }
        if case .success(.bool(wanted)) = step.result { return nil }
        switch plan.nodes[Int(inner)] {
        case .logic(let kind, _, _):
            let parts = plan.operands(of: inner).compactMap {
                remedy($0, step.steps, wanted: wanted)
            }
            let joined = (kind == .and) == wanted ? Remedy.every(parts) : Remedy.either(parts)
            return joined ?? failure(step, syntax)
        case .unary(.not, let operand):
            return remedy(operand, step.steps, wanted: !wanted)
        case .conditional(let condition, let then, let otherwise):
            return conditional(condition, then, otherwise, step, wanted)
        case .binary(let kind, let left, let right):
            return comparison(kind, left, right, step, wanted) ?? failure(step, syntax)
        case .presence:
            guard case .presence(let operand, let field) = syntax.kind else { return nil }
            return .change(
                what: "\(resolved(operand)).\(field)", must: wanted ? "be given" : "not be given",
                present: nil)
        case .call, .matches:
            return call(syntax, inner, step, wanted)
        case .comprehension(let place):
            return comprehension(plan.comprehensions[Int(place)], syntax, step, wanted)
        case .slot(let slot, _):
            if let variable = variables[slot] { return remedy(of: variable, wanted: wanted) }
            return fact(syntax, step, wanted)
        case .local, .bound, .select, .index:
            return fact(syntax, step, wanted)
        case .constant, .bindings, .unary, .list, .map, .optional, .failure, .traced:
            return failure(step, syntax)
        }
    }

    private func remedy(of variable: PolicyDocument.Variable, wanted: Bool) -> Remedy? {
        guard let step = variableSteps[variable.name] else {
            return .underivable("variables.\(variable.name) was not evaluated")
        }
        return remedy(variable.root, [step], wanted: wanted)
    }

    /// A fact that is true or false by itself.
    private func fact(_ syntax: Syntax, _ step: Recorder.Step, _ wanted: Bool) -> Remedy {
        let must = "be \(wanted)"
        switch step.result {
        case .success(let value):
            return .change(
                what: resolved(syntax), must: must,
                present: value.display(maximum: Self.shownMaximum))
        case .failure(let error):
            guard let missing = error.missing else { return failure(step, syntax) }
            return .change(what: resolved(missing), must: "be given and \(must)", present: nil)
        }
    }

    /// The branch taken has to come out otherwise, or the other one has to be taken.
    private func conditional(
        _ condition: NodeID, _ then: NodeID, _ otherwise: NodeID, _ step: Recorder.Step,
        _ wanted: Bool
    ) -> Remedy? {
        guard case .success(.bool(let holds))? = result(condition, step.steps) else {
            return remedy(condition, step.steps, wanted: true)
        }
        var ways: [Remedy] = []
        if let way = remedy(holds ? then : otherwise, step.steps, wanted: wanted) {
            ways.append(way)
        }
        if case .bool(wanted)? = constant(holds ? otherwise : then),
            let way = remedy(condition, step.steps, wanted: !holds)
        {
            ways.append(way)
        }
        let useful = ways.filter { if case .underivable = $0 { false } else { true } }
        return Remedy.either(useful.isEmpty ? ways : useful)
    }

    /// What can be said when nothing can be derived.
    func failure(_ step: Recorder.Step, _ syntax: Syntax) -> Remedy {
        switch step.result {
        case .success:
            return .underivable("no rule is known for \(syntax.text)")
        case .failure(let error):
            if let missing = error.missing {
                return .change(what: resolved(missing), must: "be given", present: nil)
            }
            return .underivable("\(syntax.text): \(error.detail)")
        }
    }

    // MARK: Looking things up

    func constant(_ id: NodeID) -> Value? {
        guard case .constant(let place, _) = plan.nodes[Int(id)] else { return nil }
        return plan.constants[Int(place)]
    }

    /// What a node gave, if it was evaluated directly in these steps.
    func result(
        _ id: NodeID, _ steps: [Recorder.Step]
    ) -> Result<Value, EvaluationError>? {
        if let value = constant(id) { return .success(value) }
        guard case .traced(_, let site) = plan.nodes[Int(id)] else { return nil }
        return steps.first { $0.site == site }?.result
    }

    /// The text of an expression, with names for facts replaced by the facts they name.
    func resolved(_ syntax: Syntax) -> String {
        guard let names = syntax.dottedName?.names else { return syntax.text }
        return resolved(names.joined(separator: "."))
    }

    private func resolved(_ path: String) -> String {
        var steps = path.split(separator: ".").map(String.init)
        // A variable knows the ones before it only, so this comes to an end.
        while steps.count > 1, steps[0] == "variables",
            let named = variablesByName[steps[1]],
            let target = site(named.root)?.dottedName?.names
        {
            steps = target + steps.dropFirst(2)
        }
        return steps.joined(separator: ".")
    }

    private func site(_ id: NodeID) -> Syntax? {
        guard case .traced(_, let site) = plan.nodes[Int(id)] else { return nil }
        return plan.sites[Int(site)]
    }

    /// Whether an expression changes with the application or its evidence; if not, only the policy,
    /// its parameters and the time decide.
    func dependsOnFacts(_ id: NodeID) -> Bool {
        switch plan.nodes[Int(id)] {
        case .slot(let slot, _):
            if let variable = variables[slot] { return dependsOnFacts(variable.root) }
            return PolicyDocument.isFact(slot: Int(slot))
        case .local, .bound:
            return true
        case .constant, .select, .presence, .index, .unary, .binary, .logic, .conditional, .call,
            .matches, .list, .map, .comprehension, .optional, .failure, .traced, .bindings:
            return plan.operands(of: id).contains(where: dependsOnFacts)
        }
    }
}
