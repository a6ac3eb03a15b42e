extension PolicyDocument {
    /// The most a part of the document can cost, in units of about 50 ns.
    package struct PartCost: Sendable, Hashable {
        /// `matchConditions.NAME`, `variables.NAME`, the id of a rule, the id of a rule with
        /// `.messageExpression`, or `referWhen`.
        package let part: String
        /// Nil when there is no bound: a list, string or map that matters has no maximum in the
        /// schema.
        package let bound: Int?
    }

    /// What each part can cost when the facts are as the schema describes them. The cost of a
    /// variable stands once, with the variable, as it is computed once.
    package var costBounds: [PartCost] {
        var extents = [
            schema.extent("application"), Extent(parameterValue), schema.extent("evidence"),
            .scalar,
        ]
        var parts: [PartCost] = []
        @discardableResult func add(_ part: String, _ root: NodeID) -> Extent {
            let estimate = CostEstimator.estimate(root, in: plan.plan, slots: extents)
            parts.append(PartCost(part: part, bound: estimate.cost.finite))
            return estimate.extent
        }
        for condition in matchConditions {
            add("matchConditions.\(condition.name)", condition.root)
        }
        for variable in variables {
            extents.append(add("variables.\(variable.name)", variable.root))
        }
        for rule in rules {
            add(rule.id, rule.root)
            if let root = rule.messageRoot { add("\(rule.id).messageExpression", root) }
        }
        if let referRoot { add("referWhen", referRoot) }
        return parts
    }

    /// What one judgement can cost at most; nil when there is no bound.
    package var costBound: Int? {
        costBounds.reduce(Bound(0)) { $0 + ($1.bound.map { Bound($0) } ?? .unbounded) }.finite
    }
}
