package import Cryptography
package import Encoding

/// Why there is no block yet: who is missing for which step of which round.
package struct ConsensusStatus: Sendable, Equatable {
    /// What the machine waits for.
    package enum Waiting: Sendable, Hashable {
        /// The block interval has not passed.
        case start
        case proposal
        /// The proposal is here; the host is judging it.
        case verdict
        case prevotes
        case precommits
        /// A quorum committed a value that is not here, or was refused here. Only when this node
        /// runs other rules or holds other data than the rest can the second happen.
        case certifiedValue
        /// Decided.
        case nothing
    }

    package let height: UInt64
    package let round: UInt32
    package let step: Step
    package let waiting: Waiting
    package let quorum: Int
    package let count: Int
    package let proposer: PublicKey
    /// Who has not prevoted in this round.
    package let prevotesMissing: [PublicKey]
    /// Who has not precommitted in this round.
    package let precommitsMissing: [PublicKey]
    package let lockedRound: UInt32?
    package let validRound: UInt32?
    package let decided: Digest?
    /// Whether this node signs, or only follows.
    package let isSigning: Bool

    /// The representatives that are waited for now. Empty where the step needs nobody.
    package var missing: [PublicKey] {
        switch waiting {
        case .start, .verdict, .certifiedValue, .nothing: []
        case .proposal: [proposer]
        case .prevotes: prevotesMissing
        case .precommits: precommitsMissing
        }
    }

    /// One sentence for an operator.
    package var explanation: String {
        let place = "height \(height), round \(round): "
        switch waiting {
        case .start: return place + "waiting for the block interval to pass"
        case .proposal: return place + "waiting for the proposal of \(proposer.did)"
        case .verdict: return place + "judging the proposal of \(proposer.did)"
        case .prevotes: return place + sentence("prevotes", prevotesMissing)
        case .precommits: return place + sentence("precommits", precommitsMissing)
        case .certifiedValue:
            return place + "the others have decided; waiting for a value this node accepts"
        case .nothing: return place + "decided"
        }
    }

    private func sentence(_ votes: String, _ missing: [PublicKey]) -> String {
        let names = missing.map(\.did).joined(separator: ", ")
        let here = count - missing.count
        guard here < quorum else {
            return "\(here) of \(count) \(votes) are here, but no \(quorum) of them agree"
        }
        return "\(here) of \(quorum) \(votes) are here; none from \(names)"
    }

    package var json: JSON {
        var members: [(String, JSON)] = [
            ("height", JSON(height)), ("round", JSON(UInt64(round))),
            ("step", JSON(waiting == .nothing ? "decided" : step.name)),
            ("proposer", JSON(proposer.did)), ("quorum", JSON(quorum)), ("count", JSON(count)),
            ("missing", .array(missing.map { JSON($0.did) })),
            ("prevotesMissing", .array(prevotesMissing.map { JSON($0.did) })),
            ("precommitsMissing", .array(precommitsMissing.map { JSON($0.did) })),
        ]
        if let lockedRound { members.append(("lockedRound", JSON(UInt64(lockedRound)))) }
        if let validRound { members.append(("validRound", JSON(UInt64(validRound)))) }
        if let decided { members.append(("decided", JSON(decided.text))) }
        members.append(("signing", JSON(isSigning)))
        members.append(("explanation", JSON(explanation)))
        return .object(JSONObject(members))
    }
}

extension ConsensusMachine {
    package var status: ConsensusStatus {
        let round = rounds.round
        let members = configuration.set.representatives
        return ConsensusStatus(
            height: height, round: round, step: rounds.step, waiting: waiting,
            quorum: configuration.set.quorum, count: configuration.set.count,
            proposer: members[configuration.proposer(round)],
            prevotesMissing: votes.missing(.prevote, round).map { members[$0] },
            precommitsMissing: votes.missing(.precommit, round).map { members[$0] },
            lockedRound: rounds.locked?.round, validRound: rounds.valid?.round,
            decided: decision?.certificate.valueID, isSigning: maySign)
    }

    private var waiting: ConsensusStatus.Waiting {
        if decision != nil { return .nothing }
        if !certificates.isEmpty { return .certifiedValue }
        guard hasStarted else { return .start }
        switch rounds.step {
        case .propose: return keptProposal(of: rounds.round) == nil ? .proposal : .verdict
        case .prevote: return .prevotes
        case .precommit: return .precommits
        }
    }
}
