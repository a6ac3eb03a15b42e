/// The head of a response, by the same rules as a request's.
struct ResponseHead: MessageHead {
    struct StartLine: Sendable {
        let status: Int
        let isVersion10: Bool
    }

    let status: Int
    let fields: [(String, String)]
    let framing: BodyFraming
    let wantsClose: Bool

    /// Neither Content-Length nor Transfer-Encoding was there: unless the answer has no body by its
    /// nature, it would end with the connection, which is refused.
    let isUnframed: Bool

    var isInterim: Bool { status < 200 }

    static func startLine(_ bytes: [UInt8]) throws(Rejection) -> StartLine {
        let malformed = Rejection(502, "the status line is not HTTP/1.1 SP 3DIGIT SP REASON")
        guard bytes.count >= 12 else { throw malformed }
        let version = Array(bytes[..<9])
        let isVersion10 = version == Array("HTTP/1.0 ".utf8)
        guard isVersion10 || version == Array("HTTP/1.1 ".utf8),
            bytes[9..<12].allSatisfy(Syntax.isDigit),
            bytes.count == 12 || bytes[12] == Syntax.space,
            let status = Int(String(decoding: bytes[9..<12], as: UTF8.self)),
            (100...599).contains(status)
        else { throw malformed }
        return StartLine(status: status, isVersion10: isVersion10)
    }

    init(_ start: StartLine, _ fields: [(String, String)]) throws(Rejection) {
        status = start.status
        self.fields = fields
        let framing = try MessageFields.framing(fields, isVersion10: start.isVersion10)
        isUnframed = framing == .none
        let hasNoBody = status < 200 || status == 204 || status == 304
        self.framing = hasNoBody ? .none : framing
        wantsClose = start.isVersion10 || MessageFields.connection(fields, has: "close")
    }
}
