import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import Proofs
import Replication

/// What a network is made of, before anything happens to it.
struct Shape: Hashable, Sendable {
    /// How many representatives there are at a time.
    let seats: Int
    /// Nodes that stand; at least as many as there are seats.
    let nodes: Int
    /// Every representative has to agree.
    let needsAll: Bool
    /// Blocks between elections.
    let electionInterval: Int
    /// Leading zero bits that the id of a block needs.
    var workBits: UInt64 = 0
    /// Blocks after which a representative that lets its turns pass is replaced; 0 is never.
    var silenceBlocks: UInt64 = 0

    var quorum: Int { needsAll ? seats : 2 * seats / 3 + 1 }
    /// How many may lie without two blocks of a height.
    var maliciousTolerance: Int { 2 * quorum - seats - 1 }
    /// How many may be silent while blocks still come.
    var silentTolerance: Int { seats - quorum }
}

/// Keys, genesis and the first blocks of a network of one shape, the same in every run: what takes
/// longest is done once for thousands of seeds. All nodes are on the list of candidates when a
/// simulation begins.
final class World {
    static let network = "simulation-1"
    static let start = Instant(seconds: 1_800_000_000)
    static let voterCount = 6

    let shape: Shape
    let nodes: [Person]
    let consensusKeys: [Person]
    let registrar: Person
    let auditors: [SimulatedAuditor]
    let voters: [Person]
    /// Who is not enrolled yet.
    let lateVoters: [Person]
    let genesis: Genesis
    let signatures = SeenSignatures()
    /// The state every node begins with, and its records.
    private(set) var state: LedgerState
    private(set) var records: [[UInt8]: [UInt8]] = [:]
    /// The changes of seats before it.
    private(set) var handovers: [Handover] = []

    /// Members, and the height they sit since.
    private struct Deciders: Hashable {
        let digest: Digest
        let since: UInt64
    }

    private var entries: [Int: CandidateEntry] = [:]
    private var verified: [String: VerifiedTransaction] = [:]
    private var sets: [Deciders: RepresentativeSet] = [:]
    private let keys = KeyCache()

    init(_ shape: Shape) throws {
        self.shape = shape
        nodes = try (0..<shape.nodes).map { try Person("node \($0)") }
        consensusKeys = try (0..<shape.nodes).map { try Person("consensus key \($0)") }
        registrar = try Person("registrar")
        auditors = try SimulatedAuditor.three()
        voters = try (0..<Self.voterCount).map { try Person("voter \($0)") }
        lateVoters = try (0..<2).map { try Person("late voter \($0)") }
        let seated = zip(nodes, consensusKeys).prefix(shape.seats).map { node, key -> JSON in
            [
                "node": .string(node.did),
                "consensusKey": .string(Base64URL.encode(key.key.publicKey.bytes)),
                "endpoint": .string(Self.endpoint),
            ]
        }
        let voterList = voters
        let accounts = ([registrar] + auditors.map(\.person) + voters + nodes).map {
            person -> JSON in
            let votes: JSON = voterList.contains { $0 === person } ? 10 : 0
            return ["account": .string(person.did), "balance": "1000", "allowance": votes]
        }
        let approval: JSON =
            shape.needsAll ? "all" : ["count": .number(JSONNumber(Int64(shape.quorum)))]
        let json: JSON = [
            "network": .string(Self.network), "time": .string(Self.start.rfc3339),
            "registrar": .string(registrar.did), "representatives": .array(seated),
            "accounts": .array(accounts),
            "auditorSet": SimulatedAuditor.set(of: auditors, network: Self.network),
            "parameters": [
                "approval": approval,
                "electionInterval": .number(JSONNumber(Int64(shape.electionInterval))),
                "seats": .number(JSONNumber(Int64(shape.seats))),
                "minimumSeats": .number(JSONNumber(Int64(shape.seats))),
                "allowance": 10, "votesPerCandidate": 6,
                "proofOfWorkBits": .number(JSONNumber(shape.workBits)),
                "silenceBlocks": .number(JSONNumber(shape.silenceBlocks)),
                "blockInterval": 50, "heartbeat": 400, "termMarginSeconds": 60,
            ],
        ]
        genesis = try Genesis(bytes: json.bytes)
        state = try LedgerState(genesis: genesis)
        for record in try LedgerState.records(of: genesis) { records[record.key] = record.value }
        try admitAll()
    }

    static let endpoint = "https://127.0.0.1:9443"

    /// Two blocks: everybody stands, and every voter votes once.
    private func admitAll() throws {
        var first: [VerifiedTransaction] = []
        for place in nodes.indices {
            first.append(
                try sign(nodes[place], .candidateAdd([try entry(place, nonce: 1)]), sequence: 0))
        }
        try append(first)
        var second: [VerifiedTransaction] = []
        for (place, voter) in voters.enumerated() {
            let change = VoteChange(candidate: nodes[place % nodes.count].identity, votes: 3)
            second.append(try sign(voter, .vote([change]), sequence: 0))
        }
        try append(second)
    }

