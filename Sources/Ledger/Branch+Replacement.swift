internal import Cryptography
internal import Encoding

/// Seats that change hands between two elections.
extension Branch {
    private var absences: Absences? {
        if case .absences(let absences) = self[.absences] { absences } else { nil }
    }

    /// What is known of passed turns, for the term that this block is in.
    private var absencesOfTerm: Absences {
        let term = base.termElection.number
        guard var known = absences else { return Absences(term: term) }
        if known.term != term { (known.term, known.replaced) = (term, []) }
        return known
    }

    /// Notes whose turns to propose passed before this block was made. Nothing is kept in a network
    /// that does not replace the silent, nor as long as everybody makes its blocks.
    mutating func noteTurns(proposer: Identity, round: UInt64) {
        let known = absences
        var next = absencesOfTerm
        if base.parameters.silenceBlocks == 0 {
            next.stretches = []
        } else {
            let acting = base.election(actingAt: height)
            let list = acting.representatives.list
            // Turns go round: after so many of them, everybody had one.
            let missed = (0..<min(round, UInt64(list.count))).map { turn in
                let place = ConsensusSeating.proposer(
                    height: height, round: turn, offset: acting.number, count: list.count)
                return list[place].node
            }
            next.note(
                proposer: proposer, missed: missed, at: height,
                staying: base.newestElection.representatives)
        }
        guard known != nil || !next.stretches.isEmpty, next != known else { return }
        write(.absences, .absences(next))
    }

    /// Gives the seats of members that are suspended, and of members that were silent for too long,
    /// to the next in rank, from two blocks on as an election does. A member stays while there is
    /// nobody to follow it.
    /// - Returns: nil when no seat changes hands.
    mutating func replace() -> Election? {
        let sitting = base.newestElection
        let leaving = suspendedMembers(of: sitting) + silentMembers(of: sitting)
        guard !leaving.isEmpty else { return nil }
        let candidates = Self.ranked(listed)
        var ranking: [Election.Rank] = []
        var successors: [Candidate] = []
        for candidate in candidates {
            var reason = exclusionFromReplacing(candidate, sitting)
            if reason == nil, successors.count < leaving.count {
                reason = fault(of: candidate)
                if reason == nil { successors.append(candidate) }
            }
            ranking.append(Election.Rank(candidate, reason: reason))
        }
        let replaced = Array(leaving.prefix(successors.count))
        let staying = sitting.representatives.list.filter { member in
            !replaced.contains { $0.node == member.node }
        }
        guard !replaced.isEmpty,
            let next = try? Representatives(staying + successors.map { Representative($0) })
        else { return nil }
        let election = Election(
            number: sitting.number + 1, height: height, time: time, ranking: ranking,
            seats: successors.map(\.node), representatives: next, note: nil, replaces: replaced)
        write(.election(election.number), .election(election))
        noteReplaced(replaced)
        return election
    }

    private func suspendedMembers(of sitting: Election) -> [Election.Replacement] {
        sitting.representatives.list.compactMap { member in
            guard let last = suspended(member.node)?.last else { return nil }
            return Election.Replacement(
                node: member.node, cause: .equivocation,
                reason: "it signed two contradicting \(last.kind.name)s of height \(last.height)")
        }
    }

    /// Those whose stretch is over, the longest first, as far as the term still allows: no more
    /// than may be faulty, so that a network cut in two does not exchange its representatives.
    private func silentMembers(of sitting: Election) -> [Election.Replacement] {
        let blocks = base.parameters.silenceBlocks
        guard blocks > 0, let absences, absences.term == base.termElection.number else { return [] }
        let members = sitting.representatives
        let budget = (members.list.count - 1) / 3 - absences.replaced.count
        guard budget > 0 else { return [] }
        let over = absences.stretches.filter { stretch in
            members.contains(stretch.node) && suspended(stretch.node) == nil
                && Absences.isOver(stretch, at: height, blocks: blocks)
        }.sorted { ($0.since, $0.node) < ($1.since, $1.node) }
        return over.prefix(budget).map { stretch in
            Election.Replacement(
                node: stretch.node, cause: .silence,
                reason: "it let \(stretch.turns) turns to propose pass since block "
                    + "\(stretch.since)")
        }
    }

    private func exclusionFromReplacing(
        _ candidate: Candidate, _ sitting: Election
    ) -> String? {
        if sitting.representatives.contains(candidate.node) { return "sitting: it has a seat" }
        if absencesOfTerm.replaced.contains(candidate.node) {
            return "replaced: it was silent in this term"
        }
        return exclusion(of: candidate)
    }

    private mutating func noteReplaced(_ replaced: [Election.Replacement]) {
        guard var known = absences else { return }
        known.stretches.removeAll { stretch in replaced.contains { $0.node == stretch.node } }
        known.replaced += replaced.filter { $0.cause == .silence }.map(\.node)
        write(.absences, .absences(known))
    }
}
