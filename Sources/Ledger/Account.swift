/// What the ledger keeps for one account.
package struct Account: Sendable, Hashable {
    package var balance: UInt64
    /// The number the account's next transaction must carry; starts at 0.
    package var sequence: UInt64
    /// How many votes the account may have cast at one time.
    package var allowance: UInt64
    /// Sorted by the candidates' numbers. An entry whose generation is over is void: see
    /// `Candidate.generation`.
    package var choices: [Choice]

    package init(
        balance: UInt64 = 0, sequence: UInt64 = 0, allowance: UInt64 = 0, choices: [Choice] = []
    ) {
        self.balance = balance
        self.sequence = sequence
        self.allowance = allowance
        self.choices = choices
    }

    /// Balance, sequence, allowance and count of choices, then number, generation and votes of each
    /// choice, all as the shortest varints.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + 6 * choices.count)
        for value in [balance, sequence, allowance, UInt64(choices.count)] {
            Varint.append(value, to: &bytes)
        }
        for choice in choices {
            Varint.append(choice.candidate, to: &bytes)
            Varint.append(choice.generation, to: &bytes)
            Varint.append(choice.votes, to: &bytes)
        }
        return bytes
    }

    /// - Throws: `records` for anything but the one spelling of an account.
    init(bytes: [UInt8]) throws(LedgerError) {
        var reader = Varint.Reader(bytes)
        balance = try reader.next()
        sequence = try reader.next()
        allowance = try reader.next()
        let count = try reader.next()
        guard count <= UInt64(Limits.candidatesPerVoterMaximum) else {
            throw LedgerError(.records, "an account votes for too many candidates")
        }
        choices = []
        choices.reserveCapacity(Int(count))
        for _ in 0..<count {
            choices.append(
                Choice(
                    candidate: try reader.next(), generation: try reader.next(),
                    votes: try reader.next()))
        }
        try reader.end()
    }
}

/// Votes of one account on one candidate.
package struct Choice: Sendable, Hashable {
    /// The candidate's number.
    package let candidate: UInt64
    /// The candidate's generation when the votes were cast.
    package let generation: UInt64
    package var votes: UInt64

    package init(candidate: UInt64, generation: UInt64, votes: UInt64) {
        self.candidate = candidate
        self.generation = generation
        self.votes = votes
    }
}
