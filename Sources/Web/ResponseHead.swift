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

    static func startLine(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> StartLine {
        let malformed = Rejection(502, "the status line is not HTTP/1.1 SP 3DIGIT SP REASON")
        let (version, rest) = (bytes.prefix(9), bytes.dropFirst(9))
        let isVersion10 = version.elementsEqual("HTTP/1.0 ".utf8)
        let (digits, reason) = (rest.prefix(3), rest.dropFirst(3))
        guard isVersion10 || version.elementsEqual("HTTP/1.1 ".utf8),
            digits.count == 3, digits.allSatisfy(Syntax.isDigit),
            reason.isEmpty || reason.first == Syntax.space,
            let status = Int(String(decoding: digits, as: UTF8.self)),
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
