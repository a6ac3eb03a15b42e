import Testing

@testable import Web

@Suite struct MessageWriterTests {
    static func text(_ response: Response, isHead: Bool = false) throws -> String {
        var circumstances = MessageWriter.Circumstances()
        circumstances.isHead = isHead
        circumstances.date = HTTPDate.text(seconds: 0)
        return String(
            decoding: try MessageWriter.response(response, circumstances), as: UTF8.self)
    }

    @Test func `no byte but a visible one, a space or a tab gets into a value`() throws {
        for scalar in (0...0x7F).map({ UInt8($0) }) {
            let value = "a" + String(Unicode.Scalar(scalar)) + "b"
            let isAllowed = scalar == 0x09 || (scalar >= 0x20 && scalar != 0x7F)
            let written = try? Self.text(Response(headers: [("x-name", value)]))
            #expect((written != nil) == isAllowed, "byte \(scalar)")
            #expect(written?.contains("\r\nx-name: \(value)\r\n") ?? true)
        }
    }

    @Test func `no byte but one of a token gets into a name`() {
        for scalar in (0...0xFF).map({ UInt8($0) }) {
            let name = "a" + String(Unicode.Scalar(scalar))
            let written = try? Self.text(Response(headers: [(name, "1")]))
            #expect((written != nil) == (scalar < 0x80 && Syntax.isToken(scalar)), "\(scalar)")
        }
        #expect(throws: WebError.self) { _ = try Self.text(Response(headers: [("", "1")])) }
    }

    @Test(arguments: [
        "Content-Length", "transfer-encoding", "Connection", "DATE", "Keep-Alive", "Upgrade",
        "Trailer", "TE",
    ])
    func `a field that frames or belongs to the connection is refused`(_ name: String) {
        #expect(throws: WebError.self) { _ = try Self.text(Response(headers: [(name, "1")])) }
    }

    @Test(arguments: [0, 100, 101, 199, 600, 1_000, -200])
    func `a status that is no final one is refused`(_ status: Int) {
        #expect(throws: WebError.self) { _ = try Self.text(Response(status: status)) }
    }

    @Test func `204 and 304 have neither body nor length, HEAD has the length alone`() throws {
        for status in [204, 304] {
            let text = try Self.text(Response(status: status, body: [0x61]))
            #expect(!text.contains("content-length"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
        let head = try Self.text(Response(body: Array("abc".utf8)), isHead: true)
        #expect(head.contains("\r\ncontent-length: 3\r\n"))
        #expect(head.hasSuffix("\r\n\r\n"))
        #expect(try Self.text(Response(body: Array("abc".utf8))).hasSuffix("\r\n\r\nabc"))
    }

    @Test(arguments: [-1, 0, 1])
    func `a body goes in one piece with its head unless it is large`(_ excess: Int) throws {
        let count = Limits.joinedPieceByteCount + excess
        let body = [UInt8](repeating: 0x61, count: count)
        let url = try WebURL("http://127.0.0.1:1/")
        let pieces = try MessageWriter.request("POST", url, headers: [], body: [body])
        #expect(pieces.count == (excess > 0 ? 2 : 1))
        let text = String(decoding: pieces.flatMap { $0 }, as: UTF8.self)
        #expect(text.contains("\r\ncontent-length: \(count)\r\n\r\na"))
        #expect(text.utf8.suffix(count).elementsEqual(body))
        #expect(text.utf8.suffix(count + 1).first == 0x0A)
    }

    @Test func `the pieces of a body keep their order, and small ones go together`() throws {
        let large = [UInt8](repeating: 0x4C, count: Limits.joinedPieceByteCount + 1)
        let url = try WebURL("http://127.0.0.1:1/")
        let body: [[UInt8]] = [[1], [], [2], large, [3], [4], large, large, [5]]
        let pieces = try MessageWriter.request("POST", url, headers: [], body: body)
        let whole = Array(body.joined())
        #expect(Array(pieces.joined()).suffix(whole.count).elementsEqual(whole))
        #expect(pieces.map { $0 == large } == [false, true, false, true, true, false])
        #expect(pieces[0].suffix(6) == [13, 10, 13, 10, 1, 2])
        #expect(pieces[2] == [3, 4])
        #expect(pieces[5] == [5])
        let head = try #require(String(validating: pieces[0].dropLast(2), as: UTF8.self))
        #expect(head.contains("\r\ncontent-length: \(whole.count)\r\n"))
    }

    @Test(arguments: ["GET", "HEAD", "POST"])
    func `a request without a body has a length only where one is expected`(
        _ method: String
    ) throws {
        let url = try WebURL("http://127.0.0.1:1/")
        for body: [[UInt8]] in [[], [[]], [[], []]] {
            let pieces = try MessageWriter.request(method, url, headers: [], body: body)
            #expect(pieces.count == 1)
            let text = String(decoding: pieces[0], as: UTF8.self)
            #expect(text.contains("content-length: 0") == (method == "POST"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }
}
