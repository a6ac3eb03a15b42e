/// Why a part of a log is not believed. Two errors are equal when their codes are.
package struct LogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The raw value is stable and is shown to machines.
    package enum Code: String, Sendable, CaseIterable {
        /// Not the shape a note, checkpoint, tile or proof has.
        case malformed
        /// Larger than a named bound.
        case limit
        /// No signature of a known key is on the note.
        case unsigned
        /// A known key's signature does not fit.
        case badSignature = "bad-signature"
        /// A checkpoint of another log.
        case otherLog = "other-log"
        /// A proof that does not lead to the root.
        case wrongProof = "wrong-proof"
        /// A hash that should be stored is not.
        case missing
    }

    package let code: Code
    /// What is wrong, and what would be right.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }

    package static func == (left: LogError, right: LogError) -> Bool { left.code == right.code }
}
