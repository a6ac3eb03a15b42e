/// A CEL expression ready to evaluate.
///
/// Strings are compared and counted by code points, never by Unicode equivalence; the depth, size
/// and cost of everything are bounded, so that source and facts may come from strangers.
package struct Expression: Sendable {
    private let plan: Plan.Sealed
    private let root: NodeID
    private let environment: Environment
    /// The type the expression has; nil when the environment declares no types.
    package let type: CheckedType?
    /// The most an evaluation can cost when its inputs are as large as declared; nil when there is
    /// no bound.
    package let costBound: Int?

    private init(
        plan: Plan.Sealed, root: NodeID, environment: Environment, type: CheckedType?
    ) {
        self.type = type
        costBound =
            CostEstimator.estimate(
                root, in: plan.plan, slots: environment.declarations?.extents ?? []
            ).cost.finite
        self.plan = plan
        self.root = root
        self.environment = environment
    }

    /// Parses and resolves an expression over the variables of `environment`.
    package static func compile(
        _ source: String, _ environment: Environment
    ) throws(ExpressionError) -> Expression {
        var planner = Planner(environment)
        let root = try planner.add(source)
        return Expression(
            plan: Plan.Sealed(planner.plan), root: root, environment: environment,
            type: planner.type)
    }

    package static func compile(
        _ source: String, variables: [String] = []
    ) throws(ExpressionError) -> Expression {
        try compile(source, Environment(variables: variables))
    }

    /// What an evaluation gave and what it cost.
    package struct Evaluation: Sendable {
        package let result: Result<Value, EvaluationError>
        /// Units of the cost rules of Kubernetes: one is about 50 ns.
        package let cost: Int
    }

    /// Evaluates with the given variables. A declared variable without a value is a missing fact.
    package func evaluate(
        _ variables: [String: Value] = [:], budget: Int? = nil
    ) -> Evaluation {
        let slots = environment.variables.map { name in
            variables[name].map(Slot.value) ?? Slot.absent
        }
        var evaluator = Evaluator(
            plan: plan, slots: slots, budget: budget ?? Limits.expressionBudget)
        let result: Result<Value, EvaluationError>
        do throws(EvaluationError) {
            result = .success(try evaluator.value(root))
        } catch {
            result = .failure(error)
        }
        return Evaluation(result: result, cost: evaluator.meter.cost)
    }
}
