import Encoding
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct EventBroadcastTests {
    static func routes(_ events: EventBroadcast) -> (inout Router) -> Void {
        { router in
            router.on("GET", "/events") { try events.listen($0) }
        }
    }

    static func broadcast(
        heartbeat: Int = 60_000, listeners: Int = 100, perAddress: Int = 100
    ) -> EventBroadcast {
        EventBroadcast(
            heartbeatMilliseconds: heartbeat, listenersMaximum: listeners,
            listenersPerAddressMaximum: perAddress)
    }

    /// Reads until `text` was seen, or the stream ended.
    static func read(_ socket: RawSocket, until text: String) -> String {
        var seen = ""
        while !seen.contains(text), let part = socket.receive() {
            seen += String(decoding: part, as: UTF8.self)
        }
        return seen
    }

    static func count(_ events: EventBroadcast, becomes expected: Int) async throws {
        for _ in 0..<24_000 where events.listenerCount != expected {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(events.listenerCount == expected)
    }

    @Test func `a listener gets the newest event first, then each new one`() async throws {
        let events = Self.broadcast()
        events.publish(id: 6, name: "block", ["height": 6])
        events.publish(id: 7, name: "block", ["height": 7])
        try await withServer(routes: Self.routes(events)) { address in
            let socket = try RawSocket(address)
            socket.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            let first = try await onThread { Self.read(socket, until: "\"height\":7}\n\n") }
            #expect(first.contains("content-type: text/event-stream\r\n"))
            #expect(first.contains("transfer-encoding: chunked\r\n"))
            #expect(!first.contains("content-length"))
            #expect(!first.contains("id: 6\n"))
            events.publish(id: 8, name: "block", ["height": 8])
            let second = try await onThread { Self.read(socket, until: "\n\n") }
            #expect(second.contains("id: 8\nevent: block\ndata: {\"height\":8}\n\n"))
            events.finish()
            let rest = try await onThread { socket.receiveAll() }
            #expect(rest.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `an HTTP 1.0 client gets the events without chunks`() async throws {
        let events = Self.broadcast()
        events.publish(id: 1, name: "block", ["height": 1])
        try await withServer(routes: Self.routes(events)) { address in
            let socket = try RawSocket(address)
            socket.send("GET /events HTTP/1.0\r\n\r\n")
            let text = try await onThread { Self.read(socket, until: "\"height\":1}\n\n") }
            #expect(!text.contains("transfer-encoding"))
            #expect(
                text.hasSuffix(
                    "\r\n\r\nretry: 3000\n\nid: 1\nevent: block\ndata: {\"height\":1}\n\n"))
        }
    }

    @Test func `silence is broken by heartbeats`() async throws {
        let events = Self.broadcast(heartbeat: 10)
        try await withServer(routes: Self.routes(events)) { address in
            let socket = try RawSocket(address)
            socket.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = try await onThread { Self.read(socket, until: ": still here\n\n") }
            #expect(text.contains(": still here\n\n"))
        }
    }

    @Test func `more listeners than the limit are refused, and a place freed is taken`()
        async throws
    {
        let events = Self.broadcast(listeners: 2)
        try await withServer(routes: Self.routes(events)) { address in
            var sockets: [RawSocket] = []
            for _ in 0..<2 {
                let socket = try RawSocket(address)
                socket.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await onThread { Self.read(socket, until: "retry") }
                sockets.append(socket)
            }
            let third = try RawSocket(address)
            third.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            let refusal = try await onThread { Self.read(third, until: "\"}") }
            #expect(refusal.hasPrefix("HTTP/1.1 503 "))
            #expect(refusal.contains("retry-after: 10\r\n"))
            sockets.removeLast()
            try await Self.count(events, becomes: 1)
            let fourth = try RawSocket(address)
            fourth.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            let taken = try await onThread { Self.read(fourth, until: "retry") }
            #expect(taken.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `one address cannot take every place`() async throws {
        let events = Self.broadcast(perAddress: 1)
        try await withServer(routes: Self.routes(events)) { address in
            let first = try RawSocket(address)
            first.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await onThread { Self.read(first, until: "retry") }
            let second = try RawSocket(address)
            second.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            let refusal = try await onThread { Self.read(second, until: "\"}") }
            #expect(refusal.hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test func `a listener that takes nothing is dropped and holds up nobody`() async throws {
        let events = Self.broadcast()
        var limits = ServerLimits()
        limits.writeStallMilliseconds = 200
        try await withServer(limits: limits, routes: Self.routes(events)) { address in
            let lazy = try RawSocket(address)
            lazy.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await onThread { Self.read(lazy, until: "retry") }
            let filler = JSON.string(String(repeating: "x", count: 1_000_000))
            for id in 0..<40 { events.publish(id: UInt64(id), name: "block", filler) }
            try await Self.count(events, becomes: 0)
        }
    }

    @Test func `HEAD gets the header fields and no place`() async throws {
        let events = Self.broadcast()
        try await withServer(routes: Self.routes(events)) { address in
            let socket = try RawSocket(address)
            socket.send("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = try await onThread { socket.receiveAll() }
            #expect(text.hasSuffix("\r\n\r\n"))
            try await Self.count(events, becomes: 0)
        }
    }

    @Test func `a server stops although somebody listens`() async throws {
        let events = Self.broadcast()
        let socket = try await withServer(routes: Self.routes(events)) { address in
            let socket = try RawSocket(address)
            socket.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await onThread { Self.read(socket, until: "retry") }
            return socket
        }
        try await Self.count(events, becomes: 0)
        _ = socket
    }
}
