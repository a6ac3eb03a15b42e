/// The lines of arXiv:1807.04938, algorithm 1, that do something. A machine says which of them its
/// last step went through, so that a search can show what it has covered.
package enum PaperLine: UInt8, Sendable, CaseIterable {
    case startRound = 11
    case proposeValid = 16
    case buildValue = 18
    case broadcastProposal = 19
    case scheduleProposeTimeout = 21
    case freshProposal = 22
    case prevoteFresh = 24
    case prevoteNilOnFresh = 26
    case provenProposal = 28
    case prevoteProven = 30
    case prevoteNilOnProven = 32
    case schedulePrevoteTimeout = 35
    case provenLock = 36
    case lock = 38
    case precommitValue = 40
    case updateValid = 42
    case precommitNil = 45
    case schedulePrecommitTimeout = 48
    case commitCertificate = 49
    case decide = 51
    case skipRound = 56
    case prevoteNilOnTimeout = 59
    case precommitNilOnTimeout = 63
    case nextRound = 67

    /// What the paper does there.
    package var meaning: String {
        switch self {
        case .startRound: "StartRound(round)"
        case .proposeValid: "the proposer takes the valid value"
        case .buildValue: "the proposer builds a value"
        case .broadcastProposal: "broadcast the proposal"
        case .scheduleProposeTimeout: "schedule OnTimeoutPropose"
        case .freshProposal: "a fresh proposal, step propose"
        case .prevoteFresh: "prevote it"
        case .prevoteNilOnFresh: "prevote nil: unsound, or locked on another value"
        case .provenProposal: "a proposal with proof of lock, step propose"
        case .prevoteProven: "prevote it"
        case .prevoteNilOnProven: "prevote nil: locked on another value since"
        case .schedulePrevoteTimeout: "schedule OnTimeoutPrevote"
        case .provenLock: "a quorum of prevotes for a value"
        case .lock: "lock it"
        case .precommitValue: "precommit it"
        case .updateValid: "remember it as the valid value"
        case .precommitNil: "a quorum of nil prevotes: precommit nil"
        case .schedulePrecommitTimeout: "schedule OnTimeoutPrecommit"
        case .commitCertificate: "a quorum of precommits for a value, any round"
        case .decide: "decide it"
        case .skipRound: "enough senders in a later round: go there"
        case .prevoteNilOnTimeout: "OnTimeoutPropose: prevote nil"
        case .precommitNilOnTimeout: "OnTimeoutPrevote: precommit nil"
        case .nextRound: "OnTimeoutPrecommit: next round"
        }
    }
}

/// A set of lines, as one word.
package struct PaperLines: Sendable, Equatable {
    private var bits: UInt64 = 0

    package init() {}

    package mutating func insert(_ line: PaperLine) { bits |= 1 << UInt64(line.rawValue - 11) }

    package func contains(_ line: PaperLine) -> Bool {
        bits & 1 << UInt64(line.rawValue - 11) != 0
    }

    package mutating func formUnion(_ other: PaperLines) { bits |= other.bits }
}
