package import Cryptography

/// Where a machine stands, in the paper's variables and what it has heard: everything its next
/// steps depend on. For those who search its states; nothing in it can be changed.
package struct MachineSummary: Sendable, Equatable {
    package struct Proposed: Sendable, Equatable {
        package let round: UInt32
        package let valueID: Digest
        package let validRound: UInt32?
        /// Whether its proposer was caught with a second one.
        package let isContradicted: Bool
    }

    package struct Named: Sendable, Equatable {
        package let valueID: Digest
        package let round: UInt32
    }

    package let round: UInt32
    package let step: Step
    package let locked: Named?
    package let valid: Named?
    package let decided: Digest?
    package let isSigning: Bool
    /// Values that may be locked and decided.
    package let known: [Digest]
    package let proposals: [Proposed]
    package let votes: [SignedVote]
    package let proofs: [Named]
    package let certificates: [Named]
}

extension ConsensusMachine {
    package var summary: MachineSummary {
        MachineSummary(
            round: rounds.round, step: rounds.step,
            locked: rounds.locked.map { .init(valueID: $0.value.id, round: $0.round) },
            valid: rounds.valid.map { .init(valueID: $0.value.id, round: $0.round) },
            decided: decision?.value.id, isSigning: maySign, known: candidates.acceptedIDs,
            proposals: proposals.map {
                .init(
                    round: $0.signed.proposal.round, valueID: $0.signed.proposal.value.id,
                    validRound: $0.signed.proposal.validRound, isContradicted: $0.isContradicted)
            },
            votes: votes.kept,
            proofs: votes.keptProofs.map { .init(valueID: $0.valueID, round: $0.round) },
            certificates: certificates.map { .init(valueID: $0.valueID, round: $0.round) })
    }
}
