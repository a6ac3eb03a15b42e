import Consensus

/// A participant's state as the search tells states apart: the paper's variables, what it has
/// signed and, where messages come one by one, everything it has heard.
struct StateKey: Hashable {
    /// A value with its round; `none` is 0.
    struct Named: Hashable {
        let code: UInt8

        init(_ value: Int?, _ round: Int) {
            code = value.map { UInt8(1 + $0 + Limits.valueCountMaximum * round) } ?? 0
        }

        var isNone: Bool { code == 0 }
        var value: Int? { isNone ? nil : Int(code - 1) % Limits.valueCountMaximum }
        var round: Int? { isNone ? nil : Int(code - 1) / Limits.valueCountMaximum }
    }

    let round: UInt8
    let step: Step
    let locked: Named
    let valid: Named
    let decided: Named
    /// One bit per statement.
    let sent: UInt64
    /// Votes, proposals, proofs and values that came and timers that run, in a fixed order; empty
    /// where states are told apart by the paper's variables alone.
    let heard: [UInt16]
}

extension StateKey {
    /// What cannot matter any more is left out: everything but the decision of whoever has decided,
    /// and the valid value of whoever will not propose again.
    init(_ participant: Participant, _ universe: Universe, withHeard: Bool) {
        let summary = participant.machine.summary
        func named(_ named: MachineSummary.Named?) -> Named {
            Named(named.flatMap { universe.value($0.valueID) }, Int(named?.round ?? 0))
        }
        let scenario = universe.scenario
        let isDone = summary.decided != nil
        let none = Named(nil, 0)
        let proposesLater = (0..<scenario.roundCount).contains {
            $0 > Int(summary.round) && scenario.proposer($0) == participant.place
        }
        round = isDone ? 0 : UInt8(clamping: summary.round)
        step = isDone ? .propose : summary.step
        locked = isDone ? none : named(summary.locked)
        valid = isDone || !proposesLater ? none : named(summary.valid)
        decided = Named(summary.decided.flatMap { universe.value($0) }, 0)
        sent = participant.sent
        heard = withHeard && !isDone ? Self.heard(participant, summary, universe) : []
    }

    private static func heard(
        _ participant: Participant, _ summary: MachineSummary, _ universe: Universe
    ) -> [UInt16] {
        let scenario = universe.scenario
        var heard: [UInt16] = []
        func add(_ kind: Int, _ number: Int, _ detail: Int) {
            heard.append(UInt16(truncatingIfNeeded: kind << 12 | number << 4 | detail))
        }
        for signed in summary.votes {
            let choice = signed.vote.valueID.flatMap { universe.value($0) } ?? scenario.nilChoice
            let number = scenario.number(signed.vote.kind, Int(signed.vote.round), choice)
            add(1, number, signed.sender)
        }
        for proposal in summary.proposals {
            guard let value = universe.value(proposal.valueID) else { continue }
            let number = scenario.number(
                round: Int(proposal.round), value: value,
                validRound: proposal.validRound.map(Int.init))
            add(2, number, proposal.isContradicted ? 1 : 0)
        }
        for id in summary.known { add(3, universe.value(id) ?? 0, 0) }
        for proof in summary.proofs {
            add(4, universe.value(proof.valueID) ?? 0, Int(proof.round))
        }
        for certificate in summary.certificates {
            add(5, universe.value(certificate.valueID) ?? 0, Int(certificate.round))
        }
        for timer in participant.timers {
            add(6, Int(timer.round), timer.kind == .propose ? 0 : timer.kind == .prevote ? 1 : 2)
        }
        return heard.sorted()
    }

    /// The same state with the values renamed: the value numbered `i` is now `renaming[i]`. For
    /// keys without what was heard.
    func renamed(_ renaming: [Int], _ scenario: Scenario) -> StateKey {
        func named(_ named: Named) -> Named {
            Named(named.value.map { renaming[$0] }, named.round ?? 0)
        }
        var sent: UInt64 = 0
        for (number, statement) in scenario.statements.enumerated()
        where self.sent & 1 << UInt64(number) != 0 {
            let other: Int
            switch statement {
            case .vote(let kind, let round, let choice):
                other = scenario.number(
                    kind, round, choice == scenario.nilChoice ? choice : renaming[choice])
            case .proposal(let round, let value, let validRound):
                other = scenario.number(
                    round: round, value: renaming[value], validRound: validRound)
            }
            sent |= 1 << UInt64(other)
        }
        return StateKey(
            round: round, step: step, locked: named(locked), valid: named(valid),
            decided: named(decided), sent: sent, heard: heard)
    }

    /// The same state without what was heard.
    var withoutHeard: StateKey {
        StateKey(
            round: round, step: step, locked: locked, valid: valid, decided: decided, sent: sent,
            heard: [])
    }
}
