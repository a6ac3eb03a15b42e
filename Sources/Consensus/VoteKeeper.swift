import Cryptography

/// Counts the votes of one height. It decides nothing and checks no signature: votes come in
/// verified.
///
/// The first vote of a sender, kind and round counts; a different second one is a conflict and
/// counts nowhere. Votes are kept up to the round after the current one. Of a sender further ahead
/// only the votes of its highest round are kept, so a liar costs a bounded amount of memory.
struct VoteKeeper: Sendable {
    enum Addition: Equatable {
        case counted
        /// The same vote is known, or there is no use for this one.
        case repeated
        /// A different vote of the same sender came first. Said once per sender, kind and round.
        case conflict(SignedVote)
    }

    private struct Ahead: Sendable {
        let round: UInt32
        var votes: [SignedVote]
        /// The kinds in which it was caught with a second vote.
        var contradicted: [VoteKind] = []
    }

    private let count: Int
    let quorum: Int
    /// Whether a vote counts each time it comes: a broken rule.
    let countsRepeats: Bool
    private let skipThreshold: Int
    private var current: UInt32 = 0
    private var rounds: [UInt32: RoundVotes] = [:]
    /// The rounds that may still hold nil votes.
    private var recent: [UInt32] = []
    /// By sender: the votes of its highest round, if that lies beyond the next one.
    private var ahead: [Ahead?]
    /// By sender: the highest round it voted in.
    private var highest: [UInt32]

    init(set: RepresentativeSet, breaking broken: RuleBreak? = nil) {
        count = set.count
        quorum = broken == .quorumOffByOne ? set.quorum - 1 : set.quorum
        countsRepeats = broken == .duplicateVoteCounted
        skipThreshold = set.skipThreshold
        ahead = Array(repeating: nil, count: set.count)
        highest = Array(repeating: 0, count: set.count)
    }

    /// Adds a verified vote of a sender inside the set.
    mutating func add(_ signed: SignedVote) -> Addition {
        highest[signed.sender] = max(highest[signed.sender], signed.vote.round)
        guard signed.vote.round <= current + 1 else { return addAhead(signed) }
        if isFarBehind(signed.vote.round), signed.vote.valueID == nil { return .repeated }
        if rounds[signed.vote.round] == nil { recent.append(signed.vote.round) }
        return rounds[
            signed.vote.round, default: RoundVotes(count: count, countsRepeats: countsRepeats)
        ].add(signed)
    }

    private mutating func addAhead(_ signed: SignedVote) -> Addition {
        guard let kept = ahead[signed.sender], kept.round >= signed.vote.round else {
            ahead[signed.sender] = Ahead(round: signed.vote.round, votes: [signed])
            return .counted
        }
        guard kept.round == signed.vote.round else { return .repeated }
        guard let same = kept.votes.first(where: { $0.vote.kind == signed.vote.kind }) else {
            ahead[signed.sender]?.votes.append(signed)
            return .counted
        }
        guard same.vote != signed.vote, !kept.contradicted.contains(signed.vote.kind) else {
            return .repeated
        }
        ahead[signed.sender]?.contradicted.append(signed.vote.kind)
        return .conflict(same)
    }

    private func isFarBehind(_ round: UInt32) -> Bool {
        round < current && current - round > Limits.retainedRoundCount
    }

    /// Remembers a verified proof of lock, unless it is for a round further ahead than is kept.
    mutating func add(_ proof: ProofOfLock) {
        guard proof.round <= current + 1 else { return }
        if rounds[proof.round] == nil { recent.append(proof.round) }
        rounds[proof.round, default: RoundVotes(count: count, countsRepeats: countsRepeats)].proof =
            proof
    }

