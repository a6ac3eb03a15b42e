import Auditing
import AuditorServer
package import Credentials
package import Cryptography
package import Encoding
import FoundationEssentials
import Storage
import Synchronization
package import Web

/// What auditors deal with, for tests: a network's name, an authority for TLS, a ledger that knows
/// some deposits, a credit source, and applicants whose nodes answer challenges. Real servers on
/// loopback; nothing is simulated but the ledger's content.
package final class AuditWorld: Sendable {
    package static let network = "test-net"

    package let folder: TemporaryFolder
    package let trust: TrustAnchors
    package let ledger: TestLedger
    package let creditKey: PrivateKey
    package let creditSource: CreditSource

    package init() throws {
        folder = try TemporaryFolder()
        trust = try DevelopmentAuthority.create(directory: folder.path)
        ledger = try TestLedger(
            identity: DevelopmentAuthority.issue(server: "ledger", directory: folder.path))
        creditKey = try PrivateKey.generate(.es256)
        creditSource = CreditSource(name: "Test Bureau", key: creditKey.publicKey)
    }

    package func identity(_ name: String) throws -> TLSIdentity {
        try DevelopmentAuthority.issue(server: name, directory: folder.path)
    }

    package func creditStatement(for account: String, score: UInt64) throws -> String {
        let now = Instant(seconds: SystemClock.now().seconds)
        return try CreditStatement.sign(
            source: creditSource.name, account: account, network: Self.network, score: score,
            validity: Validity(
                from: now.adding(milliseconds: -60_000), until: now.adding(milliseconds: 86_400_000)
            ),
            key: creditKey
        ).jws.compact
    }

    /// Writes an auditor's key, policy and configuration; returns the configuration's path.
    package func configureAuditor(
        _ name: String, policy: String, port: UInt16, ledger: [String]? = nil,
        peers: [String] = []
    ) throws -> String {
        let home = folder.file(name)
        try DurableFile.makeDirectory(home)
        let now = Instant(seconds: SystemClock.now().seconds)
        try KeyRingFolder(path: "\(home)/keys").create(
            issuer: "https://127.0.0.1:\(port)", window: Self.keyWindow(from: now),
            passphrase: nil, at: now)
        try KeyFile.write(
            try PrivateKey.generate(.ed25519), to: "\(home)/log.pem", passphrase: nil)
        let tls = try identity(name)
        try DurableFile.write(
            try Self.patient(policy).bytes, to: "\(home)/policy.json", replacing: true)
        let configuration: JSON = [
            "issuer": JSON("https://127.0.0.1:\(port)"), "name": JSON(name),
            "network": JSON(Self.network), "listen": JSON("127.0.0.1:\(port)"),
            "tls": [
                "certificate": JSON(tls.certificateChainPath), "key": JSON(tls.privateKeyPath),
                "authority": JSON(trust.path),
            ],
            "data": "data", "keyRing": "keys", "logKey": "log.pem",
            "policy": "policy.json",
            "ledger": .array((ledger ?? [self.ledger.url]).map { JSON($0) }),
            "creditSources": [
                ["name": JSON(creditSource.name), "jwk": creditSource.key.jwk]
            ],
            "peers": .array(peers.map { JSON($0) }),
            "ledgerDeadlineMilliseconds": 60_000,
            "challenge": [
                "signatures": 8, "memoryMebibytes": 1, "deadlineMilliseconds": 30_000,
                "allowLoopback": true,
            ],
        ]
        try DurableFile.write(configuration.bytes, to: "\(home)/auditor.json", replacing: true)
        return "\(home)/auditor.json"
    }

    /// The same auditor, key, port and store, with other ledger nodes to ask.
    package func configureAuditorKeepingKey(
        _ name: String, ledger: [String]
    ) throws -> String {
        let path = "\(folder.file(name))/auditor.json"
        let bytes = try DurableFile.read(path, maximumByteCount: 65_536)
        guard var object = try JSON.parse(bytes).objectValue else { return path }
        object["ledger"] = .array(ledger.map { JSON($0) })
        try DurableFile.write(JSON.object(object).bytes, to: path, replacing: true)
        return path
    }

    /// Lets these people give an auditor orders, from its next start.
    package func give(_ name: String, operators: [String]) throws {
        let path = "\(folder.file(name))/auditor.json"
        let bytes = try DurableFile.read(path, maximumByteCount: 65_536)
        guard var object = try JSON.parse(bytes).objectValue else { return }
        object["operators"] = .array(operators.map { ["did": JSON($0), "name": "Ops"] })
        try DurableFile.write(JSON.object(object).bytes, to: path, replacing: true)
    }

    /// Gives an auditor another policy, in force from its next start.
    package func replacePolicy(of name: String, with policy: String) throws {
        try DurableFile.write(
            try Self.patient(policy).bytes, to: "\(folder.file(name))/policy.json", replacing: true)
    }

    /// The set of these auditors, each by an operator of its own; two consents are a quorum.
    package func auditorSet(_ configurations: [String], threshold: Int = 2) throws -> AuditorSet {
        let now = Instant(seconds: SystemClock.now().seconds)
        let auditors = try configurations.map { path in
            let configuration = try AuditorConfiguration(path: path)
            let keys = try KeyRingFolder(path: configuration.keyRingPath).read().keys
            return AuditorSet.Auditor(
                issuer: configuration.issuer, name: configuration.name,
                operatorName: "operator of \(configuration.name)",
                account: keys.first?.publicKey.did ?? "",
                keys: keys.map {
                    AuditorSet.Key(key: $0.publicKey, window: Self.keyWindow(from: now))
                })
        }
        return try AuditorSet(
            version: 1, network: Self.network, threshold: threshold, operators: threshold,
            auditors: auditors)
    }

    /// A year, and the hour before.
    package static func keyWindow(from now: Instant) -> Validity {
        Validity(
            from: now.adding(milliseconds: -3_600_000),
            until: now.adding(milliseconds: 31_536_000_000))
    }

    /// Has an auditor whose files are in this folder give nodes and ledger all the time they want.
    package static func makePatient(_ folder: String) throws {
        let policy = "\(folder)/policy.json"
        try DurableFile.write(try patient(path: policy).bytes, to: policy, replacing: true)
        let path = "\(folder)/auditor.json"
        let bytes = try DurableFile.read(path, maximumByteCount: 262_144)
        guard var object = try JSON.parse(bytes).objectValue,
            var challenge = object["challenge"]?.objectValue
        else { return }
        challenge["deadlineMilliseconds"] = 30_000
        object["challenge"] = .object(challenge)
        object["ledgerDeadlineMilliseconds"] = 60_000
        try DurableFile.write(JSON.object(object).bytes, to: path, replacing: true)
    }

    /// A shipped policy that gives a node all the time it wants: machines that run tests are busy.
    private static func patient(_ policy: String) throws -> JSON {
        try patient(path: "\(policyFolder)/\(policy)")
    }

    private static func patient(path: String) throws -> JSON {
        let bytes = try DurableFile.read(path, maximumByteCount: 262_144)
        var document = try JSON.parse(bytes).objectValue ?? JSONObject()
        var parameters = document["parameters"]?.objectValue ?? JSONObject()
        if parameters["maximumChallengeMilliseconds"] != nil {
            parameters["maximumChallengeMilliseconds"] = 3_600_000
            parameters["minimumChallengeSignaturesPerSecond"] = 0
        }
        document["parameters"] = .object(parameters)
        return .object(document)
    }

    private static let policyFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Policies").path
}

