package import Encoding

extension PolicyDocument {
    /// Judges an application. All rules are evaluated and every failure is returned; a rule that
    /// errs, lacks a fact or gives anything but `true` refuses.
    ///
    /// - Parameters:
    ///   - application: the claims of the application, an object.
    ///   - evidence: the facts the auditor gathered, an object. Evidence that is not there is an
    ///     absent member.
    ///   - now: the moment of the judgement.
    ///   - budget: what all expressions together may cost, one unit being about 50 ns. A policy
    ///     that exceeds it fails.
    package func evaluate(
        application: JSON, evidence: JSON, now: Instant, budget: Int? = nil
    ) -> PolicyOutcome {
        let budget = budget ?? Limits.policyBudget
        let inputs: (application: Value, evidence: Value, now: Value)
        do throws(EvaluationError) {
            let milliseconds = Int32(now.milliseconds - now.seconds * 1000)
            let moment = try Timestamp(seconds: now.seconds, nanoseconds: milliseconds * 1_000_000)
            inputs = (try Value(application), try Value(evidence), .timestamp(moment))
        } catch {
            return outcome([finding("schema", error)], cost: 0)
        }
        let slots: [Slot] =
            [
                .value(inputs.application), .value(inputs.evidence), .value(parameterValue),
                .value(inputs.now),
            ] + variables.map(Slot.pending)
        var evaluator = Evaluator(plan: plan, slots: slots, budget: budget)
        var findings = schema.findings(
            application: inputs.application, evidence: inputs.evidence)
        for rule in rules {
            guard let finding = judge(rule, &evaluator) else { continue }
            findings.append(finding)
            // Nothing after this can be paid for; the application is refused as it is.
            if finding.reason == Finding.Reason.budgetExceeded { break }
        }
        guard findings.isEmpty else { return outcome(findings, cost: evaluator.meter.cost) }
        return refer(&evaluator)
    }

    private func judge(_ rule: Rule, _ evaluator: inout Evaluator) -> Finding? {
        do throws(EvaluationError) {
            switch try evaluator.value(rule.root) {
            case .bool(true):
                return nil
            case .bool(false):
                return Finding(rule: rule.id, reason: rule.reason, message: rule.message)
            case let value:
                return Finding(
                    rule: rule.id, reason: Finding.Reason.unjudgeable,
                    message: "the rule gives a \(value.typeName.rawValue), not true or false")
            }
        } catch {
            return finding(rule.id, error)
        }
    }

    private func refer(_ evaluator: inout Evaluator) -> PolicyOutcome {
        guard let referRoot, let referWhen else {
            return outcome([], cost: evaluator.meter.cost)
        }
        do throws(EvaluationError) {
            switch try evaluator.value(referRoot) {
            case .bool(false):
                return outcome([], cost: evaluator.meter.cost)
            case .bool(true):
                let finding = Finding(
                    rule: "referWhen", reason: Finding.Reason.referred,
                    message: "reviewers have to decide, because: \(referWhen)")
                return outcome([finding], .refer, cost: evaluator.meter.cost)
            case let value:
                let finding = Finding(
                    rule: "referWhen", reason: Finding.Reason.unjudgeable,
                    message: "referWhen gives a \(value.typeName.rawValue), not true or false")
                return outcome([finding], cost: evaluator.meter.cost)
            }
        } catch {
            let finding = finding("referWhen", error)
            return outcome([finding], cost: evaluator.meter.cost)
        }
    }

    private func outcome(
        _ findings: [Finding], _ verdict: PolicyOutcome.Verdict? = nil, cost: Int
    ) -> PolicyOutcome {
        PolicyOutcome(
            verdict: verdict ?? (findings.isEmpty ? .pass : .fail), findings: findings,
            cost: cost, validForSeconds: validForSeconds)
    }

    private func finding(_ rule: String, _ error: EvaluationError) -> Finding {
        switch error.code {
        case .missing:
            Finding(
                rule: rule, reason: Finding.Reason.missingFact,
                message: "\(error.detail), and the rule needs it", missing: error.missing)
        case .budget:
            Finding(
                rule: rule, reason: Finding.Reason.budgetExceeded,
                message: "\(error.detail), which is for the whole policy")
        case .noSuchOverload, .unknownName, .range, .divisionByZero, .invalidArgument,
            .unsupported, .limit:
            Finding(
                rule: rule, reason: Finding.Reason.unjudgeable,
                message: "cannot be judged: \(error.detail)")
        }
    }
}
