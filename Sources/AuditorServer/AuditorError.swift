/// Why an auditor's server cannot take or judge an application now. A refusal is no error.
package struct AuditorError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// A source of evidence that the policy needs does not answer; nothing was decided.
        case evidenceUnavailable = "evidence-unavailable"
        /// No ledger node tells what this auditor's transactions need.
        case ledgerUnavailable = "ledger-unavailable"
        /// As many applications are being judged as this server judges at one time.
        case busy
        /// No key signs now: none is active, or the one that is does not answer.
        case signer = "signer-unavailable"
        /// This auditor never answered the application that is to be renewed.
        case unknownApplication = "unknown-application"
        /// A credential that is not renewed: it was taken back, or people have to decide again.
        case notRenewable = "not-renewable"
        /// Something that this auditor signed is not in its store: an old backup was restored.
        case storeSetBack = "store-set-back"
        /// Nobody answered yet whether the store is the newest.
        case storeUnchecked = "store-unchecked"
        /// What the server was given at start does not fit together.
        case configuration

        /// Whether asking again changes nothing.
        var isFinal: Bool {
            switch self {
            case .unknownApplication, .notRenewable: true
            case .evidenceUnavailable, .ledgerUnavailable, .busy, .signer, .configuration,
                .storeSetBack, .storeUnchecked:
                false
            }
        }
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
