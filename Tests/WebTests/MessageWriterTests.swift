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
}
