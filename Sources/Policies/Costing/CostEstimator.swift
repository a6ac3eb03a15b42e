/// Finds the most that evaluating a node can cost, from how large its inputs can be. It follows the
/// evaluator step by step: whatever that charges, this adds up at the largest sizes there can be.
struct CostEstimator {
    /// What a node can cost, and how large its value can be.
    struct Estimate {
        var cost: Bound
        var extent: Extent

        init(_ cost: Bound, _ extent: Extent) {
            self.cost = cost
            self.extent = extent
        }

        init(_ cost: Int, _ extent: Extent) {
            self.init(Bound(cost), extent)
        }
    }

    let plan: Plan
    /// The extents of the input variables, in slot order.
    let slots: [Extent]
    /// Those of the variables of macros and of bound names, by their places in the frame.
    private var locals: [Extent]
    private var bound: [Extent]

    init(_ plan: Plan, slots: [Extent]) {
        self.plan = plan
        self.slots = slots
        locals = Array(repeating: .unknown, count: plan.localCount)
        bound = Array(repeating: .unknown, count: plan.boundCount)
    }

    /// The estimate of an expression by its root. What variables of a policy cost that it asks for
    /// is theirs.
    static func estimate(_ root: NodeID, in plan: Plan, slots: [Extent]) -> Estimate {
        var estimator = CostEstimator(plan, slots: slots)
        return estimator.estimate(root)
    }

    mutating func estimate(_ id: NodeID) -> Estimate {
        switch plan.nodes[Int(id)] {
        case .constant(let constant, let cost):
            return Estimate(Int(cost), Extent(plan.constants[Int(constant)]))
        case .local(let local):
            return Estimate(1, locals[Int(local)])
        case .bound(let place):
            return Estimate(1, bound[Int(place)])
        case .bindings(let bindings):
            return estimate(plan.bindings[Int(bindings)])
        case .slot(let slot, _):
            let slot = Int(slot)
            return Estimate(1, slots.indices.contains(slot) ? slots[slot] : .unknown)
        case .select(let operand, let key, _, let begins):
            let operand = estimate(operand)
            return Estimate(
                operand.cost + (begins ? 2 : 1), operand.extent.field(plan.keys[Int(key)].text))
        case .presence(let operand, _, _, let begins):
            return Estimate(estimate(operand).cost + (begins ? 2 : 1), .scalar)
        case .index(let operand, let index, _, let begins):
            return element(operand, index, begins: begins)
        case .unary(_, let operand):
            return Estimate(estimate(operand).cost + 1, .scalar)
        case .binary(let kind, let left, let right):
            let left = estimate(left)
            return binary(kind, left, estimate(right))
        case .logic(_, let first, let count):
            return Estimate(operands(first, count).reduce(Bound(0)) { $0 + $1.cost }, .scalar)
        case .conditional(let condition, let then, let otherwise):
            let condition = estimate(condition)
            let then = estimate(then)
            let otherwise = estimate(otherwise)
            return Estimate(
                condition.cost + max(then.cost, otherwise.cost),
                then.extent.joined(otherwise.extent))
        case .call(let function, let first, let count):
            return call(plan.functions[Int(function)], first, count)
        case .matches(let operand, let pattern):
            let operand = estimate(operand)
            return Estimate(
                operand.cost + plan.patterns[Int(pattern)].cost(operand.extent.size), .scalar)
        case .list(let first, let count):
            return list(first, count, [])
        case .map(let first, let count):
            return map(first, count, [])
        case .comprehension(let comprehension):
            return estimate(plan.comprehensions[Int(comprehension)])
        case .optional(let node):
            return optional(node)
        case .failure:
            return Estimate(0, .nothing)
        case .traced(let step, _):
            return estimate(step)
        }
    }

    mutating func operands(_ first: Int32, _ count: Int32) -> [Estimate] {
        var estimates: [Estimate] = []
        for child in first..<first + count { estimates.append(estimate(plan.children[Int(child)])) }
        return estimates
    }

    func constant(_ id: NodeID) -> Value? {
        guard case .constant(let constant, _) = plan.nodes[Int(id)] else { return nil }
        return plan.constants[Int(constant)]
    }

    private mutating func element(
        _ operand: NodeID, _ index: NodeID, begins: Bool
    ) -> Estimate {
        let whole = estimate(operand)
        return Estimate(
            whole.cost + estimate(index).cost + (begins ? 2 : 1),
            whole.extent.element(at: constant(index)))
    }

    // MARK: Operators

    private func binary(_ kind: BinaryOperator, _ left: Estimate, _ right: Estimate) -> Estimate {
        let cost = left.cost + right.cost
        let (left, right) = (left.extent, right.extent)
        switch kind {
        case .add:
            return Estimate(
                cost + max(Bound(1), (left.size + right.size).tenth), Self.sum(left, right))
        case .subtract, .multiply, .divide, .remainder:
            return Estimate(cost + 1, .scalar)
        case .equal, .notEqual:
            return Estimate(
                cost + min(left.size, right.size).tenth
                    + min(left.innerCount, right.innerCount).tenth, .scalar)
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            return Estimate(cost + min(left.size, right.size).tenth, .scalar)
        case .isIn:
            switch right {
            case .map, .object(_, true): return Estimate(cost + 1, .scalar)
            case .nothing, .scalar, .text, .list, .object, .optional, .unknown: break
            }
            let list = right.visited
            let inner = min(left.innerCount, list.value.innerCount).tenth
            return Estimate(cost + max(Bound(1), list.count * (inner + 1)), .scalar)
        }
    }

