package import Encoding

/// An error as its reader gets it (RFC 9457): what, why, and how to fix it.
package struct Problem: Error, Sendable {
    /// A short code, rendered `urn:accredit:problem:<code>`.
    package let type: String
    package let title: String
    package let status: Int
    package let detail: String
    package let fix: String?
    /// Further members of the document.
    package let extra: [(String, JSON)]
    /// Further header fields, such as Allow or Retry-After.
    package let headers: [(String, String)]

    package init(
        type: String, title: String, status: Int, detail: String, fix: String? = nil,
        extra: [(String, JSON)] = [], headers: [(String, String)] = []
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.fix = fix
        self.extra = extra
        self.headers = headers
    }

    package static func badRequest(_ detail: String, fix: String? = nil) -> Problem {
        Problem(type: "request", title: "Bad request", status: 400, detail: detail, fix: fix)
    }

    package static func notFound(_ detail: String, fix: String? = nil) -> Problem {
        Problem(type: "not-found", title: "Not found", status: 404, detail: detail, fix: fix)
    }

    package static func conflict(_ detail: String, fix: String? = nil) -> Problem {
        Problem(type: "conflict", title: "Conflict", status: 409, detail: detail, fix: fix)
    }

    package static func unavailable(_ detail: String, fix: String? = nil) -> Problem {
        Problem(
            type: "unavailable", title: "Service unavailable", status: 503, detail: detail,
            fix: fix)
    }

    /// A body that is not in the form the route asks for.
    package init(_ error: FormatError) {
        self.init(
            type: "format", title: "Malformed body", status: 400, detail: error.detail)
    }

    init(_ rejection: Rejection) {
        self.init(
            type: "http", title: StatusText.reason(rejection.status), status: rejection.status,
            detail: "The request is refused: \(rejection.detail).",
            fix: "Send one well-formed HTTP/1.1 request; the connection is closed.")
    }

    /// What a reader learns of an error nobody foresaw: nothing but the request to ask about.
    static let unforeseen = Problem(
        type: "internal", title: "Internal server error", status: 500,
        detail: "The server failed to answer. Its log names the cause under this request's id.")

    /// The document that tells it as a part of another one.
    package var json: JSON { .object(JSONObject(members + extra)) }

    private var members: [(String, JSON)] {
        var members: [(String, JSON)] = [
            ("type", .string("urn:accredit:problem:\(type)")),
            ("title", .string(title)),
            ("status", .number(JSONNumber(Int64(status)))),
            ("detail", .string(detail)),
        ]
        if let fix { members.append(("fix", .string(fix))) }
        return members
    }

    package func response(instance: String) -> Response {
        let document = members + [("instance", .string(instance))] + extra
        return Response(
            status: status, headers: [("content-type", "application/problem+json")] + headers,
            body: JSON.object(JSONObject(document)).bytes)
    }
}
