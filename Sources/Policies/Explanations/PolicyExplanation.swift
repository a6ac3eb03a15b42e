package import Encoding

/// How a policy came to its outcome: every expression with the values of its parts, what was
/// missing, and what would have to change for a refused rule.
package struct PolicyExplanation: Sendable {
    /// A part of an expression and what it gave.
    package struct Line: Sendable {
        /// How deep it stands within the expression.
        package let depth: Int
        package let text: String
        /// What it gave, or why it gave nothing; whole.
        package let value: String
        /// The kind of the value; nil for an error.
        package let type: String?
        /// The result did not need it: `&&` and `||` were decided before.
        package let isExtra: Bool
    }

    package struct Part: Sendable {
        package enum Kind: String, Sendable {
            case matchCondition, variable, rule, referWhen
        }

        package let kind: Kind
        package let name: String
        package let expression: String
        /// The expression, then its parts; none when it was not evaluated.
        package let lines: [Line]
        /// What has to change for a rule or condition to hold; nil for what holds.
        package let remedy: Remedy?
    }

    package let outcome: PolicyOutcome
    package let parts: [Part]
    /// Whether steps were left out because there are too many.
    package let isTruncated: Bool
}

extension TracedPolicy {
    /// Judges an application and tells why.
    package func explain(
        application: JSON, evidence: JSON, now: Instant
    ) -> PolicyExplanation {
        let recorder = recorder(isExhaustive: true)
        let outcome = evaluate(
            application: application, evidence: evidence, now: now, recorder)
        let trace = Trace(self, recorder)
        return PolicyExplanation(
            outcome: outcome, parts: parts.compactMap(trace.part),
            isTruncated: recorder.isTruncated)
    }

    /// The recorded steps, found by what they belong to.
    private struct Trace {
        let plan: Plan
        let recorder: Recorder
        let advisor: Advisor
        /// Where variables are evaluated: shown apart, not where they were first asked for.
        let variableSites: Set<Int32>
        var variableSteps: [String: Recorder.Step] = [:]

        init(_ policy: TracedPolicy, _ recorder: Recorder) {
            let plan = policy.document.plan.plan
            var sites: [Int32: String] = [:]
            var variableSites: Set<Int32> = []
            var slots: [Int32: PolicyDocument.Variable] = [:]
            var named: [String: PolicyDocument.Variable] = [:]
            for (place, variable) in policy.document.variables.enumerated() {
                if case .traced(_, let site) = plan.nodes[Int(variable.root)] {
                    sites[site] = variable.name
                    variableSites.insert(site)
                }
                slots[Int32(PolicyDocument.inputTypes.count + place)] = variable
                named[variable.name] = variable
            }
            var found: [String: Recorder.Step] = [:]
            Self.collect(recorder.steps, sites, &found)
            self.plan = plan
            self.recorder = recorder
            self.variableSites = variableSites
            variableSteps = found
            advisor = Advisor(
                plan: plan, variables: slots, variablesByName: named, variableSteps: found)
        }

        /// Finds where each variable was evaluated. One that was needed goes before one that was
        /// only looked at.
        private static func collect(
            _ steps: [Recorder.Step], _ sites: [Int32: String],
            _ found: inout [String: Recorder.Step]
        ) {
            for step in steps {
                if let name = sites[step.site], found[name].map(\.isExtra) ?? true {
                    found[name] = step
                }
                collect(step.steps, sites, &found)
            }
        }

        func part(_ part: TracedPolicy.Part) -> PolicyExplanation.Part? {
            let kind: PolicyExplanation.Part.Kind
            switch part.kind {
            case .matchCondition: kind = .matchCondition
            case .variable: kind = .variable
            case .rule: kind = .rule
            case .referWhen: kind = .referWhen
            case .message: return nil
            }
            let step = step(part)
            var lines: [PolicyExplanation.Line] = []
            if let step { add(step, 0, &lines) }
            var remedy: Remedy?
            if kind == .rule || kind == .matchCondition, let step {
                remedy = advisor.remedy(part.root, [step], wanted: true)
            }
            return PolicyExplanation.Part(
                kind: kind, name: part.name, expression: part.expression, lines: lines,
                remedy: remedy)
        }

        private func step(_ part: TracedPolicy.Part) -> Recorder.Step? {
            guard case .traced(_, let site) = plan.nodes[Int(part.root)] else { return nil }
            if part.kind == .variable { return variableSteps[part.name] }
            return recorder.steps.first { $0.site == site }
        }

        private func add(
            _ step: Recorder.Step, _ depth: Int, _ lines: inout [PolicyExplanation.Line]
        ) {
            let text = plan.sites[Int(step.site)].text
            switch step.result {
            case .success(let value):
                lines.append(
                    PolicyExplanation.Line(
                        depth: depth, text: text,
                        value: value.display(maximum: Limits.messageByteCountMaximum),
                        type: value.typeName.rawValue, isExtra: step.isExtra))
            case .failure(let error):
                lines.append(
                    PolicyExplanation.Line(
                        depth: depth, text: text,
                        value: error.missing == nil ? "error: \(error.detail)" : "missing",
                        type: nil, isExtra: step.isExtra))
            }
            for inner in step.steps where !variableSites.contains(inner.site) {
                add(inner, depth + 1, &lines)
            }
        }
    }
}
