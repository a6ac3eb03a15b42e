import Cryptography

/// The votes of one round.
struct RoundVotes: Sendable {
    private var prevotes: Ballot
    private var precommits: Ballot
    /// A proof of lock that came whole, whatever votes were seen one by one.
    var proof: ProofOfLock?

    init(count: Int) {
        prevotes = Ballot(count: count)
        precommits = Ballot(count: count)
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

    init(count: Int) {
        votes = Array(repeating: nil, count: count)
        isContradicted = Array(repeating: false, count: count)
    }

    mutating func add(_ signed: SignedVote) -> VoteKeeper.Addition {
        if let first = votes[signed.sender] {
            guard first.vote != signed.vote, !isContradicted[signed.sender] else {
                return .repeated
            }
            isContradicted[signed.sender] = true
            return .conflict(first)
        }
        votes[signed.sender] = signed
        if let index = tallies.firstIndex(where: { $0.id == signed.vote.valueID }) {
            tallies[index].count += 1
        } else {
            tallies.append(Tally(id: signed.vote.valueID, count: 1))
        }
        return .counted
    }

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
