import Cryptography
import Encoding
import Storage
import Web

/// What issuing costs whoever does it, alone: an application comes over HTTPS, a deposit is read
/// over HTTPS, two P-256 keys are read and a signature of each is verified, one is made, and so
/// many durable writes as a credential takes follow one another. Nothing is parsed, judged or
/// logged.
struct IssueParts: Sendable {
    private struct Signed: Sendable {
        let did: String
        let message: [UInt8]
        let signature: [UInt8]
    }

    private let client: HTTPClient
    private let deposit: String
    /// The application and the credit statement.
    private let signed: [Signed]
    private let signer: Signer
    private let database: Database

    private static let messageByteCount = 1500

    /// Credentials a second, for `width` applicants at once.
    static func rate(count: Int, width: Int, folder: BenchFolder) async throws -> Double {
        let ledger = server(folder, "GET", "/v1/deposits/{id}") { _ in
            .json(["text": JSON(String(repeating: "a", count: 400))])
        }
        let address = try ledger.start()
        let database = try Database.open(
            path: "\(folder.path)/parts.sqlite", migrations: [GroupCommit.migration])
        defer { database.close() }
        let client = HTTPClient(trust: folder.trust)
        let parts = IssueParts(
            client: client, deposit: "https://\(address)/v1/deposits/1",
            signed: try (0..<2).map { _ in try sign() },
            signer: Signer(try PrivateKey.generate(.es256)), database: database)
        let auditor = server(folder, "POST", "/v1/applications") { _ in try await parts.answer() }
        let url = "https://\(try auditor.start())/v1/applications"
        let body: JSON = ["application": JSON(String(repeating: "a", count: 2 * messageByteCount))]
        let span = try await CPUTime.span {
            try await InParallel.run(count, width: width) { _ in
                try await send("POST", url, body.bytes, client)
            }
        }
        await auditor.stop()
        await ledger.stop()
        return Double(count) / span.wall
    }

    private static func sign() throws -> Signed {
        let key = try PrivateKey.generate(.es256)
        let message = SecureRandom.bytes(messageByteCount)
        return Signed(
            did: key.publicKey.did, message: message, signature: try key.sign(message))
    }

    private static func server(
        _ folder: BenchFolder, _ method: String, _ path: String,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) -> HTTPServer {
        var router = Router(title: "the parts of issuing", version: "1")
        router.on(method, path, summary: "A part", handler)
        var limits = ServerLimits()
        limits.requestsPerConnection = .max
        return HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: 0),
            tls: folder.identity, limits: limits)
    }

    private func answer() async throws -> Response {
        try await Self.send("GET", deposit, [], client)
        for signed in signed {
            let key = try PublicKey(did: signed.did)
            guard key.verify(signature: signed.signature, message: signed.message) else {
                throw Failure(.failure, "bench.wrong", "a signature just made is not good")
            }
        }
        let signature = try signer.key.sign(signed[0].message)
        for _ in 0..<GroupCommit.writesPerCredential {
            try await GroupCommit.write(signed[0].message, database)
        }
        return .json(["credential": JSON(Base64URL.encode(signed[0].message + signature))])
    }

    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    private static func send(
        _ method: String, _ url: String, _ body: [UInt8], _ client: HTTPClient
    ) async throws {
        let answer = try await client.send(
            method, url, headers: body.isEmpty ? [] : [("content-type", "application/json")],
            body: body, deadlineMilliseconds: 30_000)
        guard answer.status == 200 else {
            throw Failure(.failure, "bench.wrong", "a part was answered with \(answer.status)")
        }
    }
}
