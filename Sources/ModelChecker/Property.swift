import Consensus

/// What has to hold in every state.
package enum Property: String, Sendable, CaseIterable {
    case agreement = "agreement: no two honest representatives decide different values"
    case validity = "validity: what is decided was proposed and has a quorum of precommits"
    case lock = "lock: once a value may be decided, no later round proves or locks another"
    case oneProof = "one proof: no round has proof of lock for two values"
    case oneWord = "one word: nobody honest signs two votes of one kind in one round"
    case accountability = "accountability: every accusation is proven and hits a liar"
    case restart = "restart: whoever starts again repeats its words and keeps its lock"
    case soundness = "soundness: sound messages are taken, decisions come with certificates"
}

/// The properties of a state of all honest participants, on what they have signed and decided.
struct PropertyCheck {
    private let scenario: Scenario
    /// By statement: whether it is a prevote, or a precommit, for a value.
    private let prevotes: UInt64
    private let precommits: UInt64
    /// For each round, the prevotes for values.
    private let prevotesOfRound: [UInt64]
    /// For each precommit for a value: the prevotes for other values in later rounds.
    private let contradicting: [UInt64]
    /// For each value: the precommits for it.
    private let precommitsFor: [UInt64]
    /// For each value: every proposal of it.
    private let proposalsOf: [UInt64]
    /// Values that a liar may propose.
    private let isProposedByLiars: Bool
    /// How many honest it takes, together with all liars, for a quorum.
    private let needed: Int

    init(_ scenario: Scenario) {
        self.scenario = scenario
        needed = scenario.quorum - scenario.byzantineCount
        var (prevotes, precommits) = (UInt64(0), UInt64(0))
        var prevotesOfRound = [UInt64](repeating: 0, count: scenario.roundCount)
        var precommitsFor = [UInt64](repeating: 0, count: scenario.valueCount)
        var proposalsOf = precommitsFor
        let statements = scenario.statements
        for (number, statement) in statements.enumerated() {
            let bit = UInt64(1) << UInt64(number)
            switch statement {
            case .vote(_, _, scenario.nilChoice): break
            case .vote(.prevote, let round, _):
                prevotes |= bit
                prevotesOfRound[round] |= bit
            case .vote(.precommit, _, let choice):
                precommits |= bit
                precommitsFor[choice] |= bit
            case .proposal(_, let value, _): proposalsOf[value] |= bit
            }
        }
        contradicting = statements.map { statement in
            guard case .vote(.precommit, let round, let choice) = statement,
                choice != scenario.nilChoice
            else { return 0 }
            return statements.enumerated().reduce(UInt64(0)) { bits, other in
                guard case .vote(.prevote, let later, let value) = other.element, later > round,
                    value != choice, value != scenario.nilChoice
                else { return bits }
                return bits | 1 << UInt64(other.offset)
            }
        }
        (self.prevotes, self.precommits) = (prevotes, precommits)
        self.prevotesOfRound = prevotesOfRound
        self.precommitsFor = precommitsFor
        self.proposalsOf = proposalsOf
        isProposedByLiars = (0..<scenario.roundCount).contains {
            scenario.byzantine.contains(scenario.proposer($0))
        }
    }

    /// The first property among those sought that does not hold.
    ///
    /// - Parameters:
    ///   - sent: by honest place, what it has signed.
    ///   - decided: by honest place, the value it decided, or −1.
    func broken(
        _ sought: [Property], sent: SIMD4<UInt64>, decided: SIMD4<Int8>
    ) -> Property? {
        var value: Int?
        var agree = true
        for place in scenario.honest where decided[place] >= 0 {
            let choice = Int(decided[place])
            if let value, value != choice { agree = false }
            value = choice
        }
        if !agree, sought.contains(.agreement) { return .agreement }
        let enough = backed(sent)
        if let value, enough & precommitsFor[value] == 0 || !isProposed(value, sent),
            sought.contains(.validity)
        {
            return .validity
        }
        let proofs = enough & prevotes
        for round in prevotesOfRound
        where (proofs & round).nonzeroBitCount > 1 && sought.contains(.oneProof) {
            return .oneProof
        }
        var left = enough & precommits
        while left != 0 {
            if proofs & contradicting[left.trailingZeroBitCount] != 0, sought.contains(.lock) {
                return .lock
            }
            left &= left - 1
        }
        return nil
    }

    private func isProposed(_ value: Int, _ sent: SIMD4<UInt64>) -> Bool {
        isProposedByLiars || (sent[0] | sent[1] | sent[2] | sent[3]) & proposalsOf[value] != 0
    }

    /// The statements that enough honest have signed to make a quorum with all liars.
    private func backed(_ sent: SIMD4<UInt64>) -> UInt64 {
        // How many signed each statement, as three bits, each bit for all statements at once.
        var (ones, twos, fours) = (UInt64(0), UInt64(0), UInt64(0))
        for place in scenario.honest {
            let bits = sent[place]
            let carry = ones & bits
            ones ^= bits
            fours |= twos & carry
            twos ^= carry
        }
        switch needed {
        case ...0: return .max
        case 1: return ones | twos | fours
        case 2: return twos | fours
        case 3: return ones & twos | fours
        default: return fours
        }
    }

    /// Whether a participant contradicted itself.
    func contradictsItself(_ sent: UInt64) -> Bool {
        let choices = UInt64(scenario.valueCount + 1)
        let group = (UInt64(1) << choices) - 1
        return (0..<UInt64(2 * scenario.roundCount)).contains {
            (sent >> ($0 * choices) & group).nonzeroBitCount > 1
        }
    }
}
