/// What the fields of a head say about framing and the connection, read the same way for requests
/// and responses.
enum MessageFields {
    static func values(_ name: String, in fields: [(String, String)]) -> [String] {
        var values: [String] = []
        for field in fields where field.0 == name { values.append(field.1) }
        return values
    }

    /// RFC 9112 §6.1–6.3, strictly: Content-Length once and all digits, or Transfer-Encoding once
    /// and exactly `chunked`, never both, and no coding in HTTP/1.0.
    static func framing(
        _ fields: [(String, String)], isVersion10: Bool
    ) throws(Rejection) -> BodyFraming {
        let lengths = values("content-length", in: fields)
        let codings = values("transfer-encoding", in: fields)
        guard !codings.isEmpty else {
            guard let length = lengths.first else { return .none }
            guard lengths.count == 1 else { throw Rejection(400, "Content-Length more than once") }
            return .length(try contentLength(length))
        }
        guard lengths.isEmpty else {
            throw Rejection(400, "Content-Length beside Transfer-Encoding")
        }
        guard !isVersion10 else { throw Rejection(400, "Transfer-Encoding in HTTP/1.0") }
        guard codings.count == 1, let coding = codings.first else {
            throw Rejection(400, "Transfer-Encoding more than once")
        }
        if Syntax.lowercased(coding.utf8) == Array("chunked".utf8) { return .chunked }
        guard Syntax.isToken(coding.utf8) else {
            throw Rejection(400, "Transfer-Encoding other than a single chunked")
        }
        throw Rejection(501, "Transfer-Encoding other than chunked")
    }

    private static func contentLength(_ text: String) throws(Rejection) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy(Syntax.isDigit) else {
            throw Rejection(400, "Content-Length is not a number")
        }
        guard text.utf8.count <= Limits.contentLengthDigitCount, let length = Int(text) else {
            throw Rejection(400, "Content-Length is too large a number")
        }
        return length
    }

    /// True when a Connection field lists `option`.
    static func connection(_ fields: [(String, String)], has option: String) -> Bool {
        values("connection", in: fields).contains { value in
            Array(value.utf8).split(separator: UInt8(ascii: ",")).contains {
                Syntax.lowercased(Syntax.trimmed($0)).elementsEqual(option.utf8)
            }
        }
    }
}