/// A ledger node as auditors see it: deposits by id.
package final class TestLedger: Sendable {
    private let server: HTTPServer
    private let deposits: DepositTable
    package let url: String

    private final class DepositTable: Sendable {
        let byID = Mutex<[String: JSON]>([:])
        /// Credentials of the candidates, by node.
        let candidates = Mutex<[String: [String]]>([:])
    }

    /// Listens on a free port, or on `port` once told to with `listen`.
    package init(identity: TLSIdentity, port: UInt16? = nil) throws {
        let table = DepositTable()
        var router = Router()
        router.on("GET", "/v1/deposits/{id}") { request in
            guard let deposit = table.byID.withLock({ $0[request["id"]] }) else {
                throw Problem.notFound("no such deposit")
            }
            return .json(deposit)
        }
        router.on("GET", "/v1/candidates") { _ in
            let nodes = table.candidates.withLock { $0.keys.sorted() }
            return .json([
                "candidates": .array(
                    nodes.map { ["node": JSON($0), "application": JSON(Digest.zero.text)] })
            ])
        }
        router.on("GET", "/v1/candidates/{did}") { request in
            let tokens = table.candidates.withLock { $0[request["did"]] } ?? []
            return .json(["credentials": .array(tokens.map { ["token": JSON($0)] })])
        }
        server = HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: port ?? 0),
            tls: identity)
        url =
            "https://\(try port.map { SocketAddress(host: "127.0.0.1", port: $0) } ?? server.start())"
        deposits = table
    }

    /// Starts a ledger that was made for a certain port.
    package func listen() throws { _ = try server.start() }

    /// Records a held deposit and returns its id.
    package func pay(
        _ amount: UInt64, by account: String, to auditor: String, for node: String
    ) throws -> Digest {
        let id = Digest.sha256(SecureRandom.bytes(16))
        let deposit: JSON = [
            "id": JSON(id.text), "payer": JSON(account), "auditor": JSON(auditor),
            "node": JSON(node), "amount": JSON(amount: amount), "state": "held", "height": 1,
        ]
        deposits.byID.withLock { $0[id.text] = deposit }
        return id
    }

    /// Has a node stand with these credentials.
    package func list(_ node: String, credentials: [String]) {
        deposits.candidates.withLock { $0[node] = credentials }
    }

    package func stop() async { await server.stop() }
}

