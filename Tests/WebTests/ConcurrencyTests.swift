import Synchronization
import Testing

@testable import Web

@Suite struct ConcurrencyTests {
    static func answers(
        _ client: HTTPClient, _ urls: [String], deadline: Int = 120_000
    ) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, url) in urls.enumerated() {
                group.addTask {
                    let response = try await client.send(
                        "GET", url, deadlineMilliseconds: deadline)
                    return (index, String(decoding: response.body, as: UTF8.self))
                }
            }
            var bodies = [String](repeating: "", count: urls.count)
            while let (index, body) = try await group.next() { bodies[index] = body }
            return bodies
        }
    }

    @Test func `two hundred requests at once get their own answers`() async throws {
        try await withServer { address in
            let urls = (0..<200).map { "http://\(address)/items/\($0)" }
            let answers = try await Self.answers(HTTPClient(), urls)
            #expect(answers == (0..<200).map { "\($0)" })
        }
    }

    @Test func `two hundred requests at once over TLS get their own answers`() async throws {
        let directory = try TemporaryDirectory()
        let trust = try DevelopmentAuthority.create(directory: directory.path)
        let identity = try DevelopmentAuthority.issue(server: "node", directory: directory.path)
        // Two hundred handshakes at once may take long on a busy machine.
        var limits = ServerLimits()
        limits.handshakeMilliseconds = 120_000
        try await withServer(limits: limits, tls: identity) { address in
            let urls = (0..<200).map { "https://\(address)/items/\($0)" }
            let client = HTTPClient(trust: trust)
            let answers = try await Self.answers(client, urls)
            #expect(answers == (0..<200).map { "\($0)" })
        }
    }

    @Test func `handlers that wait hold up nobody`() async throws {
        let gate = Gate()
        try await withServer { router in
            router.addExamples()
            router.on("GET", "/wait") { _ in
                await gate.wait()
                return .text("opened")
            }
            router.on("GET", "/pause") { _ in
                try await Task.sleep(for: .milliseconds(100))
                return .text("rested")
            }
        } body: { address in
            let client = HTTPClient()
            async let waiting = Self.answers(
                client, [String](repeating: "http://\(address)/wait", count: 100))
            async let resting = Self.answers(
                client, [String](repeating: "http://\(address)/pause", count: 20))
            while gate.waitingCount < 100 { try await Task.sleep(for: .milliseconds(1)) }
            // All hundred are held open now, and others are still served.
            #expect(try await Self.answers(client, ["http://\(address)/hello"]) == ["hello"])
            gate.open()
            #expect(try await waiting == [String](repeating: "opened", count: 100))
            #expect(try await resting == [String](repeating: "rested", count: 20))
        }
    }

    @Test func `a handler may call the server it runs in`() async throws {
        let client = HTTPClient()
        let place = Mutex<SocketAddress?>(nil)
        try await withServer { router in
            router.addExamples()
            router.on("GET", "/relay") { _ in
                guard let address = place.withLock({ $0 }) else { return .text("nowhere") }
                return try await client.send(
                    "GET", "http://\(address)/hello", deadlineMilliseconds: 20_000
                ).relayed
            }
        } body: { address in
            place.withLock { $0 = address }
            let urls = [String](repeating: "http://\(address)/relay", count: 40)
            let answers = try await Self.answers(client, urls)
            #expect(answers == [String](repeating: "hello", count: 40))
        }
    }

    @Test func `stop lets a request under way finish and takes no new one`() async throws {
        let gate = Gate()
        var router = Router()
        router.addExamples()
        router.on("GET", "/wait") { _ in
            await gate.wait()
            return .text("opened")
        }
        let server = HTTPServer(router: router, address: try SocketAddress("127.0.0.1:0"))
        let address = try server.start()
        let idle = try RawSocket(address)
        idle.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(idle.receiveAnswers(1) == ["hello"])
        let busy = try RawSocket(address)
        busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        while gate.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        async let stopped: Void = server.stop()
        #expect(idle.receive() == nil)
        #expect(throws: WebError.self) {
            while true { _ = try RawSocket(address) }
        }
        gate.open()
        let answer = busy.receiveAll()
        #expect(answer.hasSuffix("opened"))
        #expect(answer.contains("\r\nconnection: close\r\n"))
        await stopped
    }

    @Test func `stop cuts off what does not finish within its limit`() async throws {
        var limits = ServerLimits()
        limits.drainMilliseconds = 50
        var router = Router()
        router.on("GET", "/forever") { _ in
            try await Task.sleep(for: .seconds(3_600))
            return .text("never")
        }
        let server = HTTPServer(
            router: router, address: try SocketAddress("127.0.0.1:0"), limits: limits)
        let socket = try RawSocket(try server.start())
        socket.send("GET /forever HTTP/1.1\r\nHost: a\r\n\r\n")
        try await Task.sleep(for: .milliseconds(50))
        await server.stop()
        #expect(!socket.receiveAll().contains("never"))
    }
}

extension Response {
    /// The body alone, as an answer of one's own.
    fileprivate var relayed: Response {
        .text(String(decoding: body, as: UTF8.self), status: status)
    }
}

/// Holds handlers until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
