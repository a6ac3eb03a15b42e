/// What a value has to be in relation to another.
enum Relation {
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual

    init?(_ kind: BinaryOperator) {
        switch kind {
        case .less: self = .less
        case .lessOrEqual: self = .lessOrEqual
        case .greater: self = .greater
        case .greaterOrEqual: self = .greaterOrEqual
        case .equal: self = .equal
        case .notEqual: self = .notEqual
        case .add, .subtract, .multiply, .divide, .remainder, .isIn: return nil
        }
    }

    /// The relation that holds exactly when this one does not.
    var opposite: Relation {
        switch self {
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .greater: .lessOrEqual
        case .greaterOrEqual: .less
        case .equal: .notEqual
        case .notEqual: .equal
        }
    }

    /// The same with its sides exchanged.
    var mirrored: Relation {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .equal, .notEqual: self
        }
    }

    /// As it is said of a value: `be at least`; of a time: `be at or after`.
    func words(ofTime: Bool) -> String {
        switch self {
        case .less: ofTime ? "be before" : "be less than"
        case .lessOrEqual: ofTime ? "be at or before" : "be at most"
        case .greater: ofTime ? "be after" : "be more than"
        case .greaterOrEqual: ofTime ? "be at or after" : "be at least"
        case .equal: "be"
        case .notEqual: "be other than"
        }
    }
}

/// Comparisons: what a fact has to be, solved for the fact where sums stand around it.
extension Advisor {
    func comparison(
        _ kind: BinaryOperator, _ left: NodeID, _ right: NodeID, _ step: Recorder.Step,
        _ wanted: Bool
    ) -> Remedy? {
        if kind == .isIn { return membership(left, right, step, wanted) }
        guard var relation = Relation(kind) else { return nil }
        if !wanted { relation = relation.opposite }
        switch (dependsOnFacts(left), dependsOnFacts(right)) {
        case (true, false):
            return solved(left, relation, result(right, step.steps), step.steps)
        case (false, true):
            return solved(right, relation.mirrored, result(left, step.steps), step.steps)
        case (true, true):
            return related(left, relation, right, step)
        case (false, false):
            return .underivable(
                "it hangs on the policy, its parameters and the time alone, not on the application")
        }
    }

    /// Both sides are facts: each may change.
    private func related(
        _ left: NodeID, _ relation: Relation, _ right: NodeID, _ step: Recorder.Step
    ) -> Remedy? {
        let missing = [left, right].compactMap { id -> Remedy? in
            guard case .failure(let error)? = result(id, step.steps), error.missing != nil else {
                return nil
            }
            return demand(id, "be given", step.steps)
        }
        if let remedy = Remedy.every(missing) { return remedy }
        guard let other = text(right), let bound = result(right, step.steps) else { return nil }
        let shown = shown(bound).map { " (\($0))" } ?? ""
        return demand(
            left, "\(relation.words(ofTime: isTime(bound))) \(other)\(shown)", step.steps)
    }

    /// What the fact within `id` has to be, so that `id` stands in the relation to the bound.
    private func solved(
        _ id: NodeID, _ relation: Relation, _ bound: Result<Value, EvaluationError>?,
        _ steps: [Recorder.Step]
    ) -> Remedy? {
        guard case .success(let value)? = bound else { return nil }
        if case .bool(let wanted) = value, relation == .equal || relation == .notEqual {
            return remedy(id, steps, wanted: wanted == (relation == .equal))
        }
        if let (inner, innerSteps, innerRelation, innerValue) = unwrapped(
            id, relation, value, steps)
        {
            return solved(inner, innerRelation, .success(innerValue), innerSteps)
        }
        let words = relation.words(ofTime: isTime(.success(value)))
        return demand(id, "\(words) \(value.display(maximum: Self.shownMaximum))", steps)
    }

    private typealias Bound = (NodeID, [Recorder.Step], Relation, Value)

    /// The same demand on a smaller part: what is read as a time, or added to something known.
    private func unwrapped(
        _ id: NodeID, _ relation: Relation, _ value: Value, _ steps: [Recorder.Step]
    ) -> Bound? {
        guard case .traced(let inner, let site) = plan.nodes[Int(id)],
            let step = steps.first(where: { $0.site == site })
        else { return nil }
        switch plan.nodes[Int(inner)] {
        case .call:
            guard case .call(nil, let name, let arguments, _) = plan.sites[Int(site)].kind,
                arguments.count == 1, ["timestamp", "duration", "dyn"].contains(name)
            else { return nil }
            return (plan.operands(of: inner)[0], step.steps, relation, value)
        case .binary(let kind, let left, let right):
            return unwrapped(kind, left, right, relation, value, step.steps)
        case .slot(let slot, _):
            guard let variable = variables[slot], let step = variableSteps[variable.name],
                case .traced = plan.nodes[Int(variable.root)]
            else { return nil }
            return (variable.root, [step], relation, value)
        case .constant, .local, .bound, .bindings, .select, .presence, .index, .unary, .logic,
            .conditional, .matches, .list, .map, .comprehension, .optional, .failure, .traced:
            return nil
        }
    }

