/// What a policy said of a case, beside what it ought to have said.
package struct PolicyCaseResult: Sendable {
    package let name: String
    /// Nil when the case could not be run.
    package let outcome: PolicyOutcome?
    /// How the outcome differs from the expectation, a line each; none when the case passes.
    package let differences: [String]

    package var passes: Bool { differences.isEmpty }
}

extension TracedPolicy {
    /// Runs a case and adds the ways it took to the coverage.
    package func run(_ policyCase: PolicyCase, _ coverage: inout PolicyCoverage) -> PolicyCaseResult
    {
        var policy = self
        if !policyCase.parameters.isEmpty {
            do throws(PolicyError) {
                policy = try TracedPolicy(document, parameters: policyCase.parameters)
            } catch {
                return PolicyCaseResult(
                    name: policyCase.name, outcome: nil,
                    differences: ["the policy does not load with these parameters: \(error)"])
            }
        }
        let recorder = policy.recorder(isExhaustive: false)
        let outcome = policy.evaluate(
            application: policyCase.application, evidence: policyCase.evidence,
            now: policyCase.now, recorder)
        coverage.add(recorder)
        let differences =
            policyCase.expectation.map { $0.differences(from: outcome) }
            ?? ["the case has no \"expect\""]
        return PolicyCaseResult(
            name: policyCase.name, outcome: outcome, differences: differences)
    }
}

extension PolicyCase.Expectation {
    func differences(from outcome: PolicyOutcome) -> [String] {
        var differences: [String] = []
        if outcome.verdict != verdict {
            differences.append("verdict: expected \(verdict.word), found \(outcome.verdict.word)")
        }
        guard let findings else {
            // Whoever expects another verdict wants to know why it came to this one.
            return differences.isEmpty ? [] : differences + outcome.findings.map(Self.unexpected)
        }
        var found = outcome.findings
        for expected in findings {
            if let place = found.firstIndex(where: expected.isMet) {
                found.remove(at: place)
            } else if let place = found.firstIndex(where: { $0.rule == expected.rule }) {
                differences += expected.differences(from: found.remove(at: place))
            } else {
                differences.append("no finding of \(expected.rule), which was expected")
            }
        }
        return differences + found.map(Self.unexpected)
    }

    private static func unexpected(_ finding: Finding) -> String {
        "unexpected finding of \(finding.rule) (\(finding.reason)): \(finding.message)"
    }
}

extension PolicyCase.ExpectedFinding {
    fileprivate func isMet(by finding: Finding) -> Bool {
        finding.rule == rule && differences(from: finding).isEmpty
    }

    fileprivate func differences(from finding: Finding) -> [String] {
        func difference(_ what: String, _ expected: String?, _ found: String?) -> String? {
            guard let expected, expected != found else { return nil }
            return "\(rule), \(what): expected \(expected), found \(found ?? "none")"
        }
        return [
            difference("reason", reason, finding.reason),
            difference("message", message, finding.message),
            difference("missing", missing, finding.missing),
        ].compactMap { $0 }
    }
}
