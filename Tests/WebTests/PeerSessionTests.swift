import Cryptography
import Synchronization
import Testing

@testable import Web

@Suite struct PeerSessionTests {
    /// A server with an ordinary certificate that welcomes peers and says whom it sees.
    private func withPeerServer(
        stating text: String = "the server",
        body: (TLSTests.Place, SocketAddress) async throws -> Void
    ) async throws {
        let place = try TLSTests.Place()
        let shown = try PeerIdentity { _ in text }
        var router = Router()
        router.on("GET", "/peer") { .text($0.peer?.statement ?? "an ordinary client") }
        let server = HTTPServer(
            router: router, address: try SocketAddress("127.0.0.1:0"), tls: place.identity,
            peers: { shown })
        let address = try server.start()
        do {
            try await body(place, address)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func `both ends of a peer connection see the other's statement and its key`()
        async throws
    {
        try await withPeerServer { _, address in
            let digest = Mutex<Digest?>(nil)
            let own = try PeerIdentity { key in
                digest.withLock { $0 = key }
                return "the client"
            }
            let seen = Mutex<PeerCertificate?>(nil)
            let client = HTTPClient(peer: { own })
            for _ in 0..<2 {
                let answer = try await client.send(
                    "GET", "https://\(address)/peer", deadlineMilliseconds: 20_000,
                    accepting: { peer in
                        seen.withLock { $0 = peer }
                        return nil
                    })
                #expect(answer.body == Array("the client".utf8))
            }
            #expect(seen.withLock { $0?.statement } == "the server")
            #expect(seen.withLock { $0?.keyDigest } != digest.withLock { $0 })
        }
    }

    @Test func `an ordinary client gets the ordinary certificate on the same port`() async throws {
        try await withPeerServer { place, address in
            let answer = try await HTTPClient(trust: place.trust).send(
                "GET", "https://\(address)/peer", deadlineMilliseconds: 20_000)
            #expect(answer.body == Array("an ordinary client".utf8))
        }
    }

    @Test func `a peer that is not the one meant is told nothing`() async throws {
        try await withPeerServer(stating: "an impostor") { _, address in
            let own = try PeerIdentity { _ in "the client" }
            let error = await #expect(throws: WebError.self) {
                _ = try await HTTPClient(peer: { own }).send(
                    "GET", "https://\(address)/peer", deadlineMilliseconds: 20_000,
                    accepting: { peer in
                        peer?.statement == "the server" ? nil : "this is another node"
                    })
            }
            #expect(error?.code == .tls)
            #expect(error?.detail.contains("this is another node") == true)
        }
    }

    @Test func `a kept connection is asked again who is at its other end`() async throws {
        try await withPeerServer { _, address in
            let own = try PeerIdentity { _ in "the client" }
            let client = HTTPClient(peer: { own })
            _ = try await client.send(
                "GET", "https://\(address)/peer", deadlineMilliseconds: 20_000,
                accepting: { _ in nil })
            await #expect(throws: WebError.self) {
                _ = try await client.send(
                    "GET", "https://\(address)/peer", deadlineMilliseconds: 20_000,
                    accepting: { _ in "no longer" })
            }
        }
    }

    @Test func `a server without peers does not speak their protocol`() async throws {
        let place = try TLSTests.Place()
        try await withServer(tls: place.identity) { address in
            let own = try PeerIdentity { _ in "the client" }
            let error = await #expect(throws: WebError.self) {
                _ = try await HTTPClient(peer: { own }).send(
                    "GET", "https://\(address)/hello", deadlineMilliseconds: 20_000)
            }
            #expect(error?.code == .tls)
        }
    }

    @Test func `a statement longer than the bound cannot be made`() throws {
        #expect(throws: WebError.self) {
            _ = try PeerIdentity { _ in
                String(repeating: "a", count: Limits.peerStatementByteCount + 1)
            }
        }
    }

    @Test func `a gate refuses before the body is read, and closes`() async throws {
        let refusal: Web.Gate = { caller in
            throw Problem(
                type: "no", title: "No", status: 403, detail: "\(caller.bodyByteCount ?? -1)")
        }
        try await withServer { router in
            router.on("POST", "/gated", maximumBodyByteCount: 1 << 20, gate: refusal) { _ in
                .text("taken")
            }
        } body: { address in
            for (field, count) in [
                ("Content-Length: 700000", 700_000),
                ("Transfer-Encoding: chunked", -1),
            ] {
                let socket = try RawSocket(address)
                socket.send("POST /gated HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
                let answer = socket.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 403"))
                #expect(answer.contains("\"\(count)\""))
            }
        }
    }

    @Test func `what a gate gives reaches the handler and is let go of afterwards`() async throws {
        final class Counted: Sendable {
            let count: Tally
            init(_ count: Tally) {
                self.count = count
                count.add(1)
            }
            deinit { count.add(-1) }
        }
        let held = Tally()
        try await withServer { router in
            router.on("POST", "/gated", gate: { _ in Counted(held) }) { request in
                .text("\(request.pass is Counted) \(held.value)")
            }
        } body: { address in
            let socket = try RawSocket(address)
            for _ in 0..<2 {
                socket.send("POST /gated HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
                #expect(socket.receiveAnswers(1) == ["true 1"])
            }
        }
        #expect(held.value == 0)
    }
}

/// A count that several hold.
private final class Tally: Sendable {
    private let count = Mutex<Int>(0)
    var value: Int { count.withLock { $0 } }
    func add(_ number: Int) { count.withLock { $0 += number } }
}