    private func append(_ transactions: [VerifiedTransaction]) throws {
        let height = state.tip.height + 1
        let executed = try state.propose(
            pending: transactions, time: state.tip.time.adding(milliseconds: 1000),
            proposer: state.representatives(at: height).list[0].node, round: 0)
        if let refused = executed.results.first(where: { $0.code != .ok }) {
            throw LedgerError(.block, "the simulated network cannot begin: \(refused.detail)")
        }
        var search = WorkSearch(executed, bits: shape.workBits)
        let worked = search.look(1 << 16).map { executed.worked($0) } ?? executed
        let header = worked.block.header
        let certificate = try certificate(header, state)
        let deciders = state.representatives(at: height)
        try state.commit(worked)
        if header.handsOver {
            handovers.append(
                Handover(
                    header: header, certificate: certificate, before: deciders,
                    after: state.representatives(at: height + 1)))
        }
        for change in worked.changes { records[change.key] = change.value }
    }

    /// Who has to agree to the block of a height, as a state says; read once.
    func set(at height: UInt64, _ state: LedgerState) throws -> RepresentativeSet {
        let name = Deciders(
            digest: state.representatives(at: height).digest, since: state.seatedSince(at: height))
        if let known = sets[name] { return known }
        let set = try state.representativeSet(at: height)
        sets[name] = set
        return set
    }

    /// Forgets what a run verified and read: thousands of runs would hold gigabytes.
    func forget() {
        signatures.forget()
        verified = [:]
        sets = [:]
    }

    // MARK: Transactions

    func sign(
        _ sender: Person, _ body: TransactionBody, sequence: UInt64
    ) throws -> VerifiedTransaction {
        let draft = TransactionDraft(
            network: Self.network, sequence: sequence,
            notAfter: Self.start.adding(milliseconds: 86_400_000), body: body)
        let transaction = try draft.sign(sender.key)
        if let known = verified[transaction.jws.compact] { return known }
        return try verify(transaction.jws.compact)
    }

    /// Verifies a transaction, each once.
    func verify(_ compact: String) throws(LedgerError) -> VerifiedTransaction {
        if let known = verified[compact] { return known }
        let new = try Transaction(compact: compact).verified(keys: keys)
        verified[compact] = new
        return new
    }

    /// What puts a node on the list. Another `nonce` makes another application.
    func entry(_ place: Int, nonce: UInt8) throws -> CandidateEntry {
        if let known = entries[place << 8 | Int(nonce)] { return known }
        let entry = try newEntry(place, nonce: nonce)
        entries[place << 8 | Int(nonce)] = entry
        return entry
    }

    private func newEntry(_ place: Int, nonce: UInt8) throws -> CandidateEntry {
        let (node, key) = (nodes[place], consensusKeys[place])
        let signed = Self.start
        let device = Qualifications.Device(
            cores: 2, memoryMebibytes: 2048, diskMebibytes: 4096, verificationsPerSecond: 9000,
            durableWritesPerSecond: 500, measuredAt: signed)
        let application = try ApplicationDraft(
            network: Self.network, operatorName: "somebody", endpoint: Self.endpoint,
            consensusKey: key.key.publicKey, issuedAt: signed,
            nonce: Array(repeating: nonce, count: 16),
            qualifications: Qualifications(device: device, deposits: [])
        ).sign(with: node.key)
        let credentials = try auditors.prefix(2).map { auditor in
            try CredentialClaims(
                id: Self.uuid("\(auditor.issuer) \(place) \(nonce)"), issuer: auditor.issuer,
                validity: Validity(from: signed, until: signed.adding(milliseconds: 86_400_000)),
                issuedAt: signed, consent: .granted, application: application,
                qualifications: JSONObject([]),
                evidence: [
                    Evaluation(
                        mode: .automatic, policy: "simulated", policyDigest: .sha256([]),
                        findings: [], reviewers: [])
                ]
            ).sign(with: auditor.signer.key)
        }
        let bundle = try Bundle.merge(
            credentials, holder: node.did, keyID: node.did, id: Self.uuid("\(place) \(nonce)"),
            at: signed, key: node.key)
        return CandidateEntry(
            node: node.identity, consensusKey: key.key.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: Self.network, node: node.identity, key: key.key),
            endpoint: Self.endpoint, bundle: bundle.jws.compact)
    }

    private static func uuid(_ text: String) -> String {
        let digits = Array(Digest.sha256(Array(text.utf8)).text.prefix(32))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
            .joined(separator: "-")
    }
}
