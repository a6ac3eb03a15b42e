package import Credentials
package import Encoding
package import Policies

/// The policies of one auditor in their order, and which of them an application is judged by.
///
/// The first that is for the application judges it; one whose matching conditions err is taken as
/// being for it, and refuses. When none is, the first of all refuses it and says why. The choice
/// rests on the application alone, so that it is the same whenever it is made.
package struct PolicyChoice: Sendable {
    /// At least one.
    package let policies: [AuditorPolicy]
    private let first: AuditorPolicy

    /// - Throws: `policy` when there is none, one stands twice, or one could never be chosen.
    package init(_ policies: [AuditorPolicy]) throws(AuditingError) {
        guard let first = policies.first else {
            throw AuditingError(.policy, "there has to be a policy")
        }
        self.first = first
        self.policies = policies
        for (place, policy) in policies.enumerated() {
            for earlier in policies[..<place] where earlier.takesAll(of: policy) {
                throw AuditingError(
                    .policy,
                    "'\(policy.title)' could never be chosen: '\(earlier.title)' stands before it, "
                        + "is for the same applications and has no matchConditions. Put it first, "
                        + "or say in matchConditions which applications are whose")
            }
        }
    }

    package func policy(for application: Application) -> AuditorPolicy {
        policies.first { policy in
            switch policy.document.applicability(to: application.claims) {
            case .applies, .undecided: true
            case .doesNotApply: false
            }
        } ?? first
    }
}

extension AuditorPolicy {
    /// Whether every application that `other` is for is taken by this policy too.
    fileprivate func takesAll(of other: AuditorPolicy) -> Bool {
        if digest == other.digest { return true }
        guard document.matchConditions.isEmpty else { return false }
        guard let own = document.appliesTo else { return true }
        guard let others = other.document.appliesTo else { return false }
        return others.allSatisfy { kind in own.contains { $0.hasSameBytes(as: kind) } }
    }
}

extension AuditorPolicy {
    /// Whether evidence could change what this policy says of an application; otherwise it is
    /// refused as it stands.
    package func isFor(_ application: Application) -> Bool {
        document.applicability(to: application.claims) == .applies
    }
}

/// What a policy would say of an application, with nothing that could be signed: for policies on
/// trial beside the one in force.
package func trial(
    of policy: AuditorPolicy, _ application: Application, issuer: String, evidence: Evidence,
    at now: Instant
) -> PolicyOutcome {
    policy.document.evaluate(
        application: application.claims,
        evidence: evidence.relevant(to: application, issuer: issuer, at: now).facts, now: now)
}