    /// Moves on to a later round: takes in what was kept ahead for it, and forgets nil votes of
    /// rounds far behind. No rule asks for them; the near ones may still convict an equivocator.
    ///
    /// - Returns: the rounds that votes were taken in for, so that their quorums can be looked at.
    mutating func advance(to round: UInt32) -> [UInt32] {
        current = round
        for old in recent where isFarBehind(old) {
            rounds[old]?.dropNil()
            if rounds[old]?.isEmpty == true { rounds[old] = nil }
        }
        recent = recent.filter { !isFarBehind($0) }
        var filled: [UInt32] = []
        for sender in ahead.indices {
            guard let kept = ahead[sender], kept.round <= round + 1 else { continue }
            ahead[sender] = nil
            // These were checked for conflicts among themselves when they came.
            for vote in kept.votes { _ = add(vote) }
            for kind in kept.contradicted { rounds[kept.round]?.contradict(kind, sender) }
            if !filled.contains(kept.round) { filled.append(kept.round) }
        }
        return filled
    }
}

extension VoteKeeper {
    private func ballot(_ kind: VoteKind, _ round: UInt32) -> Ballot? {
        rounds[round]?.ballot(kind)
    }

    /// Whether exactly this vote with this signature was added before. Anybody's words may be asked
    /// about, also of a sender outside the set.
    func contains(_ signed: SignedVote) -> Bool {
        guard (0..<count).contains(signed.sender) else { return false }
        if ballot(signed.vote.kind, signed.vote.round)?.vote(of: signed.sender) == signed {
            return true
        }
        guard let kept = ahead[signed.sender] else { return false }
        return kept.votes.contains(signed)
    }

    /// How many senders voted, for whatever.
    func total(_ kind: VoteKind, _ round: UInt32) -> Int { ballot(kind, round)?.total ?? 0 }

    /// Who did not vote yet, in order of places.
    func missing(_ kind: VoteKind, _ round: UInt32) -> [Int] {
        (0..<count).filter { ballot(kind, round)?.vote(of: $0) == nil }
    }

    /// Every vote of one kind and round, in order of senders.
    func votes(_ kind: VoteKind, _ round: UInt32) -> [SignedVote] {
        (0..<count).compactMap { ballot(kind, round)?.vote(of: $0) }
    }

    /// Every vote that is kept, by round, kind and sender; then those of senders further ahead.
    var kept: [SignedVote] {
        (0...current + 1).flatMap { votes(.prevote, $0) + votes(.precommit, $0) }
            + ahead.flatMap { $0?.votes ?? [] }
    }

    /// The proofs of lock that came whole, by round.
    var keptProofs: [ProofOfLock] { (0...current + 1).compactMap { rounds[$0]?.proof } }

    /// The votes that show why to skip to `round`: one of each sender that is there or beyond.
    func skipReason(_ round: UInt32) -> [SignedVote] {
        (0..<count).filter { highest[$0] >= round }.compactMap { sender in
            let last = highest[sender]
            if let kept = ahead[sender], kept.round == last { return kept.votes.first }
            return ballot(.prevote, last)?.vote(of: sender)
                ?? ballot(.precommit, last)?.vote(of: sender)
        }
    }

    func hasQuorum(_ kind: VoteKind, _ round: UInt32) -> Bool { total(kind, round) >= quorum }

    func hasNilQuorum(_ kind: VoteKind, _ round: UInt32) -> Bool {
        (ballot(kind, round)?.count(for: nil) ?? 0) >= quorum
    }

    /// The value a quorum of prevotes stands behind, by count or by a proof on its own signatures.
    func provenLock(height: UInt64, round: UInt32) -> ProofOfLock? {
        if let proof = rounds[round]?.proof { return proof }
        guard let ballot = ballot(.prevote, round), let id = ballot.winner(quorum) else {
            return nil
        }
        return ProofOfLock(
            height: height, round: round, valueID: id, votes: ballot.votes(for: id), count: count)
    }

    /// A certificate, if a quorum precommitted one value in this round.
    func commitCertificate(height: UInt64, round: UInt32) -> CommitCertificate? {
        guard let ballot = ballot(.precommit, round), let id = ballot.winner(quorum) else {
            return nil
        }
        return CommitCertificate(
            height: height, round: round, valueID: id, votes: ballot.votes(for: id), count: count)
    }

    /// L55: the highest later round in which, or beyond which, enough distinct senders voted that
    /// one of them is honest.
    var skipTarget: UInt32? {
        let sorted = highest.sorted(by: >)
        guard skipThreshold <= sorted.count else { return nil }
        let round = sorted[skipThreshold - 1]
        return round > current ? round : nil
    }
}