    /// Numbers and times stay what they are; strings, bytes and lists are joined.
    private static func sum(_ left: Extent, _ right: Extent) -> Extent {
        switch (left, right) {
        case (.scalar, _), (_, .scalar): .scalar
        case (.text(let left), .text(let right)): .text(left + right)
        case (.list(let leftCount, let left), .list(let rightCount, let right)):
            .list(leftCount + rightCount, left.joined(right))
        default: .unknown
        }
    }

    private mutating func list(
        _ first: Int32, _ count: Int32, _ optionals: Set<Int>
    ) -> Estimate {
        let elements = operands(first, count)
        var result = Estimate(10, .nothing)
        for (place, element) in elements.enumerated() {
            result.cost += element.cost
            let extent = element.extent
            result.extent = result.extent.joined(
                optionals.contains(place) ? extent.unwrapped : extent)
        }
        return Estimate(result.cost, .list(Bound(elements.count), result.extent))
    }

    private mutating func map(
        _ first: Int32, _ count: Int32, _ optionals: Set<Int>
    ) -> Estimate {
        let parts = operands(first, count)
        var cost = Bound(30)
        var (key, value) = (Extent.nothing, Extent.nothing)
        for (place, part) in parts.enumerated() {
            cost += part.cost
            if place % 2 == 0 {
                key = key.joined(part.extent)
            } else {
                let isOptional = optionals.contains(place / 2)
                value = value.joined(isOptional ? part.extent.unwrapped : part.extent)
            }
        }
        return Estimate(cost, .map(Bound(parts.count / 2), key: key, value: value))
    }

    // MARK: Optionals and bindings

    private mutating func optional(_ node: OptionalNode) -> Estimate {
        switch node {
        case .list(let first, let count, let optionals):
            return list(first, count, plan.optionals[Int(optionals)])
        case .map(let first, let count, let optionals):
            return map(first, count, plan.optionals[Int(optionals)])
        case .select(let operand, let key):
            let operand = estimate(operand)
            let field = operand.extent.unwrapped.field(plan.keys[Int(key)].text)
            return Estimate(operand.cost + 1, .optional(field))
        case .index(let operand, let index, let begins):
            let whole = estimate(operand)
            return Estimate(
                whole.cost + estimate(index).cost + (begins ? 2 : 1),
                .optional(whole.extent.unwrapped.element(at: constant(index))))
        case .alternative(let left, let right, let unwraps):
            let left = estimate(left)
            let right = estimate(right)
            let first = unwraps ? left.extent.unwrapped : left.extent
            return Estimate(left.cost + right.cost, first.joined(right.extent))
        case .transform(let map):
            let map = plan.optionalMaps[Int(map)]
            let operand = estimate(map.operand)
            locals[Int(map.local)] = operand.extent.unwrapped
            let result = estimate(map.transform)
            return Estimate(
                operand.cost + result.cost + 13,
                map.isFlat ? result.extent : .optional(result.extent))
        }
    }

    private mutating func estimate(_ bindings: Plan.Bindings) -> Estimate {
        // Each value is computed once at most, whoever asks for it.
        var cost = Bound(10) * bindings.entries.count
        for entry in bindings.entries {
            let value = estimate(entry.root)
            cost += value.cost
            bound[Int(entry.place)] = value.extent
        }
        let body = estimate(bindings.body)
        return Estimate(cost + body.cost, body.extent)
    }

    // MARK: Comprehensions

    private mutating func estimate(_ comprehension: Plan.Comprehension) -> Estimate {
        let range = estimate(comprehension.range)
        let visited = range.extent.visited
        let local = Int(comprehension.local)
        if comprehension.isPaired {
            locals[local] = visited.key
            locals[local + 1] = visited.value
        } else if case .list = range.extent {
            locals[local] = visited.value
        } else {
            locals[local] = visited.key
        }
        let predicate = comprehension.predicate.map { estimate($0).cost } ?? Bound(0)
        let transform = comprehension.transform.map { estimate($0) }
        let each = predicate + (transform?.cost ?? Bound(0))
        let count = visited.count
        switch comprehension.kind {
        case .all:
            return Estimate(range.cost + count * (each + 3) + 1, .scalar)
        case .exists:
            return Estimate(range.cost + count * (each + 4) + 1, .scalar)
        case .existsOne:
            return Estimate(range.cost + count * (each + 2) + 2, .scalar)
        case .map, .filter:
            let element = transform?.extent ?? locals[local]
            return Estimate(
                range.cost + count * (each + (transform == nil ? 13 : 12)) + 11,
                .list(count, element))
        case .transformMap:
            return Estimate(
                range.cost + count * (each + 3) + 31,
                .map(count, key: visited.key, value: transform?.extent ?? .unknown))
        case .transformMapEntry:
            let entries = (transform?.extent ?? .unknown).visited
            return Estimate(
                range.cost + count * (each + entries.count.tenth + 2) + 31,
                .map(count * entries.count, key: entries.key, value: entries.value))
        }
    }
}