    /// Takes a known summand to the other side.
    private func unwrapped(
        _ kind: BinaryOperator, _ left: NodeID, _ right: NodeID, _ relation: Relation,
        _ value: Value, _ steps: [Recorder.Step]
    ) -> Bound? {
        guard dependsOnFacts(left) != dependsOnFacts(right) else { return nil }
        let isLeft = dependsOnFacts(left)
        guard case .success(let known)? = result(isLeft ? right : left, steps) else { return nil }
        var meter = Meter(budget: Limits.foldingBudget)
        switch (kind, isLeft) {
        case (.add, _):
            // Texts and lists cannot be taken off again.
            guard known.isSummand, let rest = try? Value.subtract(value, known) else { return nil }
            return (isLeft ? left : right, steps, relation, rest)
        case (.subtract, true):
            guard let rest = try? Value.add(value, known, &meter) else { return nil }
            return (left, steps, relation, rest)
        case (.subtract, false):
            guard let rest = try? Value.subtract(known, value) else { return nil }
            return (right, steps, relation.mirrored, rest)
        case (.multiply, _), (.divide, _), (.remainder, _), (.equal, _), (.notEqual, _),
            (.less, _), (.lessOrEqual, _), (.greater, _), (.greaterOrEqual, _), (.isIn, _):
            return nil
        }
    }

    // MARK: Membership and calls

    private func membership(
        _ element: NodeID, _ container: NodeID, _ step: Recorder.Step, _ wanted: Bool
    ) -> Remedy? {
        let no = wanted ? "" : "not "
        if dependsOnFacts(element) {
            let bound = result(container, step.steps)
            let isKnown = !dependsOnFacts(container)
            guard let shown = isKnown ? shown(bound) : text(container) else { return nil }
            let what: String
            if case .success(.map)? = bound { what = "a key of" } else { what = "one of" }
            return demand(element, "\(no)be \(what) \(shown)", step.steps)
        }
        guard dependsOnFacts(container), let shown = shown(result(element, step.steps)) else {
            return nil
        }
        return demand(container, "\(no)contain \(shown)", step.steps)
    }

    func call(
        _ syntax: Syntax, _ inner: NodeID, _ step: Recorder.Step, _ wanted: Bool
    ) -> Remedy {
        let verbs = [
            "startsWith": "start with", "endsWith": "end with", "contains": "contain",
            "matches": "match the pattern",
        ]
        guard case .call(let receiver, let name, let arguments, _) = syntax.kind else {
            return failure(step, syntax)
        }
        var operands = plan.operands(of: inner)
        // The pattern of `matches`, when it is constant, is part of the step.
        let known: String?
        if operands.count == 1, let pattern = arguments.last {
            known = pattern.text
        } else {
            known = operands.popLast().flatMap { shown(result($0, step.steps)) }
        }
        guard let verb = verbs[name], receiver != nil || name == "matches", let known,
            let fact = operands.first, dependsOnFacts(fact),
            let remedy = demand(fact, "\(wanted ? "" : "not ")\(verb) \(known)", step.steps)
        else {
            if case .failure(let error) = step.result, error.missing != nil {
                return failure(step, syntax)
            }
            return .underivable("what makes \(syntax.text) \(wanted) depends on the function")
        }
        return remedy
    }

    // MARK: Words

    /// The demand on a node as an author wrote it, and what it is now.
    private func demand(_ id: NodeID, _ must: String, _ steps: [Recorder.Step]) -> Remedy? {
        guard let text = text(id) else { return nil }
        switch result(id, steps) {
        case .success(let value)?:
            return .change(
                what: text, must: must, present: value.display(maximum: Self.shownMaximum))
        case .failure(let error)?:
            guard error.missing != nil else {
                return .change(
                    what: text, must: "be readable: \(error.detail)", present: nil)
            }
            let also = must == "be given" ? must : "be given, and \(must)"
            return .change(what: text, must: also, present: nil)
        case nil:
            return nil
        }
    }

    private func text(_ id: NodeID) -> String? {
        switch plan.nodes[Int(id)] {
        case .traced(_, let site): resolved(plan.sites[Int(site)])
        case .constant: constant(id)?.display(maximum: Self.shownMaximum)
        case .slot, .local, .bound, .bindings, .select, .presence, .index, .unary, .binary, .logic,
            .conditional, .call, .matches, .list, .map, .comprehension, .optional, .failure:
            nil
        }
    }

    private func shown(_ result: Result<Value, EvaluationError>?) -> String? {
        guard case .success(let value)? = result else { return nil }
        return value.display(maximum: Self.shownMaximum)
    }

    private func isTime(_ result: Result<Value, EvaluationError>?) -> Bool {
        if case .success(.timestamp)? = result { true } else { false }
    }
}

extension Value {
    /// Whether the value can be taken off a sum again.
    fileprivate var isSummand: Bool {
        switch self {
        case .int, .uint, .duration, .timestamp: true
        case .null, .bool, .double, .string, .bytes, .list, .map, .type, .optional, .network: false
        }
    }
}
