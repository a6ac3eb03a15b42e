import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import Replication
import TestSupport

/// One representative, its ledger and a host that answers at once.
struct Lone {
    let consensus: KeyPair
    /// The consensus key and the node of another representative, which proposes first at height 1.
    private(set) var other: (key: KeyPair, node: Identity)?
    var replica: Replica
    var state: LedgerState
    var now: Int64 = 0
    /// Everything that was to be done, in order.
    var effects: [ReplicaEffect] = []
    /// Whether records reach the disk.
    var isSaving = true

    /// - Parameter isPair: whether there is another representative.
    init(isPair: Bool = false) throws {
        let candidacy = try TestCandidacy()
        let node = try KeyPair()
        let pairs = try (0..<(isPair ? 2 : 1)).map { _ in try KeyPair(.ed25519) }.sorted {
            $0.publicKey.bytes.lexicographicallyPrecedes($1.publicKey.bytes)
        }
        let consensus = pairs[0]
        var members = [(node, consensus)]
        if isPair {
            let second = try KeyPair()
            members.append((second, pairs[1]))
            other = (pairs[1], Identity(second.publicKey))
        }
        let seated = members.map { node, key -> JSON in
            [
                "node": .string(node.did),
                "consensusKey": .string(Base64URL.encode(key.publicKey.bytes)),
                "endpoint": "https://127.0.0.1:8443",
            ]
        }
        let genesis: JSON = [
            "network": .string(candidacy.network), "time": .string(candidacy.now.rfc3339),
            "registrar": .string(node.did), "representatives": .array(seated),
            "accounts": [], "auditorSet": candidacy.set.json,
            "parameters": [
                "approval": "all", "electionInterval": 1000, "seats": 1, "minimumSeats": 1,
                "allowance": 10, "votesPerCandidate": 10, "proofOfWorkBits": 0,
                "blockInterval": 100, "heartbeat": 1000, "termMarginSeconds": 0,
            ],
        ]
        self.consensus = consensus
        state = try LedgerState(genesis: Genesis(bytes: genesis.bytes))
        replica = Replica(
            identity: Identity(node.publicKey), ownKey: consensus.publicKey,
            timeouts: .standard, restoring: nil, state: state, committedAt: 0)
    }

    /// Feeds an input and performs what follows.
    mutating func feed(_ first: ReplicaInput) throws {
        var inputs = [first]
        while !inputs.isEmpty {
            let moment = Moment(
                monotonic: now, wall: state.tip.time.adding(milliseconds: now + 1))
            let produced = replica.step(inputs.removeFirst(), at: moment, state: state)
            effects += produced
            for effect in produced {
                switch effect {
                case .save(_, let message): if isSaving { inputs.append(.saved(message)) }
                case .sign(let message):
                    inputs.append(
                        .signed(message.signed(try consensus.key.sign(message.bytes))))
                case .askWaiting: inputs.append(.waiting(false))
                case .collect(let round): inputs.append(.collected([], round: round))
                case .search(let block, let bits, let round):
                    var search = WorkSearch(block, bits: bits)
                    if let work = search.look(1 << 20) {
                        inputs.append(.worked(block.worked(work), round: round))
                    }
                case .verify(let value, _): inputs.append(.verified(value, .success([])))
                case .append(let block, _):
                    try state.commit(block)
                    inputs.append(.appended)
                case .log, .diverged, .send, .schedule, .endTimeouts, .wake, .endWaking, .again,
                    .tickAgain,
                    .notFetched, .behind, .evidence, .notice, .halt:
                    break
                }
            }
        }
    }

    /// What the other representative says when it proposes a value.
    func words(proposing value: ProposedValue) throws -> [SignedMessage] {
        guard let other else { return [] }
        var machine = try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: state.network, height: 1, set: try state.representativeSet(at: 1),
                ownKey: other.key.publicKey))
        var inputs: [Input] = [.start, .built(value, round: 0)]
        var words: [SignedMessage] = []
        while !inputs.isEmpty {
            for effect in machine.step(inputs.removeFirst()) {
                if case .sign(let message, _) = effect {
                    let signature = try other.key.key.sign(message.bytes)
                    inputs.append(.signed(message.signed(signature)))
                }
                if case .broadcast(let message) = effect { words.append(message) }
            }
        }
        return words
    }

    mutating func begin() throws {
        try feed(.start)
        try feed(.synchronised)
    }
}
