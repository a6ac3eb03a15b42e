import Encoding
import Synchronization
import Testing

@testable import Web

@Suite struct ServerTests {
    @Test func `answers several requests over one connection`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            for _ in 0..<3 {
                socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(socket.receiveAnswers(1) == ["hello"])
            }
        }
    }

    @Test func `answers pipelined requests in order`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            let requests = (0..<20).map { "GET /items/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            socket.send(requests.joined())
            #expect(socket.receiveAnswers(20) == (0..<20).map { "\($0)" })
        }
    }

    @Test func `a request byte by byte is answered like a request in one piece`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            let text =
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
            for byte in text.utf8 { socket.send([byte]) }
            #expect(socket.receiveAnswers(2) == ["hello", "hello"])
        }
    }

    @Test func `HEAD is answered like GET, without the body`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            socket.send("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("\r\ncontent-length: 5\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `HTTP 1.0 is answered and the connection ends`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            socket.send("GET /hello HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
            let answer = socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("hello"))
        }
    }

    @Test func `a client that waits for 100 is told to go on`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            socket.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 2\r\nConnection: close\r\n\r\n")
            let interim = String(decoding: socket.receive() ?? [], as: UTF8.self)
            #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
            socket.send("ok")
            #expect(socket.receiveAll().hasSuffix("\r\n\r\nok"))
        }
    }

    @Test func `a client that waits for 100 with too large a body is refused at once`() async throws
    {
        try await withServer { address in
            let socket = try RawSocket(address)
            socket.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 65537\r\n\r\n")
            #expect(socket.receiveAll().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `a body as large as the route takes is taken, one byte more is refused`()
        async throws
    {
        try await withServer { address in
            let client = HTTPClient()
            for (count, status) in [(64 * 1024, 200), (64 * 1024 + 1, 413)] {
                let response = try await client.send(
                    "POST", "http://\(address)/echo", body: [UInt8](repeating: 1, count: count),
                    deadlineMilliseconds: 20_000)
                #expect(response.status == status)
            }
        }
    }

    @Test func `a path nobody serves is 404 and a method a path does not take is 405`()
        async throws
    {
        try await withServer { address in
            let client = HTTPClient()
            let missing = try await client.send(
                "GET", "http://\(address)/nothing", deadlineMilliseconds: 20_000)
            #expect(missing.status == 404)
            let instance = try missing.json()["instance"]?.stringValue
            #expect(instance == missing.header("x-request-id"))
            #expect(instance?.hasPrefix("urn:uuid:") == true)
            let wrong = try await client.send(
                "DELETE", "http://\(address)/hello", deadlineMilliseconds: 20_000)
            #expect(wrong.status == 405)
            #expect(wrong.header("allow") == "GET, HEAD")
            for method in ["TRACE", "OPTIONS"] {
                let other = try await client.send(
                    method, "http://\(address)/hello", deadlineMilliseconds: 20_000)
                #expect(other.status == 405)
            }
        }
    }

    @Test func `a body for a path nobody serves is not read`() async throws {
        try await withServer { address in
            let socket = try RawSocket(address)
            socket.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            let answer = socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `every answer carries the security headers, and a handler may set its own`()
        async throws
    {
        try await withServer { router in
            router.on("GET", "/page") { _ in
                Response(headers: [("Content-Security-Policy", "default-src 'self'")])
            }
        } body: { address in
            let client = HTTPClient()
            let page = try await client.send(
                "GET", "http://\(address)/page", deadlineMilliseconds: 20_000)
            let names = page.headers.map(\.0)
            #expect(names.filter { $0 == "content-security-policy" }.count == 1)
            #expect(page.header("content-security-policy") == "default-src 'self'")
            let missing = try await client.send(
                "GET", "http://\(address)/", deadlineMilliseconds: 20_000)
            #expect(missing.header("x-content-type-options") == "nosniff")
            #expect(missing.header("cache-control") == "no-store")
            #expect(
                missing.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)
            #expect(missing.header("strict-transport-security") == nil)
            #expect(missing.header("date")?.hasSuffix(" GMT") == true)
        }
    }

    @Test func `an error nobody foresaw is 500, its cause in the log and not in the answer`()
        async throws
    {
        struct Secret: Error {}
        let lines = Lines()
        try await withServer(lines: lines) { router in
            router.on("GET", "/broken") { _ in throw Secret() }
            router.on("GET", "/split") { _ in
                Response(headers: [("x-name", "a\r\nset-cookie: b")])
            }
            router.on("GET", "/framed") { _ in Response(headers: [("Content-Length", "3")]) }
        } body: { address in
            let client = HTTPClient()
            for (answered, path) in ["broken", "split", "framed"].enumerated() {
                let response = try await client.send(
                    "GET", "http://\(address)/\(path)", deadlineMilliseconds: 20_000)
                #expect(response.status == 500)
                #expect(response.header("set-cookie") == nil)
                #expect(!String(decoding: response.body, as: UTF8.self).contains("Secret"))
                // The line is written after the answer has left.
                while lines.all.count <= answered { try await Task.sleep(for: .milliseconds(1)) }
                let line = try #require(lines.all.last)
                #expect(line.status == 500)
                #expect(line.route == "/\(path)")
                #expect(line.id == response.header("x-request-id"))
                #expect(line.failure != nil)
            }
            #expect(lines.all.first?.failure == "Secret()")
        }
    }

    @Test func `a problem a handler throws is answered as it is`() async throws {
        try await withServer { router in
            router.on("GET", "/taken") { _ in
                throw Problem(
                    type: "taken", title: "Taken", status: 409, detail: "Somebody was first.",
                    fix: "Choose another.", extra: [("by", "x")])
            }
            router.on("POST", "/json") { request in .json(try request.json()) }
        } body: { address in
            let client = HTTPClient()
            let taken = try await client.send(
                "GET", "http://\(address)/taken", deadlineMilliseconds: 20_000)
            #expect(taken.status == 409)
            #expect(taken.header("content-type") == "application/problem+json")
            let document = try taken.json()
            #expect(document["type"]?.stringValue == "urn:accredit:problem:taken")
            #expect(document["fix"]?.stringValue == "Choose another.")
            #expect(document["by"]?.stringValue == "x")
            let broken = try await client.send(
                "POST", "http://\(address)/json", body: [0x7B], deadlineMilliseconds: 20_000)
            #expect(broken.status == 400)
            let text = try await client.send(
                "POST", "http://\(address)/json", headers: [("content-type", "text/plain")],
                body: [0x7B], deadlineMilliseconds: 20_000)
            #expect(text.status == 415)
        }
    }

    @Test func `a port in use is named, and never shared`() async throws {
        try await withServer { address in
            var router = Router()
            router.addExamples()
            let second = HTTPServer(router: router, address: address)
            let error = #expect(throws: WebError.self) { _ = try second.start() }
            #expect(error?.code == .portInUse)
            #expect(error?.detail.contains("port \(address.port) on 127.0.0.1 is in use") == true)
        }
    }

    @Test func `metrics and the description are served from the table`() async throws {
        let metrics = MetricRegistry()
        try await withServer(metrics: metrics) { router in
            router.addExamples()
            router.onOperations(metrics: metrics) { "the disk is full" }
        } body: { address in
            let client = HTTPClient()
            var bodies: [String: String] = [:]
            for path in ["/livez", "/readyz", "/hello", "/metrics", "/openapi.json"] {
                let response = try await client.send(
                    "GET", "http://\(address)\(path)", deadlineMilliseconds: 20_000)
                #expect(response.status == (path == "/readyz" ? 503 : 200))
                bodies[path] = String(decoding: response.body, as: UTF8.self)
            }
            #expect(bodies["/readyz"]?.contains("the disk is full") == true)
            let line =
                #"accredit_http_requests_total{route="/hello",method="GET",code="200"} 1"#
            #expect(bodies["/metrics"]?.contains(line) == true)
            #expect(bodies["/openapi.json"]?.contains(#""/openapi.json""#) == true)
        }
    }
}

/// What a server logged.
final class Lines: Sendable {
    private let lines = Mutex<[RequestLog]>([])
    func append(_ line: RequestLog) { lines.withLock { $0.append(line) } }
    var all: [RequestLog] { lines.withLock { $0 } }
}
