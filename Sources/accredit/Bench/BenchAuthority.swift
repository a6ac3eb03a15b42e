import AggregatorServer
import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// Auditors with everything they ask within reach, for `bench issue`: a stand-in for the ledger
/// that knows every deposit, a credit source, and signed applications that the policy grants.
struct BenchAuthority: Sendable {
    static let network = "bench"
    static let policy = "deposit-and-credit.json"
    private static let creditSource = "bureau"
    private static let day: Int64 = 86_400_000
    private static let host = "127.0.0.1"
    /// The auditors refuse to challenge a node on their own machine, so no device evidence is made.
    private static let endpoint = "https://127.0.0.1:8443"

    let applications: [String]
    let auditors: [AuditorServer]
    private let folder: BenchFolder
    private let ledger: HTTPServer
    private let places: [Place]
    private let now: Instant

    /// Where an auditor listens, which is its identity, and how its files begin.
    private struct Place: Sendable {
        let name: String
        let address: SocketAddress

        var issuer: String { "https://\(address)" }
    }

    init(
        folder: BenchFolder, policyFolder: String, auditorCount: Int, applicationCount: Int
    ) async throws {
        self.folder = folder
        now = Instant(seconds: SystemClock.now().seconds)
        let source = Signer(try PrivateKey.generate(.es256))
        let ports = try await FreePorts.find(auditorCount, host: Self.host)
        places = ports.enumerated().map { number, port in
            Place(
                name: "a\(number + 1)of\(auditorCount)",
                address: SocketAddress(host: Self.host, port: port))
        }
        let (start, issuers) = (now, places.map(\.issuer))
        let made = try await InParallel.map(applicationCount) { _ in
            try Self.application(for: issuers, source: source, at: start)
        }
        applications = made.map(\.compact)
        ledger = Self.ledger(made.flatMap(\.deposits), identity: folder.identity)
        let address = try ledger.start()
        var started: [AuditorServer] = []
        do {
            for place in places {
                let configuration = try Self.configuration(
                    place, folder, policyFolder, ledger: "https://\(address)", source: source,
                    at: now)
                started.append(
                    try await AuditorServer.start(
                        try AuditorConfiguration(path: configuration), log: { _ in }))
            }
        } catch {
            for auditor in started { await auditor.stop() }
            await ledger.stop()
            throw error
        }
        auditors = started
    }

    func stop() async {
        for auditor in auditors { await auditor.stop() }
        await ledger.stop()
    }

    // MARK: Applications

    private struct Made: Sendable {
        let compact: String
        let deposits: [(id: Digest, answer: JSON)]
    }

    private static func application(
        for issuers: [String], source: Signer, at now: Instant
    ) throws -> Made {
        let key = try PrivateKey.generate(.es256)
        let node = key.publicKey.did
        let deposits = try issuers.map { issuer in
            let id = try Digest(bytes: SecureRandom.bytes(Digest.byteCount))
            let answer: JSON = [
                "id": JSON(id.text), "payer": JSON(node), "auditor": JSON(issuer),
                "node": JSON(node), "amount": "5000", "state": "held", "height": 1,
            ]
            return (id: id, answer: answer)
        }
        let credit = try CreditStatement.sign(
            source: creditSource, account: node, network: network, score: 742,
            validity: Validity(from: now, until: now.adding(milliseconds: day)), key: source.key)
        let device = Qualifications.Device(
            cores: 2, memoryMebibytes: 2048, diskMebibytes: 8192, verificationsPerSecond: 20_000,
            durableWritesPerSecond: 500, measuredAt: now)
        let draft = ApplicationDraft(
            network: network, operatorName: "bench", endpoint: endpoint,
            consensusKey: try PrivateKey.generate(.ed25519).publicKey, issuedAt: now,
            nonce: SecureRandom.bytes(16),
            qualifications: Qualifications(
                device: device, deposits: deposits.map(\.id), credit: credit.jws.compact))
        return Made(compact: try draft.sign(with: key).jws.compact, deposits: deposits)
    }

    // MARK: Servers

