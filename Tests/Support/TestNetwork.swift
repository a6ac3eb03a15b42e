import Credentials
import Cryptography
package import Encoding
package import Ledger
package import LedgerNode
import Storage
package import Web

/// A ledger network in this process: keys, certificates, genesis and configuration files in a
/// folder of its own, and nodes that talk TLS over the loopback interface.
package final class TestNetwork: Sendable {
    /// One node's keys and configuration; running or not.
    package struct Node: Sendable {
        package let name: String
        package let pair: KeyPair
        package let consensus: KeyPair
        package let configuration: NodeConfiguration

        package var endpoint: String { configuration.endpoint }
        package var identity: Identity { Identity(pair.publicKey) }
    }

    package struct Parameters: Sendable {
        package var representatives = 1
        /// Nodes that genesis does not seat.
        package var others = 0
        package var voters = 2
        package var electionInterval = 1_000
        package var seats = 1
        package var minimumSeats = 1
        package var blockInterval = 50
        package var heartbeat = 400
        /// A heartbeat that hardly makes a block while a test does something: blocks come with
        /// transactions, so that the test and not the machine's speed decides what is in which.
        package static let slowHeartbeat = 3_000
        package var proofOfWorkBits = 0

        package init() {}
    }

    package let network = "test-network"
    package let folder: TemporaryFolder
    package let parameters: Parameters
    package let auditors: [TestAuditor]
    package let nodes: [Node]
    package let registrar: KeyPair
    package let voters: [KeyPair]
    package let client: HTTPClient
    package var genesisPath: String { folder.file("genesis.json") }

    package init(_ change: (inout Parameters) -> Void = { _ in }) async throws {
        var parameters = Parameters()
        change(&parameters)
        self.parameters = parameters
        let folder = try TemporaryFolder()
        self.folder = folder
        registrar = try KeyPair()
        voters = try (0..<parameters.voters).map { _ in try KeyPair() }
        let now = SystemClock.now()
        let window = Validity(
            from: Instant(seconds: now.seconds - 86_400),
            until: Instant(seconds: now.seconds + 86_400))
        auditors = try (1...3).map {
            try TestAuditor("a\($0)", operatorName: "operator \($0)", window: window)
        }
        let anchors = try DevelopmentAuthority.create(directory: folder.path)
        client = HTTPClient(trust: anchors)
        let count = parameters.representatives + parameters.others
        var ports: [UInt16] = []
        for _ in 0..<count { ports.append(try await freePort()) }
        let founders = ports.prefix(parameters.representatives).map { "https://127.0.0.1:\($0)" }
        nodes = try ports.enumerated().map { index, port in
            try Self.node(
                index, port: port, peers: Array(founders), folder: folder, anchors: anchors)
        }
        try writeGenesis(at: now)
    }

    private static func node(
        _ index: Int, port: UInt16, peers: [String], folder: TemporaryFolder, anchors: TrustAnchors
    ) throws -> Node {
        let name = "node\(index)"
        let home = folder.file(name)
        try DurableFile.makeDirectory(home)
        let tls = try DevelopmentAuthority.issue(
            server: name, directory: home, authority: folder.path)
        let pair = try KeyPair()
        let consensus = try KeyPair(.ed25519)
        try KeyFile.write(pair.key, to: "\(home)/node.pem", passphrase: nil)
        try KeyFile.write(consensus.key, to: "\(home)/consensus.pem", passphrase: nil)
        let endpoint = "https://127.0.0.1:\(port)"
        return Node(
            name: name, pair: pair, consensus: consensus,
            configuration: NodeConfiguration(
                listen: "127.0.0.1:\(port)", endpoint: endpoint,
                tls: NodeConfiguration.TLSFiles(
                    certificate: tls.certificateChainPath, key: tls.privateKeyPath,
                    authority: anchors.path),
                data: "\(home)/data", genesis: folder.file("genesis.json"),
                nodeKey: "\(home)/node.pem", consensusKey: "\(home)/consensus.pem",
                peers: peers.filter { $0 != endpoint }))
    }

    private func writeGenesis(at now: Instant) throws {
        let set = try AuditorSet(
            version: 1, network: network, threshold: 2, operators: 2,
            auditors: auditors.map(\.entry))
        let seated = nodes.prefix(parameters.representatives).map { node -> JSON in
            [
                "node": .string(node.pair.did),
                "consensusKey": .string(Base64URL.encode(node.consensus.publicKey.bytes)),
                "endpoint": .string(node.endpoint),
            ]
        }
        func account(_ pair: KeyPair, _ balance: UInt64, _ allowance: Int) -> JSON {
            [
                "account": .string(pair.did), "balance": JSON(amount: balance),
                "allowance": JSON(allowance),
            ]
        }
        let accounts =
            [account(registrar, 1_000_000, 0)] + nodes.map { account($0.pair, 10_000, 0) }
            + voters.map { account($0, 1_000, 10) }
        let genesis: JSON = [
            "network": .string(network), "time": .string(now.rfc3339),
            "registrar": .string(registrar.did), "representatives": .array(seated),
            "accounts": .array(accounts), "auditorSet": set.json,
            "parameters": [
                "approval": ["ratio": "3/4"],
                "electionInterval": JSON(parameters.electionInterval),
                "seats": JSON(parameters.seats), "minimumSeats": JSON(parameters.minimumSeats),
                "allowance": 10, "votesPerCandidate": 10,
                "proofOfWorkBits": JSON(parameters.proofOfWorkBits),
                "blockInterval": JSON(parameters.blockInterval),
                "heartbeat": JSON(parameters.heartbeat), "termMarginSeconds": 0,
            ],
        ]
        try DurableFile.write(genesis.bytes, to: genesisPath, replacing: false)
    }

    /// Starts a node. It stops when told to; see `withNodes` for tests.
    package func start(
        _ index: Int, log: @escaping @Sendable (JSON) -> Void = { _ in }
    ) async throws -> LedgerNodeServer {
        try await LedgerNodeServer.start(
            configuration: nodes[index].configuration,
            surroundings: LedgerNodeServer.Surroundings(log: log))
    }

    /// Runs `body` while these nodes run, and stops them in every case.
    package func withNodes(
        _ indices: [Int], log: @escaping @Sendable (JSON) -> Void = { _ in },
        _ body: ([LedgerNodeServer]) async throws -> Void
    ) async throws {
        var running: [LedgerNodeServer] = []
        do {
            for index in indices { running.append(try await start(index, log: log)) }
            try await body(running)
        } catch {
            for node in running { await node.stop() }
            throw error
        }
        for node in running { await node.stop() }
    }
}
