import Auditing
import Credentials
import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage

/// A ledger with enrolled voters and listed candidates, for `bench ledger` and `bench votes` of one
/// representative, for `bench consensus` of several: its keys, its genesis and the transactions
/// that load it.
struct BenchLedger: Sendable {
    static let network = "bench"
    static let blockIntervalMilliseconds = 200
    static let standardElectionInterval = 5
    private static let candidatesPerTransaction = 16
    private static let allowance = 1_000_000_000
    private static let issuer = "https://auditor.bench"
    private static let endpoint = "https://127.0.0.1:8443"

    let folder: BenchFolder
    let auditor: Signer
    let candidates: [Candidacy]
    let voters: [Signer]
    let start: Instant
    let electionInterval: Int
    /// Of the representatives, who are the first candidates.
    let endpoints: [String]

    struct Candidacy: Sendable {
        let node: Signer
        let consensus: Signer
    }

    /// - Parameter candidateCount: with the representatives, who stand too and win every election.
    init(
        folder: BenchFolder, voterCount: Int, candidateCount: Int = 8,
        electionInterval: Int = standardElectionInterval, endpoints: [String] = [endpoint]
    ) async throws {
        self.folder = folder
        self.endpoints = endpoints
        self.electionInterval = electionInterval
        start = Instant(seconds: SystemClock.now().seconds)
        auditor = Signer(try PrivateKey.generate(.es256))
        candidates = try await InParallel.map(candidateCount) { _ in
            Candidacy(
                node: Signer(try PrivateKey.generate(.es256)),
                consensus: Signer(try PrivateKey.generate(.ed25519)))
        }
        voters = try await InParallel.map(voterCount) { _ in
            Signer(try PrivateKey.generate(.es256))
        }
    }

    /// A rule on every vote that looks at the vote, its sender, the candidates and the block.
    static let contract: JSON = [
        "vote": [
            [
                "id": "measured", "message": "a vote is small, for candidates in good standing",
                "expression": """
                transaction.body.changes.all(c, c.votes <= 10) && sender.remaining > 0 \
                && candidates.all(n, n.state == 'listed' && n.validUntil > block.time)
                """,
            ]
        ]
    ]

    /// The same with fewer voters.
    init(_ other: BenchLedger, voterCount: Int) {
        folder = other.folder
        electionInterval = other.electionInterval
        endpoints = other.endpoints
        start = other.start
        auditor = other.auditor
        candidates = other.candidates
        voters = Array(other.voters.prefix(voterCount))
    }

    /// A node on this machine; it listens on a free port.
    /// - Parameters:
    ///   - name: of its files in the folder.
    ///   - contracts: the rules of its genesis.
    func node(named name: String, contracts: JSON = [:]) async throws -> LedgerNodeServer {
        let configuration = try configuration(named: name, contracts: contracts)
        return try await LedgerNodeServer.start(configuration: configuration)
    }

    /// The folder of a node's databases.
    func data(named name: String) -> String { "\(folder.path)/\(name)" }

    /// Writes a node's files.
    func configuration(named name: String, contracts: JSON = [:]) throws -> NodeConfiguration {
        var configuration = try configuration(named: name, place: 0, listen: "127.0.0.1:0")
        configuration.genesis = try folder.write(genesis(contracts).bytes, "\(name).json")
        return configuration
    }

    /// Writes the keys of the representative at `place`; the genesis file has to be there.
    func configuration(
        named name: String, place: Int, listen: String
    ) throws -> NodeConfiguration {
        NodeConfiguration(
            listen: listen, endpoint: endpoints[place],
            tls: NodeConfiguration.TLSFiles(
                certificate: folder.certificate, key: folder.certificateKey,
                authority: folder.authority),
            data: data(named: name),
            genesis: "\(folder.path)/genesis.json",
            nodeKey: try folder.write(candidates[place].node.key, "\(name)-node"),
            consensusKey: try folder.write(
                candidates[place].consensus.key, "\(name)-consensus"),
            peers: endpoints.filter { $0 != endpoints[place] })
    }

