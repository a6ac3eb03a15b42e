/// Serialises messages. Nothing a handler or caller gives can end a line or add a field: names must
/// be tokens and values must be free of control characters.
enum MessageWriter {
    /// Fields that say where a message ends or belong to the connection: written here only.
    private static let reserved = [
        "content-length", "transfer-encoding", "connection", "date", "host", "keep-alive",
        "upgrade", "te", "trailer",
    ]

    /// Sent with every answer unless the handler set the field itself.
    private static let standard = [
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ]
    private static let transportSecurity = ("strict-transport-security", "max-age=63072000")

    struct Circumstances {
        var isHead = false
        var closes = false
        var isSecure = false
        var isVersion10 = false
        var date = ""
        var requestID = ""
    }

    static func response(
        _ response: Response, _ circumstances: Circumstances
    ) throws(WebError) -> [UInt8] {
        guard (200...599).contains(response.status) else {
            throw WebError(.framing, "a handler answered with the status \(response.status)")
        }
        var output: [UInt8] = []
        let sendsBody = response.status != 204 && response.status != 304
        output.reserveCapacity(1024 + response.body.count)
        append("HTTP/1.1 ", to: &output)
        append(String(response.status), to: &output)
        append(" ", to: &output)
        append(StatusText.reason(response.status), to: &output)
        append("\r\n", to: &output)
        try append(fields: response.headers, to: &output)
        for field in standard {
            let isSet = response.headers.contains { Syntax.isSameName($0.0, field.0) }
            if !isSet { append(field, to: &output) }
        }
        if circumstances.isSecure { append(transportSecurity, to: &output) }
        append(("x-request-id", circumstances.requestID), to: &output)
        append(("date", circumstances.date), to: &output)
        if circumstances.closes { append(("connection", "close"), to: &output) }
        if response.stream != nil {
            // An HTTP/1.0 client does not know chunks: its body ends with the connection.
            if !circumstances.isVersion10 {
                append(("transfer-encoding", "chunked"), to: &output)
            }
        } else if sendsBody {
            append(("content-length", String(response.body.count)), to: &output)
        }
        append("\r\n", to: &output)
        if sendsBody, !circumstances.isHead, response.stream == nil { output += response.body }
        return output
    }

    /// A request in the pieces that are to be written one after the other. Large pieces of its body
    /// stay the arrays they are, the others are joined with what comes before.
    static func request(
        _ method: String, _ url: WebURL, headers: [(String, String)], body: [[UInt8]]
    ) throws(WebError) -> [[UInt8]] {
        guard Syntax.isToken(method.utf8) else {
            throw WebError(.framing, "“\(method)” is not a method")
        }
        var output: [UInt8] = []
        let byteCount = body.reduce(0) { $0 + $1.count }
        output.reserveCapacity(256 + min(byteCount, Limits.joinedPieceByteCount))
        append("\(method) \(url.target) HTTP/1.1\r\n", to: &output)
        append(("host", url.authority), to: &output)
        try append(fields: headers, to: &output)
        if byteCount > 0 || (method != "GET" && method != "HEAD") {
            append(("content-length", "\(byteCount)"), to: &output)
        }
        append("\r\n", to: &output)
        var pieces: [[UInt8]] = []
        for piece in body {
            guard piece.count > Limits.joinedPieceByteCount else {
                output += piece
                continue
            }
            if !output.isEmpty { pieces.append(output) }
            pieces.append(piece)
            output = []
        }
        return output.isEmpty ? pieces : pieces + [output]
    }

    private static func append(
        fields: [(String, String)], to output: inout [UInt8]
    ) throws(WebError) {
        for field in fields {
            guard Syntax.isToken(field.0.utf8), Syntax.isFieldValue(field.1.utf8) else {
                throw WebError(
                    .framing, "a header field's name or value holds a character not allowed there")
            }
            guard !reserved.contains(where: { Syntax.isSameName(field.0, $0) }) else {
                let name = Syntax.lowercasedText(field.0.utf8)
                throw WebError(.framing, "the field \(name) is written by the connection only")
            }
            append(field, to: &output)
        }
    }

    private static func append(_ field: (String, String), to output: inout [UInt8]) {
        append(field.0, to: &output)
        append(": ", to: &output)
        append(field.1, to: &output)
        append("\r\n", to: &output)
    }

    private static func append(_ text: String, to output: inout [UInt8]) {
        output.append(contentsOf: text.utf8)
    }
}
