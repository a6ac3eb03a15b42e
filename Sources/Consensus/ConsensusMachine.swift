/// Agreement on one height: Tendermint (arXiv:1807.04938) as a step function over opaque values.
///
/// Feed it what happens, perform the effects it returns in their order. It has no clock, no disk
/// and no key. `VoteKeeper` counts, `RoundMachine` knows the rules of one round, and this type
/// takes messages in (+Messages), finds the rule that is enabled (+Rules) and asks for signatures
/// (+Signing). Make a new machine for each height and each change of role.
package struct ConsensusMachine: Sendable {
    /// The first proposal of a round, and whether its proposer was caught with a second one.
    struct KeptProposal: Sendable {
        let signed: SignedProposal
        var isContradicted = false
    }

    package let configuration: ConsensusConfiguration
    /// This node's place in the set; nil for an observer.
    let ownPlace: Int?

    var rounds: RoundMachine
    var votes: VoteKeeper
    var candidates = CandidateValues()
    /// At most one per round, of the next round and a few below.
    var proposals: [KeptProposal] = []
    /// Verified, by count or on their own signatures; at most one per value.
    var certificates: [CommitCertificate] = []
    var decision: (value: ProposedValue, certificate: CommitCertificate)?
    var hasStarted = false

    /// What this node signed or is about to sign in the current round.
    var own: [UnsignedMessage] = []
    /// Signatures asked for and not yet given.
    var awaited: [UnsignedMessage] = []
    /// Signed messages worth sending again: those of the current round, and the newest precommit
    /// for a value.
    var sent: [SignedMessage] = []
    /// The votes that led into the current round: the precommits of the round before, or those of
    /// nodes ahead. They are sent again too: a liar may have given its vote to this node only, and
    /// without it the others could neither follow nor go on by themselves.
    var reason: [SignedVote] = []
    /// Whether this node may sign. False once its key was seen in use elsewhere.
    var maySign: Bool
    /// Who was sent the decision since the last rebroadcast.
    var helped: [Bool]
    var wasRestored = false

    var effects: [Effect] = []
    /// The lines of the paper that the last step went through.
    package internal(set) var reached = PaperLines()

    /// A machine for one height.
    ///
    /// - Parameters:
    ///   - record: the newest record of this height, if there is one. A machine made from it
    ///     repeats what it had signed; it never signs something else in its place.
    ///   - broken: a rule to leave out; for the explorer, the simulator and tests only.
    /// - Throws: `.record` for a record of another height, network, set or key; `.setting` for a
    ///   network name that is empty or too long.
    package init(
        configuration: ConsensusConfiguration, restoring record: ConsensusRecord? = nil,
        breaking broken: RuleBreak? = nil
    ) throws(ConsensusError) {
        let nameCount = configuration.network.utf8.count
        guard (1...Limits.networkByteCountMaximum).contains(nameCount) else {
            throw ConsensusError(
                .setting,
                "the network's name has \(nameCount) bytes; 1 to "
                    + "\(Limits.networkByteCountMaximum) are allowed")
        }
        self.configuration = configuration
        ownPlace = configuration.ownKey.flatMap { configuration.set.index(of: $0) }
        maySign = ownPlace != nil
        rounds = RoundMachine(breaking: broken)
        votes = VoteKeeper(set: configuration.set, breaking: broken)
        helped = Array(repeating: false, count: configuration.set.count)
        if let record { try restore(record) }
    }

    package var height: UInt64 { configuration.height }
    package var isDecided: Bool { decision != nil }

    /// Takes one input and says what is to be done about it.
    package mutating func step(_ input: Input) -> [Effect] {
        effects = []
        reached = PaperLines()
        switch input {
        case .start: start()
        case .message(let message): receive(message)
        case .timeout(let timeout): expire(timeout)
        case .built(let value, let round): propose(value, round: round)
        case .validated(let value, let verdict): candidates.judge(value, verdict)
        case .signed(let message): complete(message)
        }
        settle()
        defer { effects = [] }
        return effects
    }

    private mutating func start() {
        guard !hasStarted else { return }
        hasStarted = true
        schedule(.rebroadcast)
        guard decision == nil else { return }
        if wasRestored {
            resume()
        } else {
            begin(round: 0, reason: [])
        }
    }

    private mutating func expire(_ timeout: Timeout) {
        guard hasStarted, timeout.height == height else { return }
        if timeout.kind == .rebroadcast {
            rebroadcast()
        } else if decision == nil, timeout.round == rounds.round {
            // Timeouts of rounds left behind are stale.
            perform(rounds.apply(.timeout(timeout.kind), &reached))
        }
    }

    mutating func schedule(_ kind: Timeout.Kind) {
        let round = kind == .rebroadcast ? 0 : rounds.round
        effects.append(
            .schedule(
                Timeout(kind: kind, height: height, round: round),
                milliseconds: configuration.timeouts.milliseconds(kind, round: round)))
    }

    /// Sends again what a peer may have missed. This is what lets a returned node, or a healed
    /// network, go on.
    private mutating func rebroadcast() {
        helped = Array(repeating: false, count: helped.count)
        schedule(.rebroadcast)
        guard decision == nil, maySign else { return }
        for vote in reason { effects.append(.broadcast(.vote(vote))) }
        for message in sent { effects.append(.broadcast(message)) }
        if let valid = rounds.valid { effects.append(.broadcast(.proofOfLock(valid.proof))) }
        for certificate in certificates { effects.append(.broadcast(.decision(certificate, nil))) }
    }
}
