/// Why an auditor could not judge or could not answer. A refusal is no error.
package struct AuditingError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The document is no policy.
        case policy
        /// The signing key may not sign now.
        case keyWindow = "key-window"
        /// The key ring does not allow it, or is not one.
        case keyRing = "key-ring"
        /// No second of validity is left.
        case noValidity = "no-validity"
        /// The claims prepared are not what was judged; nothing is signed.
        case lint
        /// What an auditor tells of a case for reviewers does not hold together.
        case dossier
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
