import Consensus

/// What may happen next to one participant, given what everybody has said.
///
/// Messages never disappear, so one that makes no rule hold may as well be heard later: a move
/// brings together what makes one rule hold. Liars have said everything they could.
struct MoveList {
    private let scenario: Scenario
    private let place: Int
    private let round: Int
    private let step: Step
    private let hasProof: Bool
    private let knownValues: [Int]
    private let mayBuild: Bool
    private let timers: [Timeout.Kind]
    /// By honest place.
    private let sent: [UInt64]
    private(set) var moves: [Move] = []

    init(_ participant: Participant, sent: [UInt64], _ scenario: Scenario) {
        let summary = participant.machine.summary
        self.scenario = scenario
        self.sent = sent
        place = participant.place
        round = Int(summary.round)
        step = summary.step
        hasProof = participant.hasProof
        knownValues = participant.knownValues
        timers = participant.timers.map(\.kind)
        let proposed = (0..<scenario.valueCount).contains { value in
            let first = scenario.number(round: Int(summary.round), value: value, validRound: nil)
            let all = (UInt64(1) << UInt64(summary.round + 1)) - 1
            return participant.sent >> UInt64(first) & all != 0
        }
        mayBuild =
            scenario.proposer(Int(summary.round)) == place && summary.valid == nil && !proposed
            && summary.step == .propose
        guard summary.decided == nil else { return }
        addOwn()
        addTimeouts()
        addProposals()
        addPrevotes()
        addPrecommits()
        addSkips()
        addIdle()
    }

    private mutating func add(_ deliveries: [Delivery]) { moves.append(Move(deliveries)) }

    // MARK: What was said

    private func hasSaid(_ sender: Int, _ statement: Int) -> Bool {
        sender >= scenario.honestCount || sent[sender] & 1 << UInt64(statement) != 0
    }

    private func voters(_ kind: VoteKind, _ round: Int, _ choice: Int) -> Places {
        let statement = scenario.number(kind, round, choice)
        return Places((0..<scenario.count).filter { hasSaid($0, statement) })
    }

    private func isProvable(_ round: Int, _ value: Int) -> Bool {
        voters(.prevote, round, value).count >= scenario.quorum
    }

    private func votes(
        _ kind: VoteKind, _ round: Int, _ choice: Int, by senders: Places
    ) -> [Delivery] {
        let statement = scenario.number(kind, round, choice)
        return senders.without(place).list.map {
            .said(by: $0, statement: statement, proof: Places([]))
        }
    }

    /// A proposal as its proposer can have made it by now.
    private func proposal(_ round: Int, _ value: Int, _ validRound: Int?) -> Delivery? {
        let proposer = scenario.proposer(round)
        let statement = scenario.number(round: round, value: value, validRound: validRound)
        guard proposer != place, hasSaid(proposer, statement) else { return nil }
        guard let validRound else {
            return .said(by: proposer, statement: statement, proof: Places([]))
        }
        guard isProvable(validRound, value) else { return nil }
        return .said(
            by: proposer, statement: statement, proof: voters(.prevote, validRound, value))
    }

    private func proposals(_ round: Int, _ value: Int) -> [Delivery] {
        ([nil] + (0..<round).map(Optional.some)).compactMap { proposal(round, value, $0) }
    }

    /// Brings a value along for whoever does not know it; nil where nobody proposed it.
    private func supply(_ value: Int) -> [Delivery]? {
        if knownValues.contains(value) { return [] }
        for round in 0...round {
            if let delivery = proposals(round, value).first { return [delivery] }
        }
        return nil
    }

    // MARK: Moves

    /// A timer that runs may fire at any time, and a host may build at any time or never.
    private mutating func addOwn() {
        for kind in timers where kind != .precommit || round + 1 < scenario.roundCount {
            add([.timeout(kind)])
        }
        if mayBuild { for value in 0..<scenario.valueCount { add([.built(value)]) } }
    }

    /// L34 and L47, and the timer that they start: votes of as few honest as make a quorum together
    /// with all liars, who say nil.
    private mutating func addTimeouts() {
        if step == .prevote, !timers.contains(.prevote) { addTimeout(.prevote, .prevote) }
        if round + 1 < scenario.roundCount, !timers.contains(.precommit) {
            addTimeout(.precommit, .precommit)
        }
    }

    private mutating func addTimeout(_ kind: VoteKind, _ timer: Timeout.Kind) {
        let voters = scenario.honest.filter { word(of: $0, kind, in: round) != nil }
        let others = voters.filter { $0 != place }
        let needed = scenario.quorum - scenario.byzantineCount - (voters.count - others.count)
        for chosen in others.subsets(of: max(needed, 0)) {
            var deliveries = chosen.compactMap { sender in
                word(of: sender, kind, in: round).map {
                    Delivery.said(by: sender, statement: $0, proof: Places([]))
                }
            }
            for liar in scenario.byzantine {
                let statement = scenario.number(kind, round, scenario.nilChoice)
                deliveries.append(.said(by: liar, statement: statement, proof: Places([])))
            }
            add(deliveries + [.timeout(timer)])
        }
    }

    /// L22, L28.
    private mutating func addProposals() {
        guard step == .propose else { return }
        for value in 0..<scenario.valueCount {
            for delivery in proposals(round, value) { add([delivery]) }
        }
    }

