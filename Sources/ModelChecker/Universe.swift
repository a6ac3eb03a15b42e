import Consensus
import Cryptography

/// A private key that can stand in a list.
private final class Signer {
    let key: PrivateKey
    let publicKey: PublicKey

    init() throws {
        key = try PrivateKey.generate(.ed25519)
        publicKey = key.publicKey
    }
}

/// Everything that can be said in a search, signed once, with the keys it is signed with. Which
/// keys they are makes no difference to what is found.
struct Universe {
    let scenario: Scenario
    let set: RepresentativeSet
    let values: [ProposedValue]
    let statements: [Statement]
    /// By place, then by statement.
    private let signatures: [[[UInt8]]]
    let known: KnownSignatures

    static let network = "explorer"
    static let height: UInt64 = 1

    init(_ scenario: Scenario) throws {
        self.scenario = scenario
        let signers = try (0..<scenario.count).map { _ in try Signer() }
            .sorted { $0.publicKey.bytes.lexicographicallyPrecedes($1.publicKey.bytes) }
        set = try RepresentativeSet(
            signers.map(\.publicKey), approval: .count(2 * scenario.count / 3 + 1),
            genesis: .sha256(Array(Self.network.utf8)), since: Self.height)
        values = (0..<scenario.valueCount).map { number in
            let bytes = [UInt8(65 + number)]
            return ProposedValue(id: Digest.sha256(bytes), bytes: bytes)
        }
        statements = scenario.statements
        let domain = SigningDomain(network: Self.network, set: set.digest)
        var known = KnownSignatures()
        var signatures: [[[UInt8]]] = []
        for signer in signers {
            var own: [[UInt8]] = []
            for statement in statements {
                let bytes = Self.bytes(of: statement, values, domain)
                let signature = try signer.key.sign(bytes)
                known.add(signature, of: bytes, by: signer.publicKey)
                own.append(signature)
            }
            signatures.append(own)
        }
        self.signatures = signatures
        self.known = known
    }

    private static func bytes(
        of statement: Statement, _ values: [ProposedValue], _ domain: SigningDomain
    ) -> [UInt8] {
        switch statement {
        case .vote(let kind, let round, let choice):
            return domain.bytes(of: vote(kind, round, choice, values))
        case .proposal(let round, let value, let validRound):
            return domain.bytes(
                of: ProposalStatement(
                    height: height, round: UInt32(round), validRound: validRound.map(UInt32.init),
                    valueID: values[value].id, content: values[value].content))
        }
    }

    private static func vote(
        _ kind: VoteKind, _ round: Int, _ choice: Int, _ values: [ProposedValue]
    ) -> Vote {
        Vote(
            kind: kind, height: height, round: UInt32(round),
            valueID: values.indices.contains(choice) ? values[choice].id : nil)
    }

    /// A machine at a place, before its height has begun.
    func machine(at place: Int, restoring record: ConsensusRecord? = nil) throws
        -> ConsensusMachine
    {
        // The proposer of round 0 is (height + offset) mod n.
        let count = UInt64(scenario.count)
        let offset = (UInt64(scenario.firstProposer) + count - Self.height % count) % count
        return try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: Self.network, height: Self.height, set: set,
                ownKey: set.representatives[place], offset: offset, signatures: known),
            restoring: record, breaking: scenario.broken)
    }

    func value(_ id: Digest) -> Int? { values.firstIndex { $0.id == id } }

    func signature(of statement: Int, by place: Int) -> [UInt8] { signatures[place][statement] }

    private func signedVote(
        _ kind: VoteKind, _ round: Int, _ choice: Int, by place: Int
    ) -> SignedVote {
        SignedVote(
            vote: Self.vote(kind, round, choice, values), sender: place,
            signature: signatures[place][scenario.number(kind, round, choice)])
    }

    private func votes(
        _ kind: VoteKind, _ round: Int, _ choice: Int, by senders: Places
    ) -> [SignedVote] {
        senders.list.map { signedVote(kind, round, choice, by: $0) }
    }

    func proof(_ round: Int, _ value: Int, by senders: Places) -> ProofOfLock {
        ProofOfLock(
            height: Self.height, round: UInt32(round), valueID: values[value].id,
            votes: votes(.prevote, round, value, by: senders), count: scenario.count)
    }

    func certificate(_ round: Int, _ value: Int, by senders: Places) -> CommitCertificate {
        CommitCertificate(
            height: Self.height, round: UInt32(round), valueID: values[value].id,
            votes: votes(.precommit, round, value, by: senders), count: scenario.count)
    }

    /// What a place says, as a message.
    ///
    /// - Parameter senders: whose prevotes prove the lock of a proposal made again.
    func message(_ statement: Int, by place: Int, provenBy senders: Places) -> SignedMessage {
        switch statements[statement] {
        case .vote(let kind, let round, let choice):
            return .vote(signedVote(kind, round, choice, by: place))
        case .proposal(let round, let value, let validRound):
            let proof = validRound.map { self.proof($0, value, by: senders) }
            return .proposal(
                SignedProposal(
                    proposal: Proposal(
                        height: Self.height, round: UInt32(round), value: values[value],
                        proof: proof),
                    sender: place, signature: signatures[place][statement]))
        }
    }

    /// The number of what a machine signs.
    func number(of content: UnsignedMessage.Content) -> Int? {
        switch content {
        case .vote(let vote):
            let choice = vote.valueID.map { value($0) } ?? scenario.nilChoice
            return choice.map { scenario.number(vote.kind, Int(vote.round), $0) }
        case .proposal(let proposal):
            return value(proposal.value.id).map {
                scenario.number(
                    round: Int(proposal.round), value: $0,
                    validRound: proposal.validRound.map(Int.init))
            }
        }
    }
}

/// A set of places.
struct Places: Hashable, Sendable {
    private var bits: UInt8 = 0

    init(_ places: some Sequence<Int>) { for place in places { insert(place) } }

    mutating func insert(_ place: Int) { bits |= 1 << UInt8(place) }

    func without(_ place: Int) -> Places {
        var other = self
        other.bits &= ~(1 << UInt8(place))
        return other
    }

    var count: Int { bits.nonzeroBitCount }

    var list: [Int] { (0..<8).filter { bits & (1 << UInt8($0)) != 0 } }
}
