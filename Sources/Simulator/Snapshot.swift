import Consensus
import Cryptography
import Ledger
import Proofs

/// The state after a block, for nodes that cannot have the blocks before it any more, with what
/// leads to it from genesis. Whoever gets one believes nothing of it.
struct Snapshot {
    let header: BlockHeader
    let certificate: CommitCertificate
    let handovers: [Handover]
    /// By their keys, as the product's chunks carry them.
    var records: [RecordChange]

    /// The state that it is of, checked as the product does: the header for the certificates that
    /// lead to it, and the records for the root in that.
    /// - Parameter isChecked: false only in a mutant.
    func state(of genesis: Genesis, isChecked: Bool) throws -> LedgerState {
        var trust = try TrustChain(genesis: genesis)
        for handover in handovers { try trust.follow(handover) }
        try trust.verify(header, certificate)
        for record in records {
            guard try record.carried(at: header.height) == record else {
                throw LedgerError(.records, "a snapshot has a record that none has")
            }
        }
        return try LedgerState(
            records: records + [.tip(header)], root: isChecked ? header.stateRoot : nil)
    }
}

extension World {
    /// A certificate of everybody who sits, for the blocks that a simulation begins with.
    func certificate(_ header: BlockHeader, _ state: LedgerState) throws -> CommitCertificate {
        let members = state.representatives(at: header.height).list
        let set = try set(at: header.height, state)
        let domain = SigningDomain(network: state.network, set: set.digest)
        let vote = Vote(
            kind: .precommit, height: header.height, round: 0, valueID: header.id)
        var votes: [SignedVote] = []
        for (place, member) in members.enumerated() {
            guard
                let key = consensusKeys.first(where: {
                    $0.key.publicKey.bytes == member.consensusKey
                })
            else { continue }
            let signature = try key.key.sign(domain.bytes(of: vote))
            votes.append(SignedVote(vote: vote, sender: place, signature: signature))
        }
        return CommitCertificate(
            height: header.height, round: 0, valueID: header.id, votes: votes,
            count: members.count)
    }
}
