import Cryptography

/// The votes of one round.
struct RoundVotes: Sendable {
    private var prevotes: Ballot
    private var precommits: Ballot
    /// A proof of lock that came whole, whatever votes were seen one by one.
    var proof: ProofOfLock?

    init(count: Int, countsRepeats: Bool) {
        prevotes = Ballot(count: count, countsRepeats: countsRepeats)
        precommits = Ballot(count: count, countsRepeats: countsRepeats)
    }

    var isEmpty: Bool { proof == nil && prevotes.total == 0 && precommits.total == 0 }

    func ballot(_ kind: VoteKind) -> Ballot {
        switch kind {
        case .prevote: prevotes
        case .precommit: precommits
        }
    }

    mutating func add(_ signed: SignedVote) -> VoteKeeper.Addition {
        switch signed.vote.kind {
        case .prevote: prevotes.add(signed)
        case .precommit: precommits.add(signed)
        }
    }

    /// Remembers that a sender was caught with a second vote of this kind.
    mutating func contradict(_ kind: VoteKind, _ sender: Int) {
        switch kind {
        case .prevote: prevotes.contradict(sender)
        case .precommit: precommits.contradict(sender)
        }
    }

    mutating func dropNil() {
        prevotes.dropNil()
        precommits.dropNil()
    }
}

/// The votes of one kind in one round: at most one per sender, and how many stand behind what.
struct Ballot: Sendable {
    private struct Tally: Sendable {
        let id: Digest?
        var count: Int
    }

    private var votes: [SignedVote?]
    private var tallies: [Tally] = []
    /// By sender: whether it was caught with a second vote.
    private var isContradicted: [Bool]
    private let countsRepeats: Bool

    init(count: Int, countsRepeats: Bool) {
        self.countsRepeats = countsRepeats
        votes = Array(repeating: nil, count: count)
        isContradicted = Array(repeating: false, count: count)
    }

    mutating func add(_ signed: SignedVote) -> VoteKeeper.Addition {
        if let first = votes[signed.sender] {
            if countsRepeats, first.vote == signed.vote { tally(signed) }
            guard first.vote != signed.vote, !isContradicted[signed.sender] else {
                return .repeated
            }
            isContradicted[signed.sender] = true
            return .conflict(first)
        }
        votes[signed.sender] = signed
        tally(signed)
        return .counted
    }

    private mutating func tally(_ signed: SignedVote) {
        if let index = tallies.firstIndex(where: { $0.id == signed.vote.valueID }) {
            tallies[index].count += 1
        } else {
            tallies.append(Tally(id: signed.vote.valueID, count: 1))
        }
    }

    mutating func contradict(_ sender: Int) { isContradicted[sender] = true }

    var total: Int { tallies.reduce(0) { $0 + $1.count } }

    func vote(of sender: Int) -> SignedVote? { votes[sender] }

    func count(for id: Digest?) -> Int { tallies.first { $0.id == id }?.count ?? 0 }

    /// The value that `quorum` votes name. Nil votes never win.
    func winner(_ quorum: Int) -> Digest? {
        tallies.first { $0.id != nil && $0.count >= quorum }?.id
    }

    /// The votes for one value, in order of senders.
    func votes(for id: Digest) -> [SignedVote] {
        votes.compactMap { $0 }.filter { $0.vote.valueID == id }
    }

    mutating func dropNil() {
        votes = votes.map { $0?.vote.valueID == nil ? nil : $0 }
        tallies.removeAll { $0.id == nil }
    }
}