    private static func ledger(
        _ deposits: [(id: Digest, answer: JSON)], identity: TLSIdentity
    ) -> HTTPServer {
        let answers = Dictionary(uniqueKeysWithValues: deposits.map { ($0.id.text, $0.answer) })
        var router = Router(title: "stand-in for a ledger node", version: "1")
        router.on("GET", "/v1/deposits/{id}", summary: "A deposit") { request in
            guard let answer = answers[request["id"]] else { throw Problem.notFound("none") }
            return .json(answer)
        }
        router.on("GET", "/v1/deposits", summary: "Several deposits") { request in
            let ids = (request.query("ids") ?? "").split(separator: ",").map(String.init)
            return .json([
                "deposits": .array(ids.compactMap { answers[$0] }),
                "missing": .array(ids.filter { answers[$0] == nil }.map(JSON.string)),
                "height": 1,
            ])
        }
        // One address asks all the time: it keeps its connections for the whole run.
        var limits = ServerLimits()
        limits.requestsPerConnection = .max
        return HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: 0), tls: identity,
            limits: limits)
    }

    private static func tls(_ folder: BenchFolder) -> JSON {
        [
            "certificate": JSON(folder.certificate), "key": JSON(folder.certificateKey),
            "authority": JSON(folder.authority),
        ]
    }

    /// The path of an `auditor.json`.
    private static func configuration(
        _ place: Place, _ folder: BenchFolder, _ policyFolder: String, ledger: String,
        source: Signer, at now: Instant
    ) throws -> String {
        let keyRing = "\(folder.path)/\(place.name)-keys"
        try KeyRingFolder(path: keyRing).create(
            issuer: place.issuer,
            window: Validity(from: now, until: now.adding(milliseconds: day * 365)),
            passphrase: nil, at: now)
        let logKey = try folder.write(try PrivateKey.generate(.ed25519), "\(place.name)-log")
        let document = try DurableFile.read(
            "\(policyFolder)/\(policy)", maximumByteCount: Limits.inputByteCountMaximum)
        let configuration: JSON = [
            "issuer": JSON(place.issuer), "name": JSON(place.name),
            "listen": JSON(place.address.description), "tls": tls(folder),
            "data": JSON("\(folder.path)/\(place.name)"), "network": JSON(network),
            "keyRing": JSON(keyRing), "logKey": JSON(logKey),
            "policy": JSON(try folder.write(document, "\(place.name)-\(policy)")),
            "ledger": [JSON(ledger)],
            "creditSources": [["name": JSON(creditSource), "jwk": source.key.publicKey.jwk]],
            "challenge": [
                "signatures": 1, "memoryMebibytes": 1, "deadlineMilliseconds": 5000,
            ],
        ]
        return try folder.write(configuration.bytes, "\(place.name).json")
    }

    /// Starts an aggregator that asks these auditors; the caller stops it.
    func aggregator() async throws -> AggregatorServer {
        let set: JSON = [
            "version": 1, "network": JSON(Self.network), "threshold": JSON(auditors.count),
            "operators": JSON(auditors.count),
            "auditors": .array(
                try places.map { place in
                    let ring = try KeyRingFolder(path: "\(folder.path)/\(place.name)-keys").read()
                    return [
                        "issuer": JSON(place.issuer), "name": JSON(place.name),
                        "operator": JSON(place.name),
                        "account": JSON(try PrivateKey.generate(.es256).publicKey.did),
                        "keys": .array(
                            ring.keys.map { key in
                                [
                                    "jwk": key.publicKey.jwk,
                                    "from": JSON(key.window.from.rfc3339),
                                    "until": JSON(key.window.until.rfc3339),
                                ]
                            }),
                    ]
                }),
        ]
        let configuration: JSON = [
            "id": "https://aggregator.bench", "network": JSON(Self.network),
            "listen": "127.0.0.1:0", "tls": Self.tls(folder),
            "data": JSON("\(folder.path)/aggregator"),
            "key": JSON(try folder.write(try PrivateKey.generate(.es256), "aggregator")),
            "auditorSet": JSON(try folder.write(set.bytes, "auditor-set.json")),
            "deadlineMilliseconds": 30_000,
        ]
        return try await AggregatorServer.start(
            try AggregatorConfiguration(path: folder.write(configuration.bytes, "aggregator.json")),
            log: { _ in })
    }
}
