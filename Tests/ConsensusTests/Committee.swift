import Cryptography
import Encoding
import Testing

@testable import Consensus

/// A private key that several tests may hold.
final class Signer: Sendable {
    let key: PrivateKey

    init() throws { key = try PrivateKey.generate(.ed25519) }

    var publicKey: PublicKey { key.publicKey }

    func sign(_ bytes: [UInt8]) throws -> [UInt8] { try key.sign(bytes) }
}

/// Representatives with their keys, and messages in their names.
struct Committee: Sendable {
    static let genesis = Digest.sha256(Array("genesis".utf8))

    let network = "test"
    /// In the order of the set.
    let signers: [Signer]
    let set: RepresentativeSet

    init(_ count: Int, approval: ApprovalPolicy? = nil) throws {
        signers = try Self.signers(count)
        let policy = approval ?? .count(2 * count / 3 + 1)
        set = try RepresentativeSet(
            signers.map(\.publicKey), approval: policy, genesis: Self.genesis, since: 1)
    }

    /// A committee of these, with the least quorum that is safe.
    init(
        signers: [Signer], genesis: Digest = Committee.genesis, since: UInt64 = 1
    ) throws {
        self.signers = signers.sorted {
            $0.publicKey.bytes.lexicographicallyPrecedes($1.publicKey.bytes)
        }
        set = try RepresentativeSet(
            self.signers.map(\.publicKey), approval: .count(2 * signers.count / 3 + 1),
            genesis: genesis, since: since)
    }

    /// A committee with a quorum that no policy would give.
    init(_ count: Int, unsafeQuorum: Int) throws {
        signers = try Self.signers(count)
        set = RepresentativeSet(
            sorted: signers.map(\.publicKey), quorum: unsafeQuorum, genesis: Self.genesis,
            since: 1)
    }

    private static func signers(_ count: Int) throws -> [Signer] {
        try (0..<count).map { _ in try Signer() }.sorted {
            $0.publicKey.bytes.lexicographicallyPrecedes($1.publicKey.bytes)
        }
    }

    var domain: SigningDomain { SigningDomain(network: network, set: set.digest) }

    /// Height 1, where place 1 proposes in round 0, place 2 in round 1 and so on.
    func configuration(
        for place: Int?, height: UInt64 = 1
    ) -> ConsensusConfiguration {
        ConsensusConfiguration(
            network: network, height: height, set: set,
            ownKey: place.map { signers[$0].publicKey })
    }

    func vote(
        _ kind: VoteKind, _ round: UInt32, _ id: Digest?, by sender: Int, height: UInt64 = 1
    ) throws -> SignedMessage {
        .vote(try signedVote(kind, round, id, by: sender, height: height))
    }

    func signedVote(
        _ kind: VoteKind, _ round: UInt32, _ id: Digest?, by sender: Int, height: UInt64 = 1
    ) throws -> SignedVote {
        let vote = Vote(kind: kind, height: height, round: round, valueID: id)
        let signature = try signers[sender].sign(domain.bytes(of: vote))
        return SignedVote(vote: vote, sender: sender, signature: signature)
    }

    /// A proposal by the round's proposer at height 1, or by `sender`.
    func proposal(
        _ round: UInt32, _ value: ProposedValue, proof: ProofOfLock? = nil, by sender: Int? = nil
    ) throws -> SignedMessage {
        let proposal = Proposal(height: 1, round: round, value: value, proof: proof)
        let sender = sender ?? configuration(for: nil).proposer(round)
        let signature = try signers[sender].sign(domain.bytes(of: proposal.statement))
        return .proposal(
            SignedProposal(proposal: proposal, sender: sender, signature: signature))
    }

    func proof(_ round: UInt32, _ id: Digest, by senders: [Int]) throws -> ProofOfLock {
        let votes = try senders.map { try signedVote(.prevote, round, id, by: $0) }
        return ProofOfLock(
            height: 1, round: round, valueID: id, votes: votes, count: set.count)
    }

    func certificate(
        _ round: UInt32, _ id: Digest, by senders: [Int], height: UInt64 = 1
    ) throws -> CommitCertificate {
        let votes = try senders.map {
            try signedVote(.precommit, round, id, by: $0, height: height)
        }
        return CommitCertificate(
            height: height, round: round, valueID: id, votes: votes, count: set.count)
    }
}

extension ProposedValue {
    /// A value whose name is the digest of its bytes.
    static func make(_ text: String) -> ProposedValue {
        let bytes = Array(text.utf8)
        return ProposedValue(id: Digest.sha256(bytes), bytes: bytes)
    }
}
