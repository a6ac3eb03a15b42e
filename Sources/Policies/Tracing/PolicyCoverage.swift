/// Which ways through a policy its cases have taken. Every rule, every operand of `&&` and `||`,
/// every condition of `?:`, every `has` and every predicate of a macro has two arms: true and
/// false.
package struct PolicyCoverage: Sendable {
    package struct Branch: Sendable {
        package enum Kind: String, Sendable {
            /// A rule as a whole, a matching condition or `referWhen`.
            case rule
            case operand, condition, presence, predicate
        }

        package let kind: Kind
        /// Where it stands: a rule's id, `variables.NAME`, `matchConditions.NAME` or `referWhen`.
        package let part: String
        /// As it would be written.
        package let text: String
        /// How often it was true, and how often false.
        package fileprivate(set) var holds: Int
        package fileprivate(set) var fails: Int
        fileprivate let site: Int

        /// How many of its two arms were taken.
        package var taken: Int { (holds > 0 ? 1 : 0) + (fails > 0 ? 1 : 0) }
    }

    package private(set) var branches: [Branch] = []

    package init(_ policy: TracedPolicy) {
        let plan = policy.document.plan.plan
        for part in policy.parts {
            switch part.kind {
            case .rule, .referWhen:
                add(part.root, .rule, part.name, plan)
                visit(part.root, part.name, plan)
            case .matchCondition:
                add(part.root, .rule, "matchConditions.\(part.name)", plan)
                visit(part.root, "matchConditions.\(part.name)", plan)
            case .variable:
                visit(part.root, "variables.\(part.name)", plan)
            case .message:
                visit(part.root, "\(part.name), message", plan)
            }
        }
    }

    private mutating func add(_ id: NodeID, _ kind: Branch.Kind, _ part: String, _ plan: Plan) {
        guard case .traced(_, let site) = plan.nodes[Int(id)],
            !branches.contains(where: { $0.site == Int(site) })
        else { return }
        branches.append(
            Branch(
                kind: kind, part: part, text: plan.sites[Int(site)].text, holds: 0, fails: 0,
                site: Int(site)))
    }

    private mutating func visit(_ id: NodeID, _ part: String, _ plan: Plan) {
        let operands = plan.operands(of: id)
        switch plan.nodes[Int(id)] {
        case .logic:
            for operand in operands { add(operand, .operand, part, plan) }
        case .conditional(let condition, _, _):
            add(condition, .condition, part, plan)
        case .comprehension(let place):
            if let predicate = plan.comprehensions[Int(place)].predicate {
                add(predicate, .predicate, part, plan)
            }
        case .traced(let step, _):
            if case .presence = plan.nodes[Int(step)] { add(id, .presence, part, plan) }
        case .constant, .slot, .local, .bound, .bindings, .select, .presence, .index, .unary,
            .binary, .call, .matches, .list, .map, .optional, .failure:
            break
        }
        for operand in operands { visit(operand, part, plan) }
    }

    mutating func add(_ recorder: Recorder) {
        for place in branches.indices {
            let count = recorder.counts[branches[place].site]
            branches[place].holds += count.holds
            branches[place].fails += count.fails
        }
    }

    /// How many rules were seen both to hold and to refuse, of how many.
    package var rules: (covered: Int, of: Int) {
        let rules = branches.filter { $0.kind == .rule }
        return (rules.count { $0.taken == 2 }, rules.count)
    }

    /// How many arms were taken, of how many.
    package var arms: (taken: Int, of: Int) {
        (branches.reduce(0) { $0 + $1.taken }, branches.count * 2)
    }

    /// Arms taken in percent, rounded down; 100 when there is nothing to take.
    package var percent: Int {
        let (taken, of) = arms
        return of == 0 ? 100 : taken * 100 / of
    }
}
