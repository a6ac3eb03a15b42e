internal import Encoding

extension Branch {
    mutating func enroll(
        _ identity: Identity, allowance: UInt64, sender: Identity
    ) throws(Refusal) {
        guard sender == base.registrar else {
            throw Refusal(.notRegistrar, "only the registrar \(base.registrar) enrols voters")
        }
        var account = account(identity) ?? Account()
        let cast = castVotes(of: account)
        guard allowance >= cast else {
            throw Refusal(
                .allowanceBelowCast,
                "\(identity) has \(cast) votes cast; it must withdraw some "
                    + "before its allowance can be \(allowance)")
        }
        account.allowance = allowance
        write(identity, account)
    }

    /// Votes of an account that count now.
    func castVotes(of account: Account) -> UInt64 {
        // Each entry is within the allowance, and so is the sum; wrapping cannot happen.
        account.choices.reduce(0) { counts($1) ? $0 &+ $1.votes : $0 }
    }

    /// The order of the changes does not matter: the allowance is held against their sum.
    mutating func vote(_ changes: [VoteChange], sender: Identity) throws(Refusal) {
        guard var account = account(sender) else {
            throw Refusal(.allowanceExceeded, "\(sender) has no account")
        }
        // Votes for candidates that left the list come back here.
        var choices = account.choices.filter { counts($0) }
        for change in changes {
            var candidate = try listedCandidate(change.candidate)
            let number = candidate.number
            let index = choices.firstIndex { $0.candidate >= number } ?? choices.count
            let exists = index < choices.count && choices[index].candidate == number
            let before = exists ? choices[index].votes : 0
            let after = try changed(before, by: change)
            candidate.votes = try tally(candidate, from: before, to: after)
            write(candidate)
            if exists { choices.remove(at: index) }
            if after > 0 {
                choices.insert(
                    Choice(
                        candidate: number, generation: candidate.generation, votes: after),
                    at: index)
            }
        }
        guard choices.count <= Limits.candidatesPerVoterMaximum else {
            throw Refusal(
                .tooManyChoices,
                "an account votes for at most "
                    + "\(Limits.candidatesPerVoterMaximum) candidates at one time")
        }
        account.choices = choices
        let cast = choices.reduce(0) { $0 &+ $1.votes }
        guard cast <= account.allowance else {
            throw Refusal(
                .allowanceExceeded,
                "\(cast) votes would be cast, \(account.allowance) are "
                    + "allowed; withdraw some or cast fewer")
        }
        write(sender, account)
    }

    private func listedCandidate(_ node: Identity) throws(Refusal) -> Candidate {
        guard let candidate = candidate(node) else {
            throw Refusal(.unknownCandidate, "\(node) never stood as a candidate")
        }
        guard candidate.state == .listed else {
            throw Refusal(
                .notCandidate,
                "\(node) is \(candidate.state.rawValue); votes cast for it have "
                    + "come back already")
        }
        guard candidate.validUntil > time else {
            throw Refusal(
                .notCandidate,
                "what admitted \(node) ended at \(candidate.validUntil.rfc3339); it lapses with "
                    + "this block or the next, unless it is renewed")
        }
        return candidate
    }

    private func changed(
        _ before: UInt64, by change: VoteChange
    ) throws(Refusal) -> UInt64 {
        let count = change.votes.magnitude
        guard change.votes > 0 else {
            guard count <= before else {
                throw Refusal(
                    .withdrawalExceedsCast,
                    "\(before) votes are cast for \(change.candidate), \(count) cannot be "
                        + "withdrawn")
            }
            return before - count
        }
        let limit = base.parameters.votesPerCandidate
        let (after, overflow) = before.addingReportingOverflow(count)
        guard !overflow, after <= limit else {
            throw Refusal(
                .candidateLimitExceeded,
                "an account casts at most \(limit) votes for one candidate; \(before) are cast "
                    + "for \(change.candidate)")
        }
        return after
    }

    private func tally(
        _ candidate: Candidate, from before: UInt64, to after: UInt64
    ) throws(Refusal) -> UInt64 {
        let (rest, underflow) = candidate.votes.subtractingReportingOverflow(before)
        let (total, overflow) = rest.addingReportingOverflow(after)
        guard !underflow, !overflow else {
            throw Refusal(.tallyOverflow, "the total of \(candidate.node) leaves 64 bits")
        }
        return total
    }
}
