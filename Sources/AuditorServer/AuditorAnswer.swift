package import Cryptography
package import Encoding

/// What an auditor answers about one application. Every answer repeats whose application it is and
/// who answers, so that a mix-up anywhere between shows (credentials reference, lesson 1).
package struct AuditorAnswer: Sendable {
    package enum Outcome: String, Sendable {
        case consent
        case refusal
        /// Reviewers have to decide.
        case referred
        /// Being judged; ask again.
        case pending
    }

    package let application: Digest
    package let node: String
    package let issuer: String
    package let outcome: Outcome
    package let credential: String?
    package let findings: JSON

    package var json: JSON {
        var members: [(String, JSON)] = [
            ("application", JSON(application.text)), ("node", JSON(node)),
            ("issuer", JSON(issuer)), ("outcome", JSON(outcome.rawValue)),
            ("findings", findings),
        ]
        if let credential { members.append(("credential", JSON(credential))) }
        if outcome == .pending {
            members.append(("interval", JSON(Limits.retryIntervalSeconds)))
        }
        return .object(JSONObject(members))
    }
}
