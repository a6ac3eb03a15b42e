import Cryptography

/// Where a round stands (step_p of the paper).
package enum Step: UInt8, Sendable, Hashable, Comparable {
    case propose = 1
    case prevote = 2
    case precommit = 3

    package static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }

    package var name: String {
        switch self {
        case .propose: "propose"
        case .prevote: "prevote"
        case .precommit: "precommit"
        }
    }
}

/// lockedValue and lockedRound.
struct LockedValue: Sendable, Equatable {
    let value: ProposedValue
    let round: UInt32
}

/// validValue and validRound, the latter as the proof that is sent along.
struct ValidValue: Sendable, Equatable {
    let value: ProposedValue
    let proof: ProofOfLock

    var round: UInt32 { proof.round }
}

/// One process of Tendermint (arXiv:1807.04938, algorithm 1) in one round of one height: what is
/// locked, and what to do when a rule is enabled. Which rule is enabled is for the driver to find.
struct RoundMachine: Sendable {
    /// A rule whose condition holds. The numbers are the lines of the paper.
    enum Event: Sendable {
        /// L11. `isProposer` is proposer(h, round) = p.
        case begin(round: UInt32, isProposer: Bool)
        /// L22: this round's proposal, for the first time, with the host's verdict.
        case proposal(ProposedValue, Verdict)
        /// L28: this round's proposal, with proof of lock from an earlier round.
        case provenProposal(ProposedValue, Verdict, validRound: UInt32)
        /// L34: prevotes of a quorum, for whatever.
        case prevotesOfQuorum
        /// L36: a quorum of prevotes for an accepted value.
        case lockProven(ProposedValue, ProofOfLock)
        /// L44: a quorum of prevotes for nil.
        case nilPrevotesOfQuorum
        /// L47: precommits of a quorum, for whatever.
        case precommitsOfQuorum
        /// L57, L61, L65.
        case timeout(Timeout.Kind)
    }

    enum Action: Sendable {
        case build
        case propose(ProposedValue, ProofOfLock)
        case vote(VoteKind, Digest?)
        case schedule(Timeout.Kind)
        case beginNextRound
    }

    private(set) var round: UInt32 = 0
    private(set) var step = Step.propose
    private(set) var locked: LockedValue?
    private(set) var valid: ValidValue?
    /// L36 happens once per round.
    private(set) var hasSeenLockProof = false
    /// L34 happens once per round.
    private(set) var hasScheduledPrevote = false
    /// L47 happens once per round.
    private(set) var hasScheduledPrecommit = false

    /// A rule left out on purpose.
    let broken: RuleBreak?

    init(breaking broken: RuleBreak? = nil) { self.broken = broken }

    /// Goes on after a restart.
    init(
        round: UInt32, step: Step, locked: LockedValue?, valid: ValidValue?,
        breaking broken: RuleBreak? = nil
    ) {
        self.broken = broken
        self.round = round
        self.step = step
        self.locked = locked
        self.valid = valid
        hasSeenLockProof = valid?.round == round
    }

    /// - Parameter reached: the lines of the paper that this goes through are added.
    mutating func apply(_ event: Event, _ reached: inout PaperLines) -> [Action] {
        switch event {
        case .begin(let round, let isProposer):  // L11–L21
            reached.insert(.startRound)
            self.round = round
            step = .propose
            hasSeenLockProof = false
            hasScheduledPrevote = false
            hasScheduledPrecommit = false
            return begin(isProposer: isProposer, &reached)
        case .proposal(let value, let verdict):  // L22–L27
            guard step == .propose else { return [] }
            let isFree = locked == nil || locked?.value.id == value.id || ignoresLock  // L23
            let isTaken = verdict == .valid && isFree
            reached.insert(.freshProposal)
            reached.insert(isTaken ? .prevoteFresh : .prevoteNilOnFresh)
            return prevote(isTaken ? value.id : nil)
        case .provenProposal(let value, let verdict, let validRound):  // L28–L33
            guard step == .propose, validRound < round else { return [] }
            let isFree =  // L29
                locked.map { $0.round <= validRound || $0.value.id == value.id } ?? true
            let isTaken = verdict != .invalid && (isFree || ignoresLock)
            reached.insert(.provenProposal)
            reached.insert(isTaken ? .prevoteProven : .prevoteNilOnProven)
            return prevote(isTaken ? value.id : nil)
        case .prevotesOfQuorum:  // L34–L35
            guard step == .prevote, !hasScheduledPrevote else { return [] }
            hasScheduledPrevote = true
            reached.insert(.schedulePrevoteTimeout)
            return [.schedule(.prevote)]
        case .lockProven(let value, let proof):  // L36–L43
            return lock(value, proof, &reached)
        case .nilPrevotesOfQuorum:  // L44–L46
            guard step == .prevote else { return [] }
            reached.insert(.precommitNil)
            return precommit(nil)
        case .precommitsOfQuorum:  // L47–L48
            guard !hasScheduledPrecommit else { return [] }
            hasScheduledPrecommit = true
            reached.insert(.schedulePrecommitTimeout)
            return [.schedule(.precommit)]
        case .timeout(let kind):
            return timeout(kind, &reached)
        }
    }

    /// What the proposer does at the start of a round, and everybody's timeout: a proposer whose
    /// host cannot build goes on like the others. After a restart it serves to propose again.
    func begin(isProposer: Bool, _ reached: inout PaperLines) -> [Action] {
        var actions: [Action] = []
        reached.insert(.scheduleProposeTimeout)
        if isProposer {
            if let valid {
                reached.insert(.proposeValid)
                actions.append(.propose(valid.value, valid.proof))  // L15–L16, L19
            } else {
                reached.insert(.buildValue)
                actions.append(.build)  // L18
            }
        }
        return actions + [.schedule(.propose)]  // L21
    }

    private mutating func lock(
        _ value: ProposedValue, _ proof: ProofOfLock, _ reached: inout PaperLines
    ) -> [Action] {
        guard step >= .prevote, !hasSeenLockProof, proof.round == round else { return [] }
        hasSeenLockProof = true
        reached.insert(.provenLock)
        reached.insert(.updateValid)
        valid = ValidValue(value: value, proof: proof)  // L42–L43
        guard step == .prevote else { return [] }
        reached.insert(.lock)
        reached.insert(.precommitValue)
        locked = LockedValue(value: value, round: round)  // L38–L39
        return precommit(value.id)  // L40–L41
    }

    private mutating func timeout(
        _ kind: Timeout.Kind, _ reached: inout PaperLines
    ) -> [Action] {
        switch kind {
        case .propose:  // L57–L60
            guard step == .propose else { return [] }
            reached.insert(.prevoteNilOnTimeout)
            return prevote(nil)
        case .prevote:  // L61–L64
            guard step == .prevote else { return [] }
            reached.insert(.precommitNilOnTimeout)
            return precommit(nil)
        case .precommit:  // L65–L67
            reached.insert(.nextRound)
            return [.beginNextRound]
        case .rebroadcast:
            return []
        }
    }

    private var ignoresLock: Bool { broken == .lockIgnored }

    private mutating func prevote(_ id: Digest?) -> [Action] {
        step = .prevote
        return [.vote(.prevote, id)]
    }

    private mutating func precommit(_ id: Digest?) -> [Action] {
        step = .precommit
        return [.vote(.precommit, id)]
    }
}
