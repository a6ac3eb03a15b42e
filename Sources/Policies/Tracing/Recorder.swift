/// Takes down what an evaluation does. One recorder serves one evaluation at a time.
final class Recorder {
    /// What one step gave, and the steps it took for that.
    struct Step: Sendable {
        let site: Int32
        let result: Result<Value, EvaluationError>
        let steps: [Step]
        /// The evaluation did not need it; it was looked at for the reader's sake.
        let isExtra: Bool
    }

    /// How often a site gave true and false.
    struct Count: Sendable {
        var holds = 0
        var fails = 0
    }

    /// Whether the steps are kept, with those the evaluation has no need of.
    let isExhaustive: Bool
    /// By site.
    private(set) var counts: [Count]
    /// What was evaluated on its own: the rules, then what refers to reviewers.
    private(set) var steps: [Step] = []
    /// The steps of what is being evaluated, the innermost last.
    private var open: [[Step]] = []
    private var stepsLeft = Limits.traceStepMaximum
    /// What steps without need may cost altogether.
    private var spare = Meter(budget: Limits.expressionBudget)
    private var isExploring = false

    init(siteCount: Int, isExhaustive: Bool) {
        counts = Array(repeating: Count(), count: siteCount)
        self.isExhaustive = isExhaustive
    }

    /// Whether steps were left out because there are too many.
    var isTruncated: Bool { stepsLeft <= 0 }

    func begin() {
        if isExhaustive { open.append([]) }
    }

    func end(_ site: Int32, _ result: Result<Value, EvaluationError>) {
        if !isExploring, case .success(.bool(let holds)) = result {
            if holds { counts[Int(site)].holds += 1 } else { counts[Int(site)].fails += 1 }
        }
        guard isExhaustive, let inner = open.popLast() else { return }
        stepsLeft -= 1
        guard stepsLeft > 0 else { return }
        let step = Step(site: site, result: result, steps: inner, isExtra: isExploring)
        if open.isEmpty { steps.append(step) } else { open[open.count - 1].append(step) }
    }

    /// Whether the step that is being evaluated has evaluated this site.
    func hasSeen(_ site: Int32) -> Bool {
        open.last?.contains { $0.site == site } ?? false
    }

    /// Runs steps that the evaluation has no need of, with money of their own.
    func explore(_ evaluator: inout Evaluator, _ body: (inout Evaluator) -> Void) {
        guard !isExploring else {
            body(&evaluator)
            return
        }
        isExploring = true
        let kept = (evaluator.meter, evaluator.slots, evaluator.bound, evaluator.locals)
        evaluator.meter = spare
        body(&evaluator)
        spare = evaluator.meter
        (evaluator.meter, evaluator.slots, evaluator.bound, evaluator.locals) = kept
        isExploring = false
    }
}
