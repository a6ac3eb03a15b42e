import Consensus

/// Where in agreement something is signed: height, round and step, in the order in which a node
/// gets there.
struct SigningPlace: Sendable, Hashable, Comparable {
    let height: UInt64
    let round: UInt32
    /// 1 a proposal, 2 a prevote, 3 a precommit.
    let step: UInt8

    init(height: UInt64, round: UInt32, step: UInt8) {
        self.height = height
        self.round = round
        self.step = step
    }

    init(_ content: UnsignedMessage.Content) {
        switch content {
        case .proposal(let proposal):
            self.init(height: proposal.height, round: proposal.round, step: 1)
        case .vote(let vote):
            self.init(height: vote.height, round: vote.round, step: vote.kind.rawValue)
        }
    }

    static func < (left: SigningPlace, right: SigningPlace) -> Bool {
        (left.height, left.round, left.step) < (right.height, right.round, right.step)
    }

    /// For people.
    var text: String {
        let word =
            switch step {
            case 1: "proposal"
            case 2: "prevote"
            case _: "precommit"
            }
        return "the \(word) of height \(height), round \(round)"
    }
}
