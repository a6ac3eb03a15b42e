/// Why a token is not believed.
package struct JWSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The raw value is stable and may be shown to machines.
    package enum Code: String, Sendable {
        /// Not a compact JWS (RFC 7515 section 7.1).
        case malformed
        /// The header asks for something that is refused whoever signed it.
        case header
        /// An algorithm that is not shipped, or not the one of the key.
        case algorithm
        /// A token of another kind (`typ`).
        case type
        /// The signature does not fit.
        case signature
        /// Larger than a named bound.
        case limit
        /// The token could not be made.
        case signing
    }

    package let code: Code
    /// What is wrong and what would be right.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }

    package static func == (left: JWSError, right: JWSError) -> Bool { left.code == right.code }
}
