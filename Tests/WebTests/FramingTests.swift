import Testing

@testable import Web

/// What RFC 9112 and RFC 9110 tell a server to refuse, sent over a socket to a live server: one
/// answer, then the end of the connection, and never a look at what follows.
@Suite struct FramingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let status: Int
        let bytes: [UInt8]
        var testDescription: String { name }

        init(_ name: String, _ status: Int, _ text: String) {
            self.name = name
            self.status = status
            bytes = Array(text.utf8)
        }

        init(_ name: String, _ status: Int, bytes: [UInt8]) {
            self.name = name
            self.status = status
            self.bytes = bytes
        }
    }

    static func post(_ fields: String, _ body: String = "") -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked", body) }

    static func get(_ fields: String) -> String {
        "GET /hello HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n"
    }

    static let startLines = [
        Case("bare CR in the request line", 400, "GET /\rhello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("lines that end in CR alone", 400, "GET /hello HTTP/1.1\rHost: a\r\r"),
        Case("lines that end in LF alone", 400, "GET /hello HTTP/1.1\nHost: a\n\n"),
        Case("two empty lines before the request", 400, "\r\n\r\nGET /hello HTTP/1.1\r\n"),
        Case("no version", 400, "GET /hello\r\nHost: a\r\n\r\n"),
        Case("a fourth part", 400, "GET /hello x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("two spaces", 400, "GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("leading space", 400, " GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("trailing space", 400, "GET /hello HTTP/1.1 \r\nHost: a\r\n\r\n"),
        Case("tab instead of space", 400, "GET\t/hello\tHTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("space in the target", 400, "GET /hel lo HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("tab in the target", 400, "GET /hel\tlo HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("NUL in the target", 400, "GET /hel\0lo HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("non-ASCII target", 400, "GET /h\u{E9}llo HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("fragment in the target", 400, "GET /hello#x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("backslash in the target", 400, "GET /hello\\x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("broken percent escape", 400, "GET /hello%2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("escaped NUL", 400, "GET /hello%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("dot segments", 400, "GET /items/../hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("escaped dot segments", 400, "GET /items/%2e%2E HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("target without a slash", 400, "GET hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("control byte in the method", 400, "GE\u{1}T /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("non-ASCII method", 400, "G\u{CB}T /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("method that is no token", 400, "GE{T /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("empty method", 400, " /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("lower-case method", 501, "get /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("unknown method", 501, "BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("lower-case version", 400, "GET /hello http/1.1\r\nHost: a\r\n\r\n"),
        Case("version of one digit", 400, "GET /hello HTTP/1\r\nHost: a\r\n\r\n"),
        Case("version with leading zero", 400, "GET /hello HTTP/01.1\r\nHost: a\r\n\r\n"),
        Case("space in the version", 400, "GET /hello HTTP/ 1.1\r\nHost: a\r\n\r\n"),
        Case("version 2.0", 505, "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n"),
        Case("the preface of HTTP/2", 400, "PRI * HTTP/2.0x\r\n\r\nSM\r\n\r\n"),
        Case("asterisk with GET", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("CONNECT", 400, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("TLS on the plain port", 400, bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]),
        Case(
            "target over the limit", 414,
            "GET /\(String(repeating: "a", count: 8 * 1024)) HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("request line without end", 414, String(repeating: "A", count: 9 * 1024)),
    ]

    static let fields = [
        Case("space before the colon", 400, get("X-A : 1")),
        Case("tab before the colon", 400, get("X-A\t: 1")),
        Case("folded field", 400, get("X-A: 1\r\n 2")),
        Case("field folded by a tab", 400, get("X-A: 1\r\n\t2")),
        Case("space before the first field", 400, "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"),
        Case("empty name", 400, get(": 1")),
        Case("name that is no token", 400, get("X(A): 1")),
        Case("non-ASCII name", 400, get("X\u{E9}: 1")),
        Case("no colon", 400, get("X-A")),
        Case("NUL in a value", 400, get("X-A: 1\0")),
        Case("bare CR in a value", 400, get("X-A: 1\r2")),
        Case("bare LF in a value", 400, get("X-A: 1\n2")),
        Case("DEL in a value", 400, get("X-A: \u{7F}")),
        Case("vertical tab in a value", 400, get("X-A: \u{B}1")),
        Case("Host missing", 400, "GET /hello HTTP/1.1\r\n\r\n"),
        Case("Host twice", 400, get("Host: a")),
        Case("Host as a list", 400, "GET /hello HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        Case("Host empty", 400, "GET /hello HTTP/1.1\r\nHost:\r\n\r\n"),
        Case("Host with a user", 400, "GET /hello HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        Case("Host with a path", 400, "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Case("Host with a bad port", 400, "GET /hello HTTP/1.1\r\nHost: a:8x\r\n\r\n"),
        Case("absolute form without Host", 400, "GET http://a/hello HTTP/1.1\r\n\r\n"),
        Case("absolute form with a user", 400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("other scheme", 400, "GET ftp://a/hello HTTP/1.1\r\nHost: a\r\n\r\n"),
        Case("unknown expectation", 417, get("Expect: 200-ok")),
        Case(
            "a block over the limit", 431,
            get("X-A: \(String(repeating: "a", count: 16 * 1024))")),
        Case(
            "too many fields", 431,
            get((0..<101).map { "X-\($0): 1" }.joined(separator: "\r\n"))),
    ]

    static let lengths = [
        Case("length with a plus", 400, post("Content-Length: +5", "hello")),
        Case("length with a minus", 400, post("Content-Length: -1")),
        Case("hexadecimal length", 400, post("Content-Length: 0x5", "hello")),
        Case("length with a space inside", 400, post("Content-Length: 5 5", "hello")),
        Case("length with an underscore", 400, post("Content-Length: 1_0", "hellohello")),
        Case("length in full-width digits", 400, post("Content-Length: \u{FF15}", "hello")),
        Case("empty length", 400, post("Content-Length:")),
        Case("length over 2^63", 400, post("Content-Length: 9223372036854775808")),
        Case("length over 2^64", 400, post("Content-Length: 18446744073709551621", "hello")),
        Case("length as a list", 400, post("Content-Length: 5, 5", "hello")),
        Case(
            "length twice, the same", 400,
            post("Content-Length: 5\r\nContent-Length: 5", "hello")),
        Case("length twice", 400, post("Content-Length: 5\r\nContent-Length: 6", "hello!")),
        Case(
            "length and coding", 400,
            post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        Case(
            "coding and length", 400,
            post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n")),
        Case(
            "coding in HTTP/1.0", 400,
            "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Case("coding xchunked", 501, post("Transfer-Encoding: xchunked")),
        Case("coding identity", 501, post("Transfer-Encoding: identity")),
        Case("coding gzip", 501, post("Transfer-Encoding: gzip")),
        Case("chunked twice in a list", 400, post("Transfer-Encoding: chunked, chunked")),
        Case(
            "chunked twice", 400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        Case("gzip, chunked", 400, post("Transfer-Encoding: gzip, chunked")),
        Case("chunked, identity", 400, post("Transfer-Encoding: chunked, identity")),
        Case("chunked with a parameter", 400, post("Transfer-Encoding: chunked;x")),
        Case("comma before chunked", 400, post("Transfer-Encoding: ,chunked")),
        Case("quoted chunked", 400, post("Transfer-Encoding: \"chunked\"")),
        Case("vertical tab before chunked", 400, post("Transfer-Encoding: \u{B}chunked")),
        Case("form feed before chunked", 400, post("Transfer-Encoding: \u{C}chunked")),
        Case("NUL after chunked", 400, post("Transfer-Encoding: chunked\0")),
        Case("empty coding", 400, post("Transfer-Encoding:")),
        Case("body over the route's limit", 413, post("Content-Length: 65537")),
    ]

    static let chunks = [
        Case("size with 0x", 400, chunked("0x1\r\na\r\n0\r\n\r\n")),
        Case("size with a plus", 400, chunked("+1\r\na\r\n0\r\n\r\n")),
        Case("size with a minus", 400, chunked("-1\r\na\r\n0\r\n\r\n")),
        Case("size with an underscore", 400, chunked("1_0\r\na\r\n0\r\n\r\n")),
        Case("space before the size", 400, chunked(" 1\r\na\r\n0\r\n\r\n")),
        Case("space after the size", 400, chunked("1 \r\na\r\n0\r\n\r\n")),
        Case("tab after the size", 400, chunked("1\t\r\na\r\n0\r\n\r\n")),
        Case("empty size", 400, chunked("\r\na\r\n0\r\n\r\n")),
        Case("size of 17 digits", 400, chunked("00000000000000001\r\na\r\n0\r\n\r\n")),
        Case("size over 2^63", 413, chunked("ffffffffffffffff\r\na")),
        Case("size over the route's limit", 413, chunked("10001\r\na")),
        Case(
            "chunks over the route's limit together", 413,
            chunked("ffff\r\n\(String(repeating: "a", count: 0xFFFF))\r\n2\r\n")),
        Case("size line ends in LF", 400, chunked("1\na\r\n0\r\n\r\n")),
        Case("size line ends in CR", 400, chunked("1\ra\r\n0\r\n\r\n")),
        Case("no line end after the data", 400, chunked("1\r\na0\r\n\r\n")),
        Case("data longer than its size", 400, chunked("1\r\nab\r\n0\r\n\r\n")),
        Case("LF after the data", 400, chunked("1\r\na\n0\r\n\r\n")),
        Case("CR after the data", 400, chunked("1\r\na\r0\r\n\r\n")),
        Case("extension without a name", 400, chunked("1;\r\na\r\n0\r\n\r\n")),
        Case("extension with a control", 400, chunked("1;a=\u{1}\r\na\r\n0\r\n\r\n")),
        Case("extension with LF", 400, chunked("1;a\n\r\na\r\n0\r\n\r\n")),
        Case("extension with an open quote", 400, chunked("1;a=\"b\r\na\r\n0\r\n\r\n")),
        Case(
            "extension over 4 KiB", 400,
            chunked("1;a=\(String(repeating: "b", count: 4 * 1024))\r\na\r\n0\r\n\r\n")),
        Case("malformed trailer", 400, chunked("0\r\nX-A : 1\r\n\r\n")),
        Case("folded trailer", 400, chunked("0\r\nX-A: 1\r\n 2\r\n\r\n")),
        Case(
            "trailers over their limit", 431,
            chunked("0\r\nX-A: \(String(repeating: "a", count: 4 * 1024))\r\n\r\n")),
    ]

    @Test(arguments: startLines + fields + lengths + chunks)
    func `a message that breaks the rules is answered once and ends the connection`(
        _ item: Case
    ) async throws {
        let address = try Self.server.get()
        let socket = try RawSocket(address)
        socket.send(item.bytes + Array("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        let answer = socket.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 \(item.status) "), "\(answer.prefix(200))")
        #expect(answer.contains("\r\nconnection: close\r\n"))
        #expect(answer.contains("\r\ncontent-type: application/problem+json\r\n"))
        #expect(answer.count(of: "\r\ndate: ") == 1, "a second answer followed")
    }

    /// One server for all cases, up to the end of the process.
    static let server = Result {
        var router = Router()
        router.addExamples()
        return try HTTPServer(router: router, address: SocketAddress("127.0.0.1:0")).start()
    }
}

extension String {
    /// How often `part` occurs.
    func count(of part: String) -> Int {
        let bytes = Array(utf8)
        let wanted = Array(part.utf8)
        guard bytes.count >= wanted.count else { return 0 }
        return (0...(bytes.count - wanted.count)).count {
            bytes[$0..<($0 + wanted.count)].elementsEqual(wanted)
        }
    }
}
