import Testing

@testable import Web

@Suite struct AddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:8443", "127.0.0.1", 8443, true), ("[::1]:0", "::1", 0, true),
            ("localhost:80", "localhost", 80, true), ("0.0.0.0:65535", "0.0.0.0", 65535, false),
            ("node-1.example.org:443", "node-1.example.org", 443, false),
            ("127.1.2.3:1", "127.1.2.3", 1, true), ("[2001:db8::1]:1", "2001:db8::1", 1, false),
        ] as [(String, String, UInt16, Bool)])
    func `an address is read`(
        _ text: String, _ host: String, _ port: UInt16, _ isLoopback: Bool
    ) throws {
        let address = try SocketAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":", ":80", "a", "a:", "a:x", "a:65536", "a:-1", "a:+1", "::1:80", "a b:80", "[::1]",
        "u@a:80", "a/b:80", "a:80 ", "[]:80",
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: WebError.self) { _ = try SocketAddress(text) }
    }

    @Test(
        arguments: [
            ("https://a", "a", "/", 443), ("https://a:8443/x?y=1", "a:8443", "/x?y=1", 8443),
            ("https://[2001:db8::1]/x", "[2001:db8::1]", "/x", 443),
            ("http://127.0.0.1:80/", "127.0.0.1", "/", 80), ("https://a?x", "a", "/?x", 443),
            ("https://[::1]:9/", "[::1]:9", "/", 9),
        ] as [(String, String, String, UInt16)])
    func `a URL is taken apart`(
        _ text: String, _ authority: String, _ target: String, _ port: UInt16
    ) throws {
        let url = try WebURL(text)
        #expect(url.authority == authority)
        #expect(url.target == target)
        #expect(url.address.port == port)
    }

    @Test(arguments: [
        "", "a", "ftp://a/", "https://", "https:///x", "https://u@a/", "https://u:p@a/",
        "https://a/#f", "https://a/ x", "https://a:x/", "https://a/\r\nX: y", "HTTPS://a/",
        "http://192.168.0.1/", "https://a,b/", "https://[::1/",
    ])
    func `what is no URL here is refused`(_ text: String) {
        #expect(throws: WebError.self) { _ = try WebURL(text) }
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(Int64, String)])
    func `a date is written as HTTP wants it`(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate.text(seconds: seconds) == text)
    }

    @Test func `request identifiers are UUIDs and differ`() {
        let identifiers = (0..<1_000).map { _ in RequestIdentifier.make() }
        #expect(Set(identifiers).count == 1_000)
        for identifier in identifiers {
            let parts = identifier.dropFirst("urn:uuid:".count).split(separator: "-")
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[2].first == "4")
            #expect("89ab".contains(parts[3].first ?? " "))
        }
    }
}
