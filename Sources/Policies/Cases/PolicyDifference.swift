import Encoding

/// What two versions of a policy say differently, in their text and of the same applications.
package struct PolicyDifference: Sendable {
    /// One application that both were asked about.
    package struct Judged: Sendable {
        package let old: PolicyOutcome
        package let new: PolicyOutcome

        package var isSame: Bool { old.verdict == new.verdict && rules.isEmpty }

        /// The rules that only one of them holds against the application, in order.
        package var rules: [(id: String, onlyInNew: Bool)] {
            let before = old.findings.map(\.rule)
            let after = new.findings.map(\.rule)
            return before.filter { !after.contains($0) }.map { ($0, false) }
                + after.filter { !before.contains($0) }.map { ($0, true) }
        }
    }

    private let old: PolicyDocument
    private let new: PolicyDocument

    package init(from old: PolicyDocument, to new: PolicyDocument) {
        self.old = old
        self.new = new
    }

    package func judge(_ policyCase: PolicyCase) -> Judged {
        func outcome(_ policy: PolicyDocument) -> PolicyOutcome {
            policy.evaluate(
                application: policyCase.application, evidence: policyCase.evidence,
                now: policyCase.now)
        }
        return Judged(old: outcome(old), new: outcome(new))
    }

    /// How the documents differ, a line each: rules, parameters, variables, conditions and the rest
    /// by name.
    package var changes: [String] {
        changes(
            "rule", old.rules.map { ($0.id, $0.expression) },
            new.rules.map { ($0.id, $0.expression) })
            + changes("reason of rule", reasons(old), reasons(new))
            + changes("message of rule", messages(old), messages(new))
            + changes("parameter", members(old.parameters), members(new.parameters))
            + changes(
                "variable", old.variables.map { ($0.name, $0.expression) },
                new.variables.map { ($0.name, $0.expression) })
            + changes(
                "matching condition", old.matchConditions.map { ($0.name, $0.expression) },
                new.matchConditions.map { ($0.name, $0.expression) })
            + changes("policy", rest(old), rest(new))
    }

    private func members(_ json: JSON) -> [(String, String)] {
        json.objectValue?.members.map { ($0.name, $0.value.text) } ?? []
    }

    private func rest(_ policy: PolicyDocument) -> [(String, String)] {
        [
            ("referWhen", policy.referWhen ?? "none"), ("validFor", "\(policy.validForSeconds) s"),
            ("appliesTo", policy.appliesTo?.joined(separator: ", ") ?? "all kinds"),
            ("evidenceMaxAge", "\(policy.evidenceMaxAgeSeconds) s"),
            ("budget", "\(policy.budget)"),
            (
                "review",
                policy.review.map(Self.text) ?? "none"
            ),
            ("schema", (try? JSON.parse(policy.bytes))?["schema"]?.text ?? "none"),
        ]
    }

    private static func text(_ review: PolicyDocument.Review) -> String {
        var text =
            "\(review.approvals) of \(review.of), expires after "
            + "\(review.expiresAfterSeconds) s"
        if review.approvalExpiresAfterSeconds != review.expiresAfterSeconds {
            text += ", approvals after \(review.approvalExpiresAfterSeconds) s"
        }
        for part in review.parts {
            text += review.isInOrder ? ", then " : ", with "
            text += "\(part.approvals) in \(part.name)"
            if let role = part.role, !role.hasSameBytes(as: part.name) { text += " by \(role)" }
        }
        return text
    }

    /// Rules that only one of them has are told of as rules.
    private func shared(_ policy: PolicyDocument) -> [PolicyDocument.Rule] {
        let other = [old, new].map { $0.rules.map(\.id) }
        return policy.rules.filter { rule in other.allSatisfy { $0.contains(rule.id) } }
    }

    private func reasons(_ policy: PolicyDocument) -> [(String, String)] {
        shared(policy).map { ($0.id, $0.reason) }
    }

    private func messages(_ policy: PolicyDocument) -> [(String, String)] {
        shared(policy).map { ($0.id, $0.messageExpression ?? $0.message) }
    }

    private func changes(
        _ what: String, _ old: [(name: String, text: String)], _ new: [(name: String, text: String)]
    ) -> [String] {
        var lines: [String] = []
        for (name, text) in old {
            guard let after = new.first(where: { $0.name == name })?.text else {
                lines.append("\(what) \(name) removed: \(text)")
                continue
            }
            // Texts that look alike may mean different things: their bytes are compared.
            if !after.hasSameBytes(as: text) { lines.append("\(what) \(name): \(text) → \(after)") }
        }
        for (name, text) in new where !old.contains(where: { $0.name == name }) {
            lines.append("\(what) \(name) added: \(text)")
        }
        return lines
    }
}
