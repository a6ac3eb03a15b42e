/// Why some bytes or text are not what they claim to be. Two errors are equal when their codes are.
package struct FormatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which format was broken. The raw value is stable and may be shown to machines.
    package enum Code: String, Sendable {
        /// Not JSON as RFC 8259 and RFC 7493 have it.
        case json
        /// Not base64url without padding (RFC 4648 section 5).
        case base64url
        /// Not base64 with padding (RFC 4648 section 4).
        case base64
        /// Not base58 in the Bitcoin alphabet.
        case base58
        /// Not lowercase hexadecimal.
        case hexadecimal
        /// Well-formed, but a member is missing, unknown or of the wrong kind.
        case shape
        /// Not a time this project can hold.
        case time
        /// Not the binary layout that was expected.
        case binary
        /// Larger than a named bound.
        case limit
    }

    package let code: Code
    /// What is wrong, where, and what would be right.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }

    package static func == (left: FormatError, right: FormatError) -> Bool {
        left.code == right.code
    }
}
