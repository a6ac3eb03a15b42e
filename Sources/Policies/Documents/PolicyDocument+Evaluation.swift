package import Encoding

extension PolicyDocument {
    /// Judges an application. All rules are evaluated and every failure is returned; a rule that
    /// errs, lacks a fact or gives anything but `true` refuses, and so does a policy that is for
    /// other applications.
    ///
    /// - Parameters:
    ///   - application: the claims of the application, an object.
    ///   - evidence: the facts the auditor gathered, an object. Evidence that is not there is an
    ///     absent member.
    ///   - now: the moment of the judgement.
    ///   - budget: what all expressions together may cost in place of the policy's own budget, one
    ///     unit being about 50 ns. A policy that exceeds it fails.
    package func evaluate(
        application: JSON, evidence: JSON, now: Instant, budget: Int? = nil
    ) -> PolicyOutcome {
        evaluate(
            application: application, evidence: evidence, now: now, budget: budget, recorder: nil)
    }

    /// - Parameter recorder: takes down every step, if the document was parsed for tracing.
    func evaluate(
        application: JSON, evidence: JSON, now: Instant, budget: Int? = nil, recorder: Recorder?
    ) -> PolicyOutcome {
        do throws(EvaluationError) {
            let inputs = try inputs(application: application, evidence: evidence, now: now)
            return evaluate(inputs, budget: budget, recorder: recorder)
        } catch {
            return outcome([Self.finding("schema", error)], cost: 0)
        }
    }

    /// Reads what the policy is to be asked about, to ask it often.
    /// - Throws: `range` or `limit` for facts no expression could hold.
    package func inputs(
        application: JSON, evidence: JSON, now: Instant
    ) throws(EvaluationError) -> Inputs {
        try Inputs(self, application, evidence, now)
    }

    /// The same for facts that were read before, for this policy.
    package func evaluate(_ inputs: Inputs, budget: Int? = nil) -> PolicyOutcome {
        evaluate(inputs, budget: budget, recorder: nil)
    }

    private func evaluate(_ inputs: Inputs, budget: Int?, recorder: Recorder?) -> PolicyOutcome {
        var findings = schema.findings(
            application: inputs.application, evidence: inputs.evidence)
        var evaluator = Evaluator(
            plan: plan, slots: inputs.slots(self), budget: budget ?? self.budget)
        evaluator.recorder = recorder
        switch applicability(inputs.kind, &evaluator) {
        case .applies: break
        case .doesNotApply(let finding), .undecided(let finding):
            return outcome([finding], cost: evaluator.meter.cost)
        }
        for rule in rules {
            guard let finding = judge(rule, &evaluator) else { continue }
            findings.append(finding)
            // Nothing after this can be paid for; the application is refused as it is.
            if finding.reason == Finding.Reason.budgetExceeded { break }
        }
        guard findings.isEmpty else { return outcome(findings, cost: evaluator.meter.cost) }
        return refer(&evaluator)
    }

    /// The inputs as values, with the numbers of the kinds the schema says.
    package struct Inputs: Sendable {
        /// The kind of the application, if it says one.
        let kind: String?
        let application: Value
        private(set) var evidence: Value
        let now: Value

        init(
            _ document: PolicyDocument, _ application: JSON, _ evidence: JSON, _ now: Instant
        ) throws(EvaluationError) {
            let milliseconds = Int32(now.milliseconds - now.seconds * 1000)
            let moment = try Timestamp(seconds: now.seconds, nanoseconds: milliseconds * 1_000_000)
            kind = application["kind"]?.stringValue
            self.application = document.schema.fitted(try Value(application), "application")
            self.evidence = document.schema.fitted(try Value(evidence), "evidence")
            self.now = .timestamp(moment)
        }

        /// The same application at the same moment without the part of the evidence of this name.
        package func without(evidence name: String) -> Inputs {
            guard case .map(let parts) = evidence else { return self }
            var inputs = self
            inputs.evidence = .map(parts.removing(Text(name)))
            return inputs
        }

        /// What stands in the slots of the plan.
        func slots(_ document: PolicyDocument) -> [Slot] {
            [
                .value(application), .value(document.parameterValue), .value(evidence), .value(now),
            ] + document.variables.map { .pending($0.root) }
        }
    }

    private func judge(_ rule: Rule, _ evaluator: inout Evaluator) -> Finding? {
        do throws(EvaluationError) {
            switch try evaluator.value(rule.root) {
            case .bool(true):
                return nil
            case .bool(false):
                return Finding(
                    rule: rule.id, reason: rule.reason, message: message(of: rule, &evaluator))
            case let value:
                return Finding(
                    rule: rule.id, reason: Finding.Reason.unjudgeable,
                    message: "the rule gives a \(value.typeName.rawValue), not true or false")
            }
        } catch {
            return Self.finding(rule.id, error)
        }
    }

    /// The message made from the facts if it is one short line, else the message as written.
    private func message(of rule: Rule, _ evaluator: inout Evaluator) -> String {
        guard let root = rule.messageRoot, case .string(let text)? = try? evaluator.value(root),
            text.bytes.count <= Limits.messageByteCountMaximum
        else { return rule.message }
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let words = text.bytes.drop(while: isSpace)
        guard let last = words.lastIndex(where: { !isSpace($0) }) else { return rule.message }
        let line = Text(wellFormed: Array(words[...last]))
        return line.scalars.contains(where: Self.breaksLine) ? rule.message : line.string
    }

    /// Whether a code point would make two lines of one, drive a terminal or turn its text around:
    /// what an applicant wrote may stand in a message.
    private static func breaksLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
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
            return outcome([Self.finding("referWhen", error)], cost: evaluator.meter.cost)
        }
    }

    private func outcome(
        _ findings: [Finding], _ verdict: PolicyOutcome.Verdict? = nil, cost: Int
    ) -> PolicyOutcome {
        PolicyOutcome(
            verdict: verdict ?? (findings.isEmpty ? .pass : .fail), findings: findings,
            cost: cost, validForSeconds: validForSeconds)
    }

    static func finding(_ rule: String, _ error: EvaluationError) -> Finding {
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
