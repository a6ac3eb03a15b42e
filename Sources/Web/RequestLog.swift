/// One line about one request, for the closure a server is given.
package struct RequestLog: Sendable {
    package let id: String
    package let method: String
    /// Without the query, which may hold what logs should not. Printable ASCII only.
    package let path: String
    /// The route's pattern, or nil when none fitted.
    package let route: String?
    package let status: Int
    /// Of the answer's body.
    package let byteCount: Int
    package let milliseconds: Int64
    package let remote: SocketAddress
    /// Why a request was refused or failed; never sent to the client.
    package let failure: String?
}
