import Credentials
import Cryptography
import Encoding
import Ledger
import TestSupport

/// What all runs share: a network with one voter and two listed candidates.
struct HuntFixture: Sendable {
    static let allowance: UInt64 = 10
    static let electionInterval = 4

    let voter: KeyPair
    let candidates: [Identity]
    let start: Instant
    let network: String
    let genesis: Genesis
    let opening: [VerifiedTransaction]

    init() throws {
        let first = try TestCandidacy()
        (start, network) = (first.now, first.network)
        let voter = try KeyPair()
        self.voter = voter
        let registrar = try KeyPair()
        let nodes = [(first.node, first.consensusKey), (try KeyPair(), try KeyPair(.ed25519))]
        candidates = nodes.map { Identity($0.0.publicKey) }
        let founders = try (0..<4).map { _ in (try KeyPair(), try KeyPair(.ed25519)) }
        func account(_ pair: KeyPair, _ allowance: UInt64) -> JSON {
            ["account": JSON(pair.did), "balance": "1000", "allowance": JSON(allowance)]
        }
        let accounts =
            [account(registrar, 0), account(voter, Self.allowance)]
            + nodes.map { account($0.0, 0) } + founders.map { account($0.0, 0) }
        let json: JSON = [
            "network": JSON(network), "time": JSON(start.rfc3339),
            "registrar": JSON(registrar.did),
            "representatives": .array(
                founders.map { node, consensus in
                    [
                        "node": JSON(node.did), "endpoint": "https://127.0.0.1:8443",
                        "consensusKey": JSON(Base64URL.encode(consensus.publicKey.bytes)),
                    ]
                }),
            "accounts": .array(accounts), "auditorSet": first.set.json,
            "parameters": [
                "approval": "all", "electionInterval": JSON(Self.electionInterval), "seats": 4,
                "minimumSeats": 4, "allowance": 10, "votesPerCandidate": 10,
                "proofOfWorkBits": 0, "blockInterval": 100, "heartbeat": 1000,
                "termMarginSeconds": 0,
            ],
        ]
        genesis = try Genesis(bytes: json.bytes)
        opening = try nodes.map { node, consensus in
            let body = TransactionBody.candidateAdd(
                [try Self.entry(node, consensus, auditors: first)])
            return try Self.sign(
                body, by: node, sequence: 0, notAfter: first.now.adding(milliseconds: 60_000),
                network: first.network)
        }
    }

    private static func entry(
        _ node: KeyPair, _ consensus: KeyPair, auditors world: TestCandidacy
    ) throws -> CandidateEntry {
        let application = try ApplicationDraft.test(
            network: world.network, consensusKey: consensus.publicKey, at: world.now
        ).sign(with: node.key)
        let bundle = try world.bundle(
            try world.auditors.map { try $0.credential(for: application, at: world.now) })
        return CandidateEntry(
            node: Identity(node.publicKey), consensusKey: consensus.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: world.network, node: Identity(node.publicKey), key: consensus.key),
            endpoint: application.endpoint, bundle: bundle.jws.compact)
    }

    private static func sign(
        _ body: TransactionBody, by pair: KeyPair, sequence: UInt64, notAfter: Instant,
        network: String
    ) throws -> VerifiedTransaction {
        try TransactionDraft(
            network: network, sequence: sequence, notAfter: notAfter, body: body
        ).sign(pair.key).verified(pair.publicKey)
    }

    /// A vote of the voter.
    func vote(
        _ votes: UInt64, for candidate: Int, sequence: UInt64, notAfter: Instant
    ) throws -> VerifiedTransaction {
        let change = VoteChange(candidate: candidates[candidate], votes: Int64(votes))
        return try Self.sign(
            .vote([change]), by: voter, sequence: sequence, notAfter: notAfter, network: network)
    }
}
