import Consensus
import Cryptography
import Ledger
import Replication
import TestSupport
import Testing

/// Contradictions that come when their height is over.
@Suite struct LateEvidenceTests {
    private var lone: Lone
    private let other: (key: KeyPair, node: Identity)
    private let value: ProposedValue

    /// A pair that has decided height 1 together.
    init() throws {
        lone = try Lone(isPair: true)
        other = try #require(lone.other)
        try lone.begin()
        let block = try lone.state.propose(
            pending: [], time: lone.state.tip.time, proposer: other.node, round: 0)
        value = ProposedValue(id: block.block.header.id, bytes: block.block.received.bytes)
        lone.now = 1000
        for word in try lone.words(proposing: value) { try lone.feed(.message(word)) }
        try lone.feed(.message(vote(.precommit, value.id)))
        try #require(lone.state.tip.height == 1)
    }

    private func vote(_ kind: VoteKind, _ id: Digest?) throws -> SignedMessage {
        let vote = Vote(kind: kind, height: 1, round: 0, valueID: id)
        let set = try lone.state.representativeSet(at: 1)
        let domain = SigningDomain(network: lone.state.network, set: set.digest)
        return .vote(
            SignedVote(
                vote: vote, sender: try #require(set.index(of: other.key.publicKey)),
                signature: try other.key.key.sign(domain.bytes(of: vote))))
    }

    private var charges: [(Equivocation, Identity?)] {
        lone.effects.compactMap { effect in
            if case .evidence(let equivocation, let node) = effect {
                (equivocation, node)
            } else {
                nil
            }
        }
    }

    @Test mutating func `who contradicts itself when its block is committed is charged`() throws {
        let junk = ProposedValue(id: .sha256([1]), bytes: [1])
        let proposals = try lone.words(proposing: junk).filter(\.carriesBlock)
        try #require(proposals.count == 1)
        let late = [try vote(.prevote, nil), try vote(.precommit, junk.id)] + proposals
        for message in late {
            let before = charges.count
            // Each is told once.
            for _ in 0..<3 { try lone.feed(.message(message)) }
            #expect(charges.count == before + 1)
        }
        let set = try lone.state.representativeSet(at: 1)
        for (equivocation, node) in charges {
            #expect(node == other.node)
            #expect(equivocation.verify(set: set, network: lone.state.network))
        }
    }

    @Test mutating func `who says the same again, or is spoken for falsely, is not charged`()
        throws
    {
        for word in try lone.words(proposing: value) { try lone.feed(.message(word)) }
        try lone.feed(.message(vote(.precommit, value.id)))
        guard case .vote(let sound) = try vote(.prevote, nil) else { return }
        var signature = sound.signature
        signature[3] ^= 1
        try lone.feed(
            .message(
                .vote(
                    SignedVote(vote: sound.vote, sender: sound.sender, signature: signature))))
        #expect(charges.isEmpty)
    }
}
