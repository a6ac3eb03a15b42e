import Testing

@testable import Web

/// Slow, greedy and endless clients. No test looks at a clock: each waits for what the server does.
@Suite struct ServerLimitTests {
    static func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
        var limits = ServerLimits()
        change(&limits)
        return limits
    }

    @Test func `a header block that does not end in time is answered 408 and closed`() async throws
    {
        try await withServer(limits: Self.limits { $0.headerMilliseconds = 100 }) { address in
            let socket = try RawSocket(address)
            socket.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow:")
            let answer = socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `a header that trickles in is closed all the same`() async throws {
        try await withServer(limits: Self.limits { $0.headerMilliseconds = 200 }) { address in
            let socket = try RawSocket(address)
            socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n")
            // Until it is answered: what is sent to a closed connection would take the answer away.
            while !socket.hasInput {
                socket.send("X: 1\r\n")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(socket.receiveAll().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `a body slower than the least rate is answered 408 and closed`() async throws {
        let limits = Self.limits { $0.bodyGraceMilliseconds = 100 }
        try await withServer(limits: limits) { address in
            let socket = try RawSocket(address)
            socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhell")
            #expect(socket.receiveAll().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await withServer(limits: Self.limits { $0.idleMilliseconds = 50 }) { address in
            let socket = try RawSocket(address)
            #expect(socket.receiveAll() == "")
            // One that comes too late with its first request was idle too.
            var answer = ""
            while answer.isEmpty {
                let used = try RawSocket(address)
                used.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                answer = used.receiveAll()
            }
            #expect(answer.hasSuffix("hello"))
        }
    }

    @Test func `a connection that never asks is closed with the patience for a header`()
        async throws
    {
        try await withServer(limits: Self.limits { $0.headerMilliseconds = 50 }) { address in
            let socket = try RawSocket(address)
            #expect(socket.receiveAll() == "")
        }
    }

    @Test func `a handshake that does not begin is cut off`() async throws {
        let directory = try TemporaryDirectory()
        _ = try DevelopmentAuthority.create(directory: directory.path)
        let identity = try DevelopmentAuthority.issue(server: "node", directory: directory.path)
        let limits = Self.limits { $0.handshakeMilliseconds = 50 }
        try await withServer(limits: limits, tls: identity) { address in
            let socket = try RawSocket(address)
            #expect(socket.receiveAll() == "")
        }
    }

    @Test func `the last request of a connection is answered and the connection closed`()
        async throws
    {
        try await withServer(limits: Self.limits { $0.requestsPerConnection = 2 }) { address in
            let socket = try RawSocket(address)
            socket.send(
                String(repeating: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", count: 3))
            let answer = socket.receiveAll()
            #expect(answer.count(of: "\r\ndate: ") == 2)
            #expect(answer.count(of: "\r\nconnection: close\r\n") == 1)
        }
    }

    @Test func `an address with too many connections is turned away until one ends`() async throws {
        try await withServer(limits: Self.limits { $0.connectionsPerAddress = 2 }) { address in
            let first = try RawSocket(address)
            let second = try RawSocket(address)
            for socket in [first, second] {
                socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(socket.receiveAnswers(1) == ["hello"])
            }
            #expect(try RawSocket(address).receiveAll() == "")
            second.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(second.receiveAll().hasSuffix("hello"))
            var answers: [String] = []
            while answers.isEmpty {
                let next = try RawSocket(address)
                next.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                answers = next.receiveAnswers(1)
            }
            #expect(answers == ["hello"])
        }
    }
}