    /// L36 and L44. The liars' votes take part, or leave it to the honest.
    private mutating func addPrevotes() {
        guard step >= .prevote else { return }
        for value in 0..<scenario.valueCount where !hasProof {
            let voters = voters(.prevote, round, value)
            guard voters.count >= scenario.quorum, let supply = supply(value) else { continue }
            addQuorum(.prevote, round, value, voters, supply)
            add([.proofOfLock(round: round, value: value, by: voters)] + supply)
        }
        let voters = voters(.prevote, round, scenario.nilChoice)
        if step == .prevote, voters.count >= scenario.quorum {
            addQuorum(.prevote, round, scenario.nilChoice, voters, [])
        }
    }

    private mutating func addQuorum(
        _ kind: VoteKind, _ round: Int, _ choice: Int, _ voters: Places, _ supply: [Delivery]
    ) {
        add(votes(kind, round, choice, by: voters) + supply)
        let honest = Places(voters.list.filter { $0 < scenario.honestCount })
        if honest.count < voters.count, honest.count >= scenario.quorum {
            add(votes(kind, round, choice, by: honest) + supply)
        }
    }

    /// L49, in any round.
    private mutating func addPrecommits() {
        for round in 0..<scenario.roundCount {
            for value in 0..<scenario.valueCount {
                let voters = voters(.precommit, round, value)
                guard voters.count >= scenario.quorum else { continue }
                add([.decision(round: round, value: value, by: voters)])
                if round <= self.round, let supply = supply(value) {
                    addQuorum(.precommit, round, value, voters, supply)
                }
            }
        }
    }

    /// L55: a vote of each honest sender in a later round, and as many liars as it takes.
    private mutating func addSkips() {
        for later in round + 1..<max(scenario.roundCount, round + 1) {
            var deliveries: [Delivery] = []
            for sender in scenario.honest where sender != place {
                if let statement = word(of: sender, in: later) {
                    deliveries.append(.said(by: sender, statement: statement, proof: Places([])))
                }
            }
            let threshold = (scenario.count - 1) / 3 + 1
            let statement = scenario.number(.precommit, later, scenario.nilChoice)
            for liar in scenario.byzantine where deliveries.count < threshold {
                deliveries.append(.said(by: liar, statement: statement, proof: Places([])))
            }
            if deliveries.count >= threshold { add(deliveries) }
        }
    }

    private func word(of sender: Int, in round: Int) -> Int? {
        word(of: sender, .prevote, in: round) ?? word(of: sender, .precommit, in: round)
    }

    /// An honest sender's vote.
    private func word(of sender: Int, _ kind: VoteKind, in round: Int) -> Int? {
        (0...scenario.nilChoice).map { scenario.number(kind, round, $0) }
            .first { hasSaid(sender, $0) }
    }

    /// What should change nothing: a liar's second word, and the same word many times.
    private mutating func addIdle() {
        for kind in [VoteKind.prevote, .precommit] {
            for liar in scenario.byzantine {
                let words = (0..<scenario.valueCount).map {
                    Delivery.said(
                        by: liar, statement: scenario.number(kind, round, $0), proof: Places([]))
                }
                add(words)
                // In step propose a value that comes along would be more than repetition.
                guard step != .propose else { continue }
                for (value, word) in words.enumerated() {
                    guard let supply = supply(value) else { continue }
                    add(Array(repeating: word, count: scenario.count) + supply)
                }
            }
        }
    }

    // MARK: One by one

    /// Every single message that could come, each as a move of its own.
    static func single(
        _ participant: Participant, sent: [UInt64], _ scenario: Scenario
    ) -> [Move] {
        var list = MoveList(participant, sent: sent, scenario)
        list.moves = []
        guard participant.machine.summary.decided == nil else { return [] }
        list.addOwn()
        for sender in 0..<scenario.count where sender != participant.place {
            for (number, statement) in scenario.statements.enumerated() {
                switch statement {
                case .vote:
                    guard list.hasSaid(sender, number) else { continue }
                    list.add([.said(by: sender, statement: number, proof: Places([]))])
                case .proposal(let round, let value, let validRound):
                    guard scenario.proposer(round) == sender, round <= list.round + 1,
                        let delivery = list.proposal(round, value, validRound)
                    else { continue }
                    list.add([delivery])
                }
            }
        }
        for round in 0..<scenario.roundCount {
            for value in 0..<scenario.valueCount {
                let prevoters = list.voters(.prevote, round, value)
                if prevoters.count >= scenario.quorum {
                    list.add([.proofOfLock(round: round, value: value, by: prevoters)])
                }
                let precommitters = list.voters(.precommit, round, value)
                if precommitters.count >= scenario.quorum {
                    list.add([.decision(round: round, value: value, by: precommitters)])
                }
            }
        }
        return list.moves
    }
}

extension Array {
    /// Every way to take `count` of the elements, in their order.
    fileprivate func subsets(of count: Int) -> [[Element]] {
        guard count > 0 else { return [[]] }
        return indices.flatMap { index in
            Array(dropFirst(index + 1)).subsets(of: count - 1).map { [self[index]] + $0 }
        }
    }
}
