import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// An auditor with everything it asks within reach, for `bench issue`: a stand-in for the ledger
/// that knows every deposit, a credit source, and signed applications that the policy grants.
struct BenchAuditor: Sendable {
    static let network = "bench"
    static let policy = "deposit-and-credit.json"
    static let issuer = "https://auditor.bench"
    private static let creditSource = "bureau"
    /// The auditor refuses to challenge a node on its own machine, so no device evidence is made.
    private static let endpoint = "https://127.0.0.1:8443"

    let applications: [String]
    let server: AuditorServer
    private let ledger: HTTPServer

    init(folder: BenchFolder, policyFolder: String, applicationCount: Int) async throws {
        let source = Signer(try PrivateKey.generate(.es256))
        let now = Instant(seconds: SystemClock.now().seconds)
        let made = try await InParallel.map(applicationCount) { _ in
            try Self.application(source: source, at: now)
        }
        applications = made.map(\.compact)
        let deposits = Dictionary(
            uniqueKeysWithValues: made.map { ($0.deposit.text, Self.answer($0)) })
        var router = Router(title: "stand-in for a ledger node", version: "1")
        router.on("GET", "/v1/deposits/{id}", summary: "A deposit") { request in
            guard let answer = deposits[request["id"]] else { throw Problem.notFound("none") }
            return .json(answer)
        }
        // One address asks all the time: it keeps its connections for the whole run.
        var limits = ServerLimits()
        limits.requestsPerConnection = .max
        ledger = HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: 0),
            tls: folder.identity, limits: limits)
        let address = try ledger.start()
        do {
            let configuration = try Self.configuration(
                folder, policyFolder, ledger: "https://\(address)", source: source)
            server = try await AuditorServer.start(
                try AuditorConfiguration(path: configuration), log: { _ in })
        } catch {
            await ledger.stop()
            throw error
        }
    }

    func stop() async {
        await server.stop()
        await ledger.stop()
    }

    private struct Made: Sendable {
        let compact: String
        let node: String
        let deposit: Digest
    }

    private static func application(source: Signer, at now: Instant) throws -> Made {
        let key = try PrivateKey.generate(.es256)
        let node = key.publicKey.did
        let deposit = try Digest(bytes: SecureRandom.bytes(Digest.byteCount))
        let credit = try CreditStatement.sign(
            source: creditSource, account: node, network: network, score: 742,
            validity: Validity(from: now, until: now.adding(milliseconds: 86_400_000)),
            key: source.key)
        let device = Qualifications.Device(
            cores: 2, memoryMebibytes: 2048, diskMebibytes: 8192, verificationsPerSecond: 20_000,
            durableWritesPerSecond: 500, measuredAt: now)
        let draft = ApplicationDraft(
            network: network, operatorName: "bench", endpoint: endpoint,
            consensusKey: try PrivateKey.generate(.ed25519).publicKey, issuedAt: now,
            nonce: SecureRandom.bytes(16),
            qualifications: Qualifications(
                device: device, deposits: [deposit], credit: credit.jws.compact))
        let application = try draft.sign(with: key)
        return Made(compact: application.jws.compact, node: node, deposit: deposit)
    }

    private static func answer(_ made: Made) -> JSON {
        [
            "id": JSON(made.deposit.text), "payer": JSON(made.node), "auditor": JSON(issuer),
            "node": JSON(made.node), "amount": "5000", "state": "held", "height": 1,
        ]
    }

    /// The path of an `auditor.json`.
    private static func configuration(
        _ folder: BenchFolder, _ policyFolder: String, ledger: String, source: Signer
    ) throws -> String {
        let now = Instant(seconds: SystemClock.now().seconds)
        let keyRing = "\(folder.path)/keys"
        try KeyRingFolder(path: keyRing).create(
            issuer: issuer,
            window: Validity(from: now, until: now.adding(milliseconds: 86_400_000 * 365)),
            passphrase: nil, at: now)
        let logKey = try folder.write(try PrivateKey.generate(.ed25519), "log")
        let document = try DurableFile.read(
            "\(policyFolder)/\(policy)", maximumByteCount: Limits.inputByteCountMaximum)
        let configuration: JSON = [
            "issuer": JSON(issuer), "name": "auditor", "listen": "127.0.0.1:0",
            "tls": [
                "certificate": JSON(folder.certificate), "key": JSON(folder.certificateKey),
                "authority": JSON(folder.authority),
            ],
            "data": JSON("\(folder.path)/data"), "network": JSON(network),
            "keyRing": JSON(keyRing), "logKey": JSON(logKey),
            "policy": JSON(try folder.write(document, policy)),
            "ledger": [JSON(ledger)],
            "creditSources": [["name": JSON(creditSource), "jwk": source.key.publicKey.jwk]],
            "challenge": [
                "signatures": 1, "memoryMebibytes": 1, "deadlineMilliseconds": 5000,
            ],
        ]
        return try folder.write(configuration.bytes, "auditor.json")
    }
}
