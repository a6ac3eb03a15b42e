/// One thing a policy holds against an application, or gives to reviewers to judge.
package struct Finding: Sendable, Hashable {
    /// The id of the rule, or `schema`, `variables`, `referWhen`, `appliesTo`, `matchConditions` for
    /// what is not a rule.
    package let rule: String
    /// A short code for programs: the rule's own reason, or one of `Finding.Reason`.
    package let reason: String
    /// A sentence for people.
    package let message: String
    /// The full path of the fact that is not there, such as `evidence.deposit.amount`.
    package let missing: String?

    package init(rule: String, reason: String, message: String, missing: String? = nil) {
        self.rule = rule
        self.reason = reason
        self.message = message
        self.missing = missing
    }

    /// Reasons that the evaluation gives, whatever the rule's own reason is.
    package enum Reason {
        /// A fact the rule needs is not there.
        package static let missingFact = "MissingFact"
        /// The rule errs on these facts, or gives something other than true or false.
        package static let unjudgeable = "Unjudgeable"
        /// The policy costs more than its budget.
        package static let budgetExceeded = "BudgetExceeded"
        /// A fact is not what the policy's schema says.
        package static let schemaMismatch = "SchemaMismatch"
        /// The policy is for other applications.
        package static let notApplicable = "NotApplicable"
        /// All rules hold, and reviewers have to decide.
        package static let referred = "Referred"
    }
}

/// What a policy says of one application.
package struct PolicyOutcome: Sendable, Hashable {
    package enum Verdict: String, Sendable, CaseIterable {
        case pass, fail, refer
    }

    package let verdict: Verdict
    /// Everything that failed, in the order of the rules; one finding for a referral; none for a
    /// pass.
    package let findings: [Finding]
    /// What the evaluation cost, in units of about 50 ns.
    package let cost: Int
    /// How long a credential given on this outcome is good for.
    package let validForSeconds: Int64
}
