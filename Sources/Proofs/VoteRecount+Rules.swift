internal import Credentials
internal import Encoding
internal import Ledger

/// The published rules about votes, in this file's own words.
extension VoteRecount {
    // MARK: Candidates

    mutating func add(
        _ entry: CandidateEntry, _ entered: Entrance, time: Instant
    ) throws(ProofError) {
        let bundle: Bundle
        do { bundle = try Bundle(entry.bundle) } catch {
            throw ProofError(.recount, "\(entry.node) was admitted without a bundle: \(error)")
        }
        guard
            case .met(let verified) = QuorumVerifier.verify(
                bundle, set: auditorSet, network: network, at: time)
        else {
            throw ProofError(
                .recount, "\(entry.node) was admitted although its auditors' quorum is not met")
        }
        let end = verified.validUntil
        nextEnd = min(nextEnd, end)
        guard let number = candidateNumbers[entry.node] else {
            candidateNumbers[entry.node] = candidates.count
            candidates.append(
                Standing(
                    node: entry.node, entered: entered, isListed: true, generation: 0,
                    validUntil: end, votes: 0))
            return
        }
        guard !candidates[number].isListed else {
            throw ProofError(.recount, "\(entry.node) was admitted although it was on the list")
        }
        candidates[number].isListed = true
        candidates[number].entered = entered
        candidates[number].validUntil = end
    }

    /// Votes cast so far are void from now on, whoever cast them.
    mutating func leaveList(_ number: Int) {
        candidates[number].isListed = false
        candidates[number].votes = 0
        candidates[number].generation &+= 1
    }

    mutating func lapse(at time: Instant) {
        nextEnd = .distantFuture
        for number in candidates.indices where candidates[number].isListed {
            let end = candidates[number].validUntil
            if end <= time { leaveList(number) } else { nextEnd = min(nextEnd, end) }
        }
    }

    // MARK: Voters

    private func counts(_ choice: Choice) -> Bool {
        let candidate = candidates[choice.candidate]
        return candidate.isListed && candidate.generation == choice.generation
    }

    mutating func enroll(
        _ account: Identity, allowance: UInt64, by sender: Identity
    ) -> ResultCode {
        guard sender == registrar else { return .notRegistrar }
        guard let place = voterPlaces[account] else {
            voterPlaces[account] = voters.count
            voters.append(Voter(allowance: allowance))
            return .ok
        }
        let cast = voters[place].choices.reduce(0) { counts($1) ? $0 &+ $1.votes : $0 }
        guard allowance >= cast else { return .allowanceBelowCast }
        voters[place].allowance = allowance
        return .ok
    }

    /// - Parameter place: the voter's; nil for one without allowance.
    mutating func vote(_ changes: [VoteChange], at place: Int?) -> ResultCode {
        var choices = (place.map { voters[$0].choices } ?? []).filter(counts)
        var differences: [(candidate: Int, before: UInt64, after: UInt64)] = []
        differences.reserveCapacity(changes.count)
        for change in changes {
            guard let number = candidateNumbers[change.candidate] else { return .unknownCandidate }
            guard candidates[number].isListed else { return .notCandidate }
            let index = choices.firstIndex { $0.candidate == number }
            let before = index.map { choices[$0].votes } ?? 0
            let size = change.votes.magnitude
            let after: UInt64
            if change.votes < 0 {
                guard size <= before else { return .withdrawalExceedsCast }
                after = before - size
            } else {
                let (sum, overflow) = before.addingReportingOverflow(size)
                guard !overflow, sum <= votesPerCandidate else { return .candidateLimitExceeded }
                after = sum
            }
            if let index {
                choices[index].votes = after
            } else {
                choices.append(
                    Choice(
                        candidate: number, generation: candidates[number].generation, votes: after))
            }
            differences.append((number, before, after))
        }
        choices.removeAll { $0.votes == 0 }
        guard choices.count <= Limits.candidatesPerVoterMaximum else { return .tooManyChoices }
        guard choices.reduce(0, { $0 &+ $1.votes }) <= (place.map { voters[$0].allowance } ?? 0)
        else { return .allowanceExceeded }
        if let place { voters[place].choices = choices }
        for (number, before, after) in differences {
            candidates[number].votes = candidates[number].votes &- before &+ after
        }
        noteChanges(changes.count)
        return .ok
    }
}
