/// Why a key cannot be read, made or used.
package struct KeyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The raw value is stable and may be shown to machines.
    package enum Code: String, Sendable {
        /// The bytes or members are not a key of the kind they claim to be.
        case malformed
        /// A kind of key or algorithm that this project does not ship.
        case unsupported
        /// A key that is not meant for verifying signatures (`use`, `key_ops`).
        case purpose
        /// The passphrase is missing, wrong or too long.
        case passphrase
        /// The cryptographic library failed for reasons of its own.
        case system
    }

    package let code: Code
    /// What is wrong and how to fix it.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue) key: \(detail)" }

    package static func == (left: KeyError, right: KeyError) -> Bool { left.code == right.code }
}
