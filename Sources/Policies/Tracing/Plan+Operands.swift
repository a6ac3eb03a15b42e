extension Plan {
    /// The nodes a node is made of, in the order they are written.
    func operands(of id: NodeID) -> [NodeID] {
        switch nodes[Int(id)] {
        case .constant, .slot, .local, .bound, .failure:
            []
        case .bindings(let place):
            bindings[Int(place)].entries.map(\.root) + [bindings[Int(place)].body]
        case .select(let operand, _, _, _), .presence(let operand, _, _, _),
            .unary(_, let operand), .matches(let operand, _), .traced(let operand, _):
            [operand]
        case .index(let operand, let index, _, _):
            [operand, index]
        case .binary(_, let left, let right):
            [left, right]
        case .conditional(let condition, let then, let otherwise):
            [condition, then, otherwise]
        case .logic(_, let first, let count), .call(_, let first, let count),
            .list(let first, let count), .map(let first, let count):
            Array(children[Int(first)..<Int(first + count)])
        case .comprehension(let place):
            operands(of: comprehensions[Int(place)])
        case .optional(let node):
            operands(of: node)
        }
    }

    private func operands(of comprehension: Comprehension) -> [NodeID] {
        [comprehension.range]
            + [comprehension.predicate, comprehension.transform].compactMap { $0 }
    }

    private func operands(of node: OptionalNode) -> [NodeID] {
        switch node {
        case .list(let first, let count, _), .map(let first, let count, _):
            Array(children[Int(first)..<Int(first + count)])
        case .select(let operand, _):
            [operand]
        case .index(let operand, let index, _):
            [operand, index]
        case .alternative(let left, let right, _):
            [left, right]
        case .transform(let place):
            [optionalMaps[Int(place)].operand, optionalMaps[Int(place)].transform]
        }
    }
}
