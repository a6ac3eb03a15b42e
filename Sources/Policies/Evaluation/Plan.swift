/// Where a node stands in its plan.
typealias NodeID = Int32

/// One step of a resolved expression. Holds numbers only, so that walking the plan counts no
/// references; what is larger stands in the tables of the plan.
enum Node: Sendable {
    /// `cost` is what computing the constant would have cost.
    case constant(Int32, cost: Int32)
    /// An input variable, by its slot.
    case slot(Int32, path: Int32)
    /// The variable of a comprehension, by its place in the frame.
    case local(Int32)
    /// A name bound to a value that is computed when first asked for.
    case bound(Int32)
    case bindings(Int32)
    /// `begins`: no name, selection or index stands before, which the cost rules count once more.
    case select(NodeID, key: Int32, path: Int32, begins: Bool)
    case presence(NodeID, key: Int32, path: Int32, begins: Bool)
    case index(NodeID, NodeID, path: Int32, begins: Bool)
    case unary(UnaryOperator, NodeID)
    case binary(BinaryOperator, NodeID, NodeID)
    case logic(LogicOperator, first: Int32, count: Int32)
    case conditional(NodeID, then: NodeID, otherwise: NodeID)
    case call(function: Int32, first: Int32, count: Int32)
    /// `matches` with a pattern known beforehand.
    case matches(NodeID, pattern: Int32)
    case list(first: Int32, count: Int32)
    /// Keys and values in turn; `count` is of both together.
    case map(first: Int32, count: Int32)
    case comprehension(Int32)
    case optional(OptionalNode)
    /// What could not be resolved and is an error when reached.
    case failure(Int32)
    /// A step whose results are recorded. Only plans made for tracing have any.
    case traced(NodeID, site: Int32)
}

/// A step about values that may be absent.
enum OptionalNode: Sendable {
    /// A list or map literal some of whose entries stand only if their values do.
    case list(first: Int32, count: Int32, optionals: Int32)
    case map(first: Int32, count: Int32, optionals: Int32)
    case select(NodeID, key: Int32)
    case index(NodeID, NodeID, begins: Bool)
    /// `or`, and with `unwraps` `orValue`: the second operand is evaluated if the first has no value.
    case alternative(NodeID, NodeID, unwraps: Bool)
    /// `optMap` and `optFlatMap`, by their place in the plan.
    case transform(Int32)
}

/// Expressions ready to evaluate: one table of nodes, each expression known by its root.
///
/// While planning it grows; an evaluator shares it sealed, as one reference.
struct Plan: Sendable {
    final class Sealed: Sendable {
        let plan: Plan

        init(_ plan: Plan) {
            self.plan = plan
        }
    }

    struct Comprehension: Sendable {
        let kind: ComprehensionKind
        let range: NodeID
        let predicate: NodeID?
        let transform: NodeID?
        /// The place of the variable; of two, the second comes after it.
        let local: Int32
        let isPaired: Bool
    }

    struct Bindings: Sendable {
        let entries: [(place: Int32, root: NodeID)]
        let body: NodeID
    }

    struct OptionalMap: Sendable {
        let operand: NodeID
        let transform: NodeID
        let local: Int32
        let isFlat: Bool
    }

    var nodes: [Node] = []
    /// The operands of nodes that have any number of them.
    var children: [NodeID] = []
    var constants: [Value] = []
    var keys: [FieldName] = []
    /// Paths of selections, for messages about missing facts.
    var paths: [String] = []
    var functions: [Function] = []
    var patterns: [Pattern] = []
    var comprehensions: [Comprehension] = []
    var bindings: [Bindings] = []
    var optionalMaps: [OptionalMap] = []
    /// The rules of the time zones that are named by constants, and where others come from.
    var zones: [Text: ZoneRules] = [:]
    var zoneTable = ZoneTable.none
    /// Who evaluates.
    var profile = Profile.auditor
    /// Which entries of sparse literals are optional.
    var optionals: [Set<Int>] = []
    /// How deep the trees nest that are evaluated when first asked for.
    var depths: [NodeID: Int] = [:]
    /// The most variables of comprehensions, and bound names, any one expression has.
    var localCount = 0
    var boundCount = 0
    var failures: [EvaluationError] = []
    /// What was written where results are recorded, by site.
    var sites: [Syntax] = []
}
