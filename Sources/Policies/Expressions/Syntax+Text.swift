/// The tree written out as an expression, one way of several to write it.
extension Syntax {
    /// How tightly the parts of an expression hold together, the loosest first.
    fileprivate enum Strength: Int, Comparable {
        case conditional, or, and, relation, sum, product, unary, member

        static func < (left: Strength, right: Strength) -> Bool { left.rawValue < right.rawValue }
    }

    var text: String {
        switch kind {
        case .literal(let value):
            return value.literal
        case .name(let name, let isRooted):
            return (isRooted ? "." : "") + name
        case .select(let operand, let field):
            return "\(operand.text(.member)).\(Self.field(field))"
        case .presence(let operand, let field):
            return "has(\(operand.text(.member)).\(Self.field(field)))"
        case .index(let operand, let index):
            return "\(operand.text(.member))[\(index.text)]"
        case .optionalSelect(let operand, let field):
            return "\(operand.text(.member)).?\(Self.field(field))"
        case .optionalIndex(let operand, let index):
            return "\(operand.text(.member))[?\(index.text)]"
        case .unary(let kind, let operand):
            return (kind == .not ? "!" : "-") + operand.text(.member)
        case .binary(let kind, let left, let right):
            let next = Strength(rawValue: strength.rawValue + 1) ?? .member
            return "\(left.text(strength)) \(kind.symbol) \(right.text(next))"
        case .logic(let kind, let operands):
            let next: Strength = kind == .or ? .and : .relation
            return operands.map { $0.text(next) }.joined(separator: kind == .or ? " || " : " && ")
        case .conditional(let condition, let then, let otherwise):
            return "\(condition.text(.or)) ? \(then.text(.or)) : \(otherwise.text)"
        case .call(let receiver, let name, let arguments, let isRooted):
            let list = arguments.map(\.text).joined(separator: ", ")
            let head = receiver.map { "\($0.text(.member))." } ?? (isRooted ? "." : "")
            return "\(head)\(name)(\(list))"
        case .list(let elements, let optionals):
            let parts = elements.enumerated().map {
                (optionals.contains($0) ? "?" : "") + $1.text
            }
            return "[\(parts.joined(separator: ", "))]"
        case .map(let entries, let optionals):
            let parts = entries.enumerated().map {
                (optionals.contains($0) ? "?" : "") + "\($1.key.text): \($1.value.text)"
            }
            return "{\(parts.joined(separator: ", "))}"
        case .comprehension(let comprehension):
            return comprehension.text
        case .optionalMap(let operand, let variable, let transform, let isFlat):
            let name = isFlat ? "optFlatMap" : "optMap"
            return "\(operand.text(.member)).\(name)(\(variable), \(transform.text))"
        case .bindings(let bindings, let body):
            return bindings.reversed().reduce(body.text) { inner, binding in
                "cel.bind(\(binding.name), \(binding.value.text), \(inner))"
            }
        }
    }

    /// In parentheses where it holds together less than wanted.
    private func text(_ wanted: Strength) -> String {
        strength < wanted ? "(\(text))" : text
    }

    fileprivate var receiverText: String { text(.member) }

    private static func field(_ name: String) -> String {
        let isPlain =
            name.utf8.first?.isIdentifierStart == true && name.utf8.allSatisfy(\.isIdentifierPart)
        return isPlain ? name : "`\(name)`"
    }

    private var strength: Strength {
        switch kind {
        case .conditional: .conditional
        case .logic(.or, _): .or
        case .logic(.and, _): .and
        case .binary(let kind, _, _): kind.strength
        case .unary: .unary
        case .literal, .name, .select, .presence, .index, .call, .list, .map, .comprehension,
            .optionalSelect, .optionalIndex, .optionalMap, .bindings:
            .member
        }
    }
}

extension Syntax.Comprehension {
    fileprivate var text: String {
        let isList = kind == .map && secondVariable != nil
        let name =
            switch kind {
            case .all: "all"
            case .exists: "exists"
            case .existsOne: "exists_one"
            case .filter: "filter"
            case .map: isList ? "transformList" : "map"
            case .transformMap: "transformMap"
            case .transformMapEntry: "transformMapEntry"
            }
        let parts =
            [variable, secondVariable].compactMap { $0 }
            + [predicate, transform].compactMap { $0?.text }
        return "\(range.receiverText).\(name)(\(parts.joined(separator: ", ")))"
    }
}

extension BinaryOperator {
    /// The operator as it is written.
    var symbol: String { String(rawValue.dropFirst().dropLast()) }

    fileprivate var strength: Syntax.Strength {
        switch self {
        case .add, .subtract: .sum
        case .multiply, .divide, .remainder: .product
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn: .relation
        }
    }
}
