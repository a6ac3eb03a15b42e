package import Encoding

extension PolicyDocument {
    /// Whether a policy is for an application.
    package enum Applicability: Sendable, Hashable {
        case applies
        /// Another kind of application, or a matching condition is false. The policy says nothing
        /// of it; judged nevertheless, the application is refused with this finding.
        case doesNotApply(Finding)
        /// A matching condition errs and none is false. Whoever meets this policy first is refused
        /// with this finding: an error must not make way for another policy.
        case undecided(Finding)
    }

    /// Tells from the application alone whether the policy is for it.
    package func applicability(to application: JSON) -> Applicability {
        let kind = application["kind"]?.stringValue
        // No condition looks at the application.
        if matchConditions.isEmpty { return applicability(of: kind) }
        let input: Value
        do throws(EvaluationError) {
            input = try Value(application)
        } catch {
            return .undecided(Self.finding("schema", error))
        }
        var evaluator = Evaluator(
            plan: plan,
            slots: [.value(schema.fitted(input, "application")), .value(parameterValue)],
            budget: budget)
        return applicability(kind, &evaluator)
    }

    /// By the kind alone.
    private func applicability(of kind: String?) -> Applicability {
        if let appliesTo {
            let isNamed = appliesTo.contains { $0.utf8.elementsEqual((kind ?? "").utf8) }
            guard isNamed else {
                return .doesNotApply(
                    Finding(
                        rule: "appliesTo", reason: Finding.Reason.notApplicable,
                        message: "the policy '\(name)' is for applications of the kind "
                            + appliesTo.joined(separator: ", ")))
            }
        }
        return .applies
    }

    func applicability(_ kind: String?, _ evaluator: inout Evaluator) -> Applicability {
        let byKind = applicability(of: kind)
        guard byKind == .applies else { return byKind }
        var problem: Finding?
        for condition in matchConditions {
            do throws(EvaluationError) {
                switch try evaluator.value(condition.root) {
                case .bool(true): continue
                case .bool(false):
                    return .doesNotApply(
                        Finding(
                            rule: "matchConditions", reason: Finding.Reason.notApplicable,
                            message: "the policy '\(name)' is for other applications: its "
                                + "condition '\(condition.name)' does not hold"))
                case let value:
                    problem =
                        problem
                        ?? Finding(
                            rule: "matchConditions", reason: Finding.Reason.unjudgeable,
                            message: "the condition '\(condition.name)' gives a "
                                + "\(value.typeName.rawValue), not true or false")
                }
            } catch {
                let finding = Self.finding("matchConditions", error)
                problem =
                    problem
                    ?? Finding(
                        rule: finding.rule, reason: finding.reason,
                        message: "the condition '\(condition.name)': \(finding.message)",
                        missing: finding.missing)
                // Nothing after this can be paid for.
                if error.isFinal { break }
            }
        }
        return problem.map(Applicability.undecided) ?? .applies
    }
}
