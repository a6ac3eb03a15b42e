/// The tree of an expression as written, macros expanded.
struct Syntax: Sendable {
    indirect enum Kind: Sendable {
        case literal(Value)
        /// A name; a rooted one (`.name`) skips the container and comprehension variables.
        case name(String, isRooted: Bool)
        case select(Syntax, field: String)
        /// `has(operand.field)`.
        case presence(Syntax, field: String)
        case index(Syntax, Syntax)
        case unary(UnaryOperator, Syntax)
        case binary(BinaryOperator, Syntax, Syntax)
        /// A chain of `&&` or `||`, kept flat so that its length adds no depth.
        case logic(LogicOperator, [Syntax])
        case conditional(Syntax, then: Syntax, otherwise: Syntax)
        case call(receiver: Syntax?, name: String, arguments: [Syntax], isRooted: Bool)
        /// `optionals`: the places of elements written `?e`, left out when there is no value.
        case list([Syntax], optionals: Set<Int>)
        case map([(key: Syntax, value: Syntax)], optionals: Set<Int>)
        case comprehension(Comprehension)
        /// `operand.?field`.
        case optionalSelect(Syntax, field: String)
        /// `operand[?index]`.
        case optionalIndex(Syntax, Syntax)
        /// `operand.optMap(variable, transform)` and `optFlatMap`.
        case optionalMap(Syntax, variable: String, transform: Syntax, isFlat: Bool)
        /// Names for values, each computed when first asked for; later ones see earlier ones.
        case bindings([(name: String, value: Syntax)], body: Syntax)
    }

    /// A macro that visits the elements of a list or the keys of a map.
    struct Comprehension: Sendable {
        let kind: ComprehensionKind
        let range: Syntax
        let variable: String
        /// With it, the first variable is the index or key and this one the element or value.
        let secondVariable: String?
        /// What is asked of each element; nil for a `map` of two arguments.
        let predicate: Syntax?
        /// What becomes of each element, for `map`.
        let transform: Syntax?
    }

    let kind: Kind
    /// Byte offset in the source.
    let offset: Int
    /// How many levels lie in this tree.
    let depth: Int
    /// The chain of names `a.b.c` that the tree is; nil for anything else.
    let dotted: DottedName?

    init(kind: Kind, offset: Int, depth: Int) {
        self.kind = kind
        self.offset = offset
        self.depth = depth
        dotted =
            switch kind {
            case .name(let name, let isRooted): DottedName(name, isRooted: isRooted)
            case .select(let operand, let field): operand.dotted?.selecting(field)
            case .literal, .presence, .index, .unary, .binary, .logic, .conditional, .call, .list,
                .map, .comprehension, .optionalSelect, .optionalIndex, .optionalMap, .bindings:
                nil
            }
    }
}

/// A chain of names, put together once while it is parsed.
struct DottedName: Sendable {
    /// The first name.
    let root: String
    /// All names with dots between.
    let text: String
    let count: Int
    /// Whether a dot stands before the first name.
    let isRooted: Bool

    init(_ name: String, isRooted: Bool) {
        self.init(root: name, text: name, count: 1, isRooted: isRooted)
    }

    private init(root: String, text: String, count: Int, isRooted: Bool) {
        self.root = root
        self.text = text
        self.count = count
        self.isRooted = isRooted
    }

    func selecting(_ field: String) -> DottedName {
        DottedName(root: root, text: text + "." + field, count: count + 1, isRooted: isRooted)
    }
}

enum UnaryOperator: Sendable {
    case not, negate
}

enum BinaryOperator: String, Sendable {
    case add = "_+_"
    case subtract = "_-_"
    case multiply = "_*_"
    case divide = "_/_"
    case remainder = "_%_"
    case equal = "_==_"
    case notEqual = "_!=_"
    case less = "_<_"
    case lessOrEqual = "_<=_"
    case greater = "_>_"
    case greaterOrEqual = "_>=_"
    case isIn = "_in_"
}

enum LogicOperator: Sendable {
    case and, or
}

enum ComprehensionKind: Sendable {
    case all, exists, existsOne, map, filter, transformMap, transformMapEntry
}

extension Syntax {
    /// The names of a chain `a.b.c`, innermost first; nil for anything else.
    var dottedName: (names: [String], isRooted: Bool)? {
        var names: [String] = []
        var part = self
        while true {
            switch part.kind {
            case .select(let operand, let field):
                names.append(field)
                part = operand
            case .name(let name, let isRooted):
                names.append(name)
                return (names.reversed(), isRooted)
            case .literal, .presence, .index, .unary, .binary, .logic, .conditional, .call, .list,
                .map, .comprehension, .optionalSelect, .optionalIndex, .optionalMap, .bindings:
                return nil
            }
        }
    }

    /// The tree as a path for messages, such as `evidence.deposit.amount` or `peers[0].name`.
    var path: String {
        if let dotted { return dotted.isRooted ? "." + dotted.text : dotted.text }
        return switch kind {
        case .name(let name, let isRooted): (isRooted ? "." : "") + name
        case .select(let operand, let field): "\(operand.path).\(field)"
        case .index(let operand, let index):
            if case .literal(let value) = index.kind {
                "\(operand.path)[\(value.summary)]"
            } else {
                "\(operand.path)[\(index.path)]"
            }
        case .optionalSelect(let operand, let field): "\(operand.path).?\(field)"
        case .literal, .presence, .unary, .binary, .logic, .conditional, .call, .list, .map,
            .comprehension, .optionalIndex, .optionalMap, .bindings:
            "…"
        }
    }
}