    func genesis(_ contracts: JSON = [:]) -> JSON {
        let holders = [auditor] + candidates.prefix(endpoints.count).map(\.node) + voters
        return [
            "network": JSON(Self.network), "time": JSON(start.rfc3339),
            "registrar": JSON(auditor.did),
            "representatives": .array(
                zip(candidates, endpoints).map { candidate, endpoint in
                    [
                        "node": JSON(candidate.node.did),
                        "consensusKey": JSON(
                            Base64URL.encode(candidate.consensus.key.publicKey.bytes)),
                        "endpoint": JSON(endpoint),
                    ]
                }),
            "accounts": .array(
                holders.map {
                    [
                        "account": JSON($0.did), "balance": "1",
                        "allowance": JSON(Self.allowance),
                    ]
                }),
            "auditorSet": auditorSet,
            "parameters": [
                "approval": ["ratio": "2/3"], "electionInterval": JSON(electionInterval),
                "seats": JSON(endpoints.count), "minimumSeats": JSON(endpoints.count),
                "allowance": 0, "votesPerCandidate": JSON(Self.allowance),
                "proofOfWorkBits": 0, "blockInterval": JSON(Self.blockIntervalMilliseconds),
                "heartbeat": 1000, "termMarginSeconds": 60, "contracts": contracts,
            ],
        ]
    }

    private var keyWindow: Validity {
        Validity(
            from: start.adding(milliseconds: -86_400_000),
            until: start.adding(milliseconds: 86_400_000))
    }

    private var auditorSet: JSON {
        [
            "version": 1, "network": JSON(Self.network), "threshold": 1, "operators": 1,
            "auditors": [
                [
                    "issuer": JSON(Self.issuer), "name": "auditor", "operator": "auditor",
                    "account": JSON(auditor.did),
                    "keys": [
                        [
                            "jwk": auditor.key.publicKey.jwk,
                            "from": JSON(keyWindow.from.rfc3339),
                            "until": JSON(keyWindow.until.rfc3339),
                        ]
                    ],
                ]
            ],
        ]
    }

    private func draft(_ body: TransactionBody, sequence: Int) -> TransactionDraft {
        TransactionDraft(
            network: Self.network, sequence: UInt64(sequence),
            notAfter: start.adding(milliseconds: 3_600_000), body: body)
    }

    /// Transactions that list all candidates, each with a bundle of its own; compact.
    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    func candidacies() async throws -> [String] {
        let entries = try await InParallel.map(candidates.count) { place in
            try entry(candidates[place], endpoints[min(place, endpoints.count - 1)])
        }
        let starts = stride(from: 0, to: entries.count, by: Self.candidatesPerTransaction)
        return try starts.enumerated().map { sequence, start in
            let end = min(start + Self.candidatesPerTransaction, entries.count)
            return try draft(.candidateAdd(Array(entries[start..<end])), sequence: sequence)
                .sign(candidates[0].node.key).jws.compact
        }
    }

    private func entry(
        _ candidate: Candidacy, _ endpoint: String
    ) throws -> CandidateEntry {
        let device = Qualifications.Device(
            cores: 1, memoryMebibytes: 1, diskMebibytes: 1, verificationsPerSecond: 1,
            durableWritesPerSecond: 1, measuredAt: start)
        let application = try ApplicationDraft(
            network: Self.network, operatorName: "bench", endpoint: endpoint,
            consensusKey: candidate.consensus.key.publicKey, issuedAt: start,
            nonce: SecureRandom.bytes(16),
            qualifications: Qualifications(device: device, deposits: [])
        ).sign(with: candidate.node.key)
        let credential = try CredentialClaims(
            id: SecureRandom.uuid(), issuer: Self.issuer,
            validity: Validity(from: start, until: start.adding(milliseconds: 7_200_000)),
            issuedAt: start, consent: .granted, application: application,
            qualifications: JSONObject([]),
            evidence: [
                Evaluation(mode: .automatic, policy: "bench", policyDigest: .zero, findings: [])
            ]
        ).sign(with: auditor.key)
        let bundle = try Bundle.merge(
            [credential], holder: candidate.node.did, keyID: candidate.node.did,
            id: SecureRandom.uuid(), at: start, key: candidate.node.key)
        return try CandidateCommands.entry(
            bundle, network: Self.network, consensusKey: candidate.consensus)
    }

    /// Signed votes, `rounds` of each voter: round by round, each for one candidate.
    /// - Parameter weight: votes that each of them adds.
    func votes(rounds: Int, weight: Int64 = 1) async throws -> [String] {
        let identities = candidates.map { Identity($0.node.key.publicKey) }
        return try await InParallel.map(voters.count * rounds) { index in
            let (round, place) = index.quotientAndRemainder(dividingBy: voters.count)
            // Every other vote is for a representative, who keeps the seat by that.
            let others = identities.count - endpoints.count
            let choice =
                place.isMultiple(of: 2) || others == 0
                ? place / 2 % endpoints.count
                : endpoints.count + (place / 2 + round) % others
            let change = VoteChange(candidate: identities[choice], votes: weight)
            return try draft(.vote([change]), sequence: round).sign(voters[place].key)
                .jws.compact
        }
    }
}
