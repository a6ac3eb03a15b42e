package import Cryptography

/// Which of the two voting steps a vote belongs to.
package enum VoteKind: UInt8, Sendable, Hashable {
    case prevote = 2
    case precommit = 3

    package var name: String {
        switch self {
        case .prevote: "prevote"
        case .precommit: "precommit"
        }
    }
}

/// One representative's word on one round. It carries no time, so signing it again gives the same
/// bytes.
package struct Vote: Sendable, Hashable {
    package let kind: VoteKind
    package let height: UInt64
    package let round: UInt32
    /// The value voted for, or nil for "none in this round".
    package let valueID: Digest?

    package init(kind: VoteKind, height: UInt64, round: UInt32, valueID: Digest?) {
        self.kind = kind
        self.height = height
        self.round = round
        self.valueID = valueID
    }
}

/// A vote with its sender's place in the set and its Ed25519 signature.
package struct SignedVote: Sendable, Hashable {
    package let vote: Vote
    package let sender: Int
    package let signature: [UInt8]

    package init(vote: Vote, sender: Int, signature: [UInt8]) {
        self.vote = vote
        self.sender = sender
        self.signature = signature
    }
}