/// An applicant: a node key, a consensus key, and a server that answers challenges.
package final class TestApplicant: Sendable {
    package enum Manner: Sendable {
        case honest
        /// Answers with the key of another node.
        case impostor
        /// Does not answer challenges at all.
        case silent
    }

    package let key: PrivateKey
    package let consensusKey: PublicKey
    package let endpoint: String
    private let server: HTTPServer

    package var did: String { key.publicKey.did }

    package init(_ world: AuditWorld, manner: Manner = .honest) throws {
        key = try PrivateKey.generate(.es256)
        consensusKey = try PrivateKey.generate(.ed25519).publicKey
        let signer = TestSigner(try PrivateKey(pem: key.pem(passphrase: nil), passphrase: nil))
        let stranger = TestSigner(try PrivateKey.generate(.es256))
        var router = Router()
        router.on("POST", "/v1/device/challenges") { request in
            let challenge = try DeviceChallenge(json: try request.json())
            switch manner {
            case .honest:
                return .json(["answer": JSON(try challenge.answer(with: signer.key))])
            case .impostor:
                let other = try DeviceChallenge(
                    nonce: challenge.nonce, network: challenge.network,
                    application: challenge.application, node: stranger.key.publicKey.did,
                    signatures: challenge.signatures, memoryMebibytes: challenge.memoryMebibytes,
                    deadlineMilliseconds: challenge.deadlineMilliseconds)
                return .json(["answer": JSON(try other.answer(with: stranger.key))])
            case .silent:
                throw Problem.unavailable("not now")
            }
        }
        server = HTTPServer(
            router: router, address: SocketAddress(host: "127.0.0.1", port: 0),
            tls: try world.identity("node-\(Hexadecimal.encode(SecureRandom.bytes(4)))"))
        endpoint = "https://\(try server.start())"
    }

    /// A signed application of this node.
    package func application(
        deposits: [Digest] = [], credit: String? = nil, cores: Int64 = 8,
        network: String = AuditWorld.network, signedAt: Instant = SystemClock.now(),
        validForSeconds: Int64? = nil, evidence: JSON? = nil
    ) throws -> Application {
        let draft = ApplicationDraft(
            network: network, operatorName: "Test Operator", endpoint: endpoint,
            consensusKey: consensusKey, issuedAt: Instant(seconds: signedAt.seconds),
            nonce: SecureRandom.bytes(16), validForSeconds: validForSeconds,
            qualifications: Qualifications(
                device: Qualifications.Device(
                    cores: cores, memoryMebibytes: 16_384, diskMebibytes: 100_000,
                    verificationsPerSecond: 20_000, durableWritesPerSecond: 2_000,
                    measuredAt: Instant(seconds: signedAt.seconds)),
                deposits: deposits, credit: credit, evidence: evidence))
        return try draft.sign(with: key)
    }

    package func stop() async { await server.stop() }
}

/// A private key that handlers may share.
final class TestSigner: Sendable {
    let key: PrivateKey

    init(_ key: consuming PrivateKey) { self.key = key }
}
