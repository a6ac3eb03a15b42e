package import Encoding

/// What a handler answers. Framing, Date, Connection and the security headers are the server's:
/// a response that sets Content-Length, Transfer-Encoding, Connection or Date is refused.
package struct Response: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    package var body: [UInt8]
    /// What follows instead of `body`, bit by bit; the connection ends with it.
    package var stream: ResponseStream?

    package init(status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of that name, given in lower case.
    package func header(_ name: String) -> String? {
        headers.first { Syntax.isSameName($0.0, name) }?.1
    }

    package static func json(
        _ json: JSON, status: Int = 200, headers: [(String, String)] = []
    ) -> Response {
        Response(
            status: status, headers: [("content-type", "application/json")] + headers,
            body: json.bytes)
    }

    package static func text(
        _ text: String, status: Int = 200, headers: [(String, String)] = []
    ) -> Response {
        Response(
            status: status, headers: [("content-type", "text/plain; charset=utf-8")] + headers,
            body: Array(text.utf8))
    }

    package static func bytes(
        _ bytes: [UInt8], contentType: String, status: Int = 200, headers: [(String, String)] = []
    ) -> Response {
        Response(status: status, headers: [("content-type", contentType)] + headers, body: bytes)
    }

    /// The body as JSON, for clients.
    package func json(limits: JSONLimits = .standard) throws(WebError) -> JSON {
        do {
            return try JSON.parse(body, limits: limits)
        } catch {
            throw WebError(.framing, "the answer's body is not JSON: \(error)")
        }
    }
}
