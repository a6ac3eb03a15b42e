/// What went wrong on the way to or from another machine: a code to decide by and a text that says
/// what, why and how to fix it.
package struct WebError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The address is wrong, or nobody answers there.
        case address, connect
        /// The deadline passed.
        case timeout
        /// Certificates, keys or the handshake.
        case tls
        /// The other side broke RFC 9112, or asked us to.
        case framing = "protocol"
        case tooLarge
        case portInUse
        /// The other side, or this one, closed the connection.
        case closed
        /// The operating system refused.
        case system
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
