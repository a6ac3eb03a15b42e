import Cryptography
import TestSupport

@testable import Consensus

/// A representative that tells everybody something else: different votes, different proposals, now
/// and then an unsound value, and true votes to one node only.
struct Equivocator {
    let committee: Committee
    let place: Int
    private var known: [ProposedValue] = []
    private var proposed: [UInt32] = []
    private var lieCount = 0

    init(_ committee: Committee, place: Int) {
        self.committee = committee
        self.place = place
    }

    /// What it sends on hearing a message, and to whom.
    mutating func hear(
        _ message: SignedMessage, _ random: inout SeededGenerator
    ) throws -> [(SignedMessage, Int)] {
        // A bounded liar keeps a run short; it has had its say by then.
        guard lieCount < 400 else { return [] }
        let round: UInt32
        switch message {
        case .proposal(let signed):
            round = signed.proposal.round
            if !known.contains(signed.proposal.value) { known.append(signed.proposal.value) }
        case .vote(let signed): round = signed.vote.round
        case .proofOfLock(let proof): round = proof.round
        case .decision: return []
        }
        var lies: [(SignedMessage, Int)] = []
        if committee.configuration(for: nil).proposer(round) == place, !proposed.contains(round) {
            proposed.append(round)
            for peer in 0..<place {
                let text = random.chance(15) ? "bad" : "value"
                let value = ProposedValue.make("\(text) \(round) lie \(random.number(0...1))")
                if !known.contains(value) { known.append(value) }
                lies.append((try committee.proposal(round, value, by: place), peer))
            }
        }
        for peer in 0..<place where random.chance(60) {
            let kind: VoteKind = random.chance(50) ? .prevote : .precommit
            let id = random.chance(30) ? nil : known.randomElement(using: &random)?.id
            lies.append((try committee.vote(kind, round, id, by: place), peer))
        }
        lieCount += lies.count
        return lies
    }
}
