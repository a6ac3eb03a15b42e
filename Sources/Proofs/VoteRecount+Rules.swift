internal import Encoding
internal import Ledger

/// The published rules about votes, in this file's own words.
extension VoteRecount {
    // MARK: Candidates

    mutating func add(
        _ entry: CandidateEntry, _ entered: Entrance, time: Instant
    ) throws(ProofError) {
        let (end, backing) = try accredit(entry.bundle, node: entry.node, time: time)
        nextEnd = min(nextEnd, end)
        guard let number = candidateNumbers[entry.node] else {
            candidateNumbers[entry.node] = candidates.count
            candidates.append(
                Standing(
                    node: entry.node, entered: entered, isListed: true, generation: 0,
                    validUntil: end, backing: backing, votes: 0))
            return
        }
        guard !candidates[number].isListed else {
            throw ProofError(.recount, "\(entry.node) was admitted although it was on the list")
        }
        candidates[number].isListed = true
        candidates[number].entered = entered
        candidates[number].validUntil = end
        candidates[number].backing = backing
    }

    /// Votes cast so far are void from now on, whoever cast them.
    mutating func leaveList(_ number: Int) {
        candidates[number].isListed = false
        candidates[number].votes = 0
        candidates[number].generation &+= 1
    }

    /// The candidates whose admission is over when a block begins. They lapse at its end unless it
    /// renews them; what ends in the block itself is for the next one.
    func ending(at time: Instant) -> [Int] {
        guard nextEnd <= time else { return [] }
        return candidates.indices.filter {
            candidates[$0].isListed && candidates[$0].validUntil <= time
        }
    }

    mutating func lapse(_ ending: [Int], at time: Instant) {
        guard !ending.isEmpty || nextEnd <= time else { return }
        for number in ending
        where candidates[number].isListed && candidates[number].validUntil <= time {
            leaveList(number)
        }
        nextEnd = .distantFuture
        for candidate in candidates where candidate.isListed {
            nextEnd = min(nextEnd, candidate.validUntil)
        }
    }

    // MARK: Voters

    private func counts(_ choice: Choice) -> Bool {
        candidates[choice.candidate].isListed
            && candidates[choice.candidate].generation == choice.generation
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
        // The voter is taken out and put back, so that nothing is copied: this runs by the million.
        var voter = Voter(allowance: 0)
        if let place { swap(&voter, &voters[place]) }
        voter.choices.removeAll { !counts($0) }
        differences.removeAll(keepingCapacity: true)
        let code = apply(changes, to: &voter)
        if code == .ok {
            for (number, before, after) in differences {
                candidates[number].votes = candidates[number].votes &- before &+ after
            }
            noteChanges(changes.count)
        } else {
            for (number, before, _) in differences.reversed() { voter.set(number, to: before) }
        }
        voter.choices.removeAll { $0.votes == 0 }
        if let place { swap(&voter, &voters[place]) }
        return code
    }

    /// Changes the voter's choices until one change is refused, and notes what it did.
    private mutating func apply(_ changes: [VoteChange], to voter: inout Voter) -> ResultCode {
        for change in changes {
            guard let number = candidateNumbers[change.candidate] else { return .unknownCandidate }
            guard candidates[number].isListed, candidates[number].validUntil > blockTime
            else { return .notCandidate }
            let index = voter.choices.firstIndex { $0.candidate == number }
            let before = index.map { voter.choices[$0].votes } ?? 0
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
                voter.choices[index].votes = after
            } else {
                voter.choices.append(
                    Choice(
                        candidate: number, generation: candidates[number].generation, votes: after))
            }
            differences.append((number, before, after))
        }
        guard voter.choices.count(where: { $0.votes > 0 }) <= Limits.candidatesPerVoterMaximum
        else { return .tooManyChoices }
        guard voter.choices.reduce(0, { $0 &+ $1.votes }) <= voter.allowance
        else { return .allowanceExceeded }
        return .ok
    }
}

extension VoteRecount.Voter {
    fileprivate mutating func set(_ candidate: Int, to votes: UInt64) {
        guard let index = choices.firstIndex(where: { $0.candidate == candidate }) else { return }
        choices[index].votes = votes
    }
}
