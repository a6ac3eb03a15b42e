import Testing

@testable import Web

@Suite struct TLSTests {
    /// An authority and a certificate of it for the names given.
    struct Place {
        let directory: TemporaryDirectory
        let trust: TrustAnchors
        let identity: TLSIdentity

        init(names: [String] = ["127.0.0.1", "::1", "localhost"], days: Int = 30) throws {
            directory = try TemporaryDirectory()
            trust = try DevelopmentAuthority.create(directory: directory.path)
            identity = try DevelopmentAuthority.issue(
                server: "node", names: names, directory: directory.path, days: days)
        }
    }

    static func failure(
        of url: String, trust: TrustAnchors
    ) async -> WebError? {
        await #expect(throws: WebError.self) {
            _ = try await HTTPClient(trust: trust).send("GET", url, deadlineMilliseconds: 20_000)
        }
    }

    @Test func `a certificate of the trusted authority is accepted by address and by name`()
        async throws
    {
        let place = try Place()
        try await withServer(tls: place.identity) { address in
            let client = HTTPClient(trust: place.trust)
            for host in ["127.0.0.1", "localhost", "127.0.0.1"] {
                let response = try await client.send(
                    "GET", "https://\(host):\(address.port)/hello", deadlineMilliseconds: 20_000)
                #expect(response.body == Array("hello".utf8))
                #expect(response.header("strict-transport-security") != nil)
            }
        }
    }

    @Test func `large bodies pass both ways`() async throws {
        let place = try Place()
        try await withServer(tls: place.identity) { router in
            router.on("POST", "/echo", maximumBodyByteCount: 8 << 20) { request in
                .bytes(request.body, contentType: "application/octet-stream")
            }
        } body: { address in
            let body = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let response = try await HTTPClient(trust: place.trust).send(
                "POST", "https://\(address)/echo", body: body, deadlineMilliseconds: 60_000,
                maximumBodyByteCount: 8 << 20)
            #expect(response.body == body)
        }
    }

    @Test func `bodies about as long as a record pass one after the other, cut anywhere`()
        async throws
    {
        let place = try Place()
        try await withServer(tls: place.identity) { router in
            router.on("POST", "/echo") { request in
                .bytes(request.body, contentType: "application/octet-stream")
            }
        } body: { address in
            let client = HTTPClient(trust: place.trust)
            let record = 16 * 1024
            let sizes = [0, 1, 5, 200, 15_000, 2 * record, 70_000, 5 * record]
            for size in sizes + Array(record - 300...record + 40) {
                let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
                let response = try await client.send(
                    "POST", "https://\(address)/echo", body: body, deadlineMilliseconds: 20_000)
                #expect(response.body == body)
            }
        }
    }

    @Test func `a certificate of another authority is refused`() async throws {
        let place = try Place()
        let other = try Place()
        try await withServer(tls: place.identity) { address in
            let error = await Self.failure(of: "https://\(address)/hello", trust: other.trust)
            #expect(error?.code == .tls)
            #expect(error?.detail.contains("certificate verify failed") == true)
        }
    }

    @Test func `a certificate for another address or name is refused`() async throws {
        for names in [["127.0.0.2"], ["example.org"], ["localhost.example.org"]] {
            let place = try Place(names: names)
            try await withServer(tls: place.identity) { address in
                for host in ["127.0.0.1", "localhost"] {
                    let error = await Self.failure(
                        of: "https://\(host):\(address.port)/hello", trust: place.trust)
                    #expect(error?.code == .tls)
                    #expect(error?.detail.contains("mismatch") == true)
                }
            }
        }
    }

    @Test func `a name does not stand for the address behind it, nor the address for the name`()
        async throws
    {
        for (names, host) in [(["localhost"], "127.0.0.1"), (["127.0.0.1"], "localhost")] {
            let place = try Place(names: names)
            try await withServer(tls: place.identity) { address in
                let error = await Self.failure(
                    of: "https://\(host):\(address.port)/hello", trust: place.trust)
                #expect(error?.code == .tls)
            }
        }
    }

    @Test func `an expired certificate is refused`() async throws {
        let place = try Place(days: -1)
        try await withServer(tls: place.identity) { address in
            let error = await Self.failure(of: "https://\(address)/hello", trust: place.trust)
            #expect(error?.code == .tls)
        }
    }

    @Test func `a server's certificate is no authority`() async throws {
        let place = try Place()
        let trust = TrustAnchors(path: place.identity.certificateChainPath)
        let other = try DevelopmentAuthority.issue(
            server: "other", directory: place.directory.path)
        try await withServer(tls: other) { address in
            let error = await Self.failure(of: "https://\(address)/hello", trust: trust)
            #expect(error?.code == .tls)
        }
    }

    @Test func `TLS to a plain server and plain to a TLS server both fail and hurt nobody`()
        async throws
    {
        let place = try Place()
        try await withServer { address in
            let error = await Self.failure(of: "https://\(address)/hello", trust: place.trust)
            #expect(error?.code == .tls)
        }
        try await withServer(tls: place.identity) { address in
            let socket = try RawSocket(address)
            socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!socket.receiveAll().contains("hello"))
            let response = try await HTTPClient(trust: place.trust).send(
                "GET", "https://\(address)/hello", deadlineMilliseconds: 20_000)
            #expect(response.status == 200)
        }
    }

    @Test func `files that are missing, mixed up or open to others are refused with the reason`()
        throws
    {
        let place = try Place()
        let other = try DevelopmentAuthority.issue(
            server: "other", directory: place.directory.path)
        let certificate = place.identity.certificateChainPath
        let key = place.identity.privateKeyPath
        let cases = [
            (TLSIdentity(certificateChainPath: "/nowhere", privateKeyPath: key), "/nowhere"),
            (TLSIdentity(certificateChainPath: certificate, privateKeyPath: "/none"), "/none"),
            (
                TLSIdentity(
                    certificateChainPath: certificate, privateKeyPath: other.privateKeyPath),
                "belongs to"
            ),
            (
                TLSIdentity(certificateChainPath: certificate, privateKeyPath: certificate),
                "chmod 600"
            ),
        ]
        for (identity, text) in cases {
            let error = #expect(throws: WebError.self) { _ = try TLSContext.server(identity) }
            #expect(error?.detail.contains(text) == true)
        }
        let error = #expect(throws: WebError.self) {
            _ = try TLSContext.client(TrustAnchors(path: key))
        }
        #expect(error?.code == .tls)
    }

    @Test func `the authority's files have their modes and are never replaced`() throws {
        let place = try Place()
        #expect(place.directory.mode("authority.key") == 0o600)
        #expect(place.directory.mode("node.key") == 0o600)
        #expect(place.directory.mode("authority.pem") == 0o644)
        #expect(place.directory.mode("node.pem") == 0o644)
        #expect(throws: WebError.self) {
            _ = try DevelopmentAuthority.create(directory: place.directory.path)
        }
        #expect(throws: WebError.self) {
            _ = try DevelopmentAuthority.issue(server: "node", directory: place.directory.path)
        }
        for name in ["a,DNS:b", "a b", "", "a/b"] {
            #expect(throws: WebError.self) {
                _ = try DevelopmentAuthority.issue(
                    server: "x", names: [name], directory: place.directory.path)
            }
        }
    }
}
