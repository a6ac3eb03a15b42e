internal import Encoding

/// What the ledger keeps for one account.
package struct Account: Sendable, Hashable {
    package var balance: UInt64
    /// The number the account's next transaction must carry; starts at 0.
    package var sequence: UInt64
    /// How many votes the account may have cast at one time.
    package var allowance: UInt64
    /// Sorted by candidate. An entry whose generation is over is void: see `Candidate.generation`.
    package var choices: [Choice]

    init(balance: UInt64 = 0, sequence: UInt64 = 0, allowance: UInt64 = 0, choices: [Choice] = []) {
        self.balance = balance
        self.sequence = sequence
        self.allowance = allowance
        self.choices = choices
    }

    func write(_ writer: inout ByteWriter) {
        writer.uint64(balance)
        writer.uint64(sequence)
        writer.uint64(allowance)
        writer.uint32(UInt32(clamping: choices.count))
        for choice in choices {
            writer.string(choice.candidate.text)
            writer.uint64(choice.generation)
            writer.uint64(choice.votes)
        }
    }

    init(_ reader: inout ByteReader) throws {
        balance = try reader.uint64()
        sequence = try reader.uint64()
        allowance = try reader.uint64()
        choices = []
        for _ in 0..<(try reader.uint32()) {
            choices.append(
                Choice(
                    candidate: try Identity(
                        did: try reader.string(
                            maximumByteCount: Limits.identityByteCountMaximum)),
                    generation: try reader.uint64(), votes: try reader.uint64()))
        }
    }
}

/// Votes of one account on one candidate.
package struct Choice: Sendable, Hashable {
    package let candidate: Identity
    /// The candidate's generation when the votes were cast.
    package let generation: UInt64
    package var votes: UInt64
}
