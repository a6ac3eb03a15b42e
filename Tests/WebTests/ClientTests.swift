import Testing

@testable import Web

@Suite struct ClientTests {
    static let fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    static func get(
        _ script: [String], holdsOpen: Bool = false, method: String = "GET",
        deadline: Int = 20_000, maximum: Int = 1_024
    ) async throws -> Response {
        let server = try FakeServer([script], holdsOpen: holdsOpen)
        defer { withExtendedLifetime(server) {} }
        return try await HTTPClient().send(
            method, "http://\(server.address)/", deadlineMilliseconds: deadline,
            maximumBodyByteCount: maximum)
    }

    static let refused: [(String, String)] = [
        ("no framing", "HTTP/1.1 200 OK\r\n\r\nok"),
        ("length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
        (
            "length and coding",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("coding gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ("length with a plus", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok"),
        ("lines that end in LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        ("folded field", "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok"),
        ("space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok"),
        ("other protocol", "HTTP/2 200\r\nContent-Length: 2\r\n\r\nok"),
        ("lower-case version", "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("status 600", "HTTP/1.1 600 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("switched protocols", "HTTP/1.1 101 Switching\r\n\r\n"),
        ("interim answers without end", String(repeating: "HTTP/1.1 103 Hint\r\n\r\n", count: 99)),
        (
            "malformed chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\n\r\n"
        ),
    ]

    @Test(arguments: refused)
    func `an answer that breaks the rules is refused`(_ name: String, _ text: String) async throws {
        let error = await #expect(throws: WebError.self, "\(name)") {
            _ = try await Self.get([text])
        }
        #expect(error?.code == .framing, "\(name)")
    }

    @Test func `answers without a body need no length`() async throws {
        #expect(try await Self.get(["HTTP/1.1 204 No Content\r\n\r\n"]).status == 204)
        #expect(try await Self.get(["HTTP/1.1 304 Not Modified\r\n\r\n"]).status == 304)
        let head = try await Self.get(
            ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"], method: "HEAD")
        #expect(head.body.isEmpty)
    }

    @Test func `interim answers are passed over`() async throws {
        let response = try await Self.get(["HTTP/1.1 103 Hint\r\nLink: x\r\n\r\n" + Self.fine])
        #expect(response.status == 200)
        #expect(response.body == Array("ok".utf8))
        #expect(response.header("link") == nil)
    }

    @Test func `chunks are put together`() async throws {
        let response = try await Self.get([
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n"
        ])
        #expect(response.body == Array("ok!".utf8))
    }

    @Test func `an answer larger than the caller takes is refused`() async throws {
        let large = "HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n"
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n"
        for text in [large, chunked] {
            let error = await #expect(throws: WebError.self) {
                _ = try await Self.get([text], holdsOpen: true)
            }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `an answer that is cut short is an error`() async throws {
        let error = await #expect(throws: WebError.self) {
            _ = try await Self.get(["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
        }
        #expect(error?.code == .closed)
    }

    @Test func `a silent server is left at the deadline`() async throws {
        for script in [[], ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"]] {
            let error = await #expect(throws: WebError.self) {
                _ = try await Self.get(script, holdsOpen: true, deadline: 100)
            }
            #expect(error?.code == .timeout)
            #expect(error?.detail.contains("127.0.0.1") == true)
        }
    }

    @Test func `a cancelled call ends at once`() async throws {
        let server = try FakeServer([[]], holdsOpen: true)
        defer { withExtendedLifetime(server) {} }
        let call = Task {
            try await HTTPClient().send(
                "GET", "http://\(server.address)/", deadlineMilliseconds: 3_600_000)
        }
        try await Task.sleep(for: .milliseconds(20))
        call.cancel()
        await #expect(throws: WebError.self) { _ = try await call.value }
    }

    @Test func `nobody listening is an error that says so`() async throws {
        let address: SocketAddress
        do {
            address = try FakeServer([[]]).address
        }
        let error = await #expect(throws: WebError.self) {
            while true {
                _ = try await HTTPClient().send(
                    "GET", "http://\(address)/", deadlineMilliseconds: 20_000)
            }
        }
        #expect(error.map { [.connect, .closed].contains($0.code) } == true)
    }

    @Test func `a kept connection that ends when it is used again is replaced`() async throws {
        // The first connection reads its second request and is closed without a word.
        let server = try FakeServer([[Self.fine, ""], [Self.fine]])
        defer { withExtendedLifetime(server) {} }
        let client = HTTPClient()
        for _ in 0..<2 {
            let response = try await client.send(
                "GET", "http://\(server.address)/", deadlineMilliseconds: 20_000)
            #expect(response.status == 200)
        }
    }

    @Test func `a kept connection that was closed meanwhile is replaced`() async throws {
        let server = try FakeServer([[Self.fine], [Self.fine, Self.fine, Self.fine]])
        defer { withExtendedLifetime(server) {} }
        let client = HTTPClient()
        for _ in 0..<4 {
            let response = try await client.send(
                "GET", "http://\(server.address)/", deadlineMilliseconds: 20_000)
            #expect(response.status == 200)
        }
    }

    @Test func `bytes after an answer end the connection instead of answering the next request`()
        async throws
    {
        let poisoned = Self.fine + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        let server = try FakeServer([[poisoned], [Self.fine]])
        defer { withExtendedLifetime(server) {} }
        let client = HTTPClient()
        for _ in 0..<2 {
            let response = try await client.send(
                "GET", "http://\(server.address)/", deadlineMilliseconds: 20_000)
            #expect(response.body == Array("ok".utf8))
        }
    }

    @Test func `a request cannot be split by what the caller puts into it`() async throws {
        let client = HTTPClient()
        let attempts: [(String, String, (String, String))] = [
            ("GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "/", ("a", "b")),
            ("GET", "/ HTTP/1.1\r\nX: y", ("a", "b")),
            ("GET", "/", ("a", "b\r\nX: y")),
            ("GET", "/", ("a", "b\0")),
            ("GET", "/", ("a: b\r\nX", "y")),
            ("GET", "/", ("transfer-encoding", "chunked")),
            ("GET", "/", ("Content-Length", "7")),
            ("GET", "/", ("Host", "other")),
        ]
        for (method, path, field) in attempts {
            await #expect(throws: WebError.self) {
                _ = try await client.send(
                    method, "http://127.0.0.1:1\(path)", headers: [field],
                    deadlineMilliseconds: 1_000)
            }
        }
    }

    @Test func `without TLS only this machine is called`() async throws {
        for url in ["http://example.org/", "http://10.0.0.1/", "http://[2001:db8::1]:80/"] {
            let error = await #expect(throws: WebError.self) {
                _ = try await HTTPClient().send("GET", url, deadlineMilliseconds: 1_000)
            }
            #expect(error?.code == .address)
        }
        let error = await #expect(throws: WebError.self) {
            _ = try await HTTPClient().send("GET", "https://127.0.0.1:1/", deadlineMilliseconds: 1)
        }
        #expect(error?.code == .tls)
    }
}
