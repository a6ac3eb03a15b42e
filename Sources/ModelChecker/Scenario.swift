package import Consensus

/// One search's bounds: how many rounds and values there are, who lies and who proposes first.
///
/// The liars sit at the last places. They never run: whatever they could say is there from the
/// beginning, for each receiver to hear or not.
package struct Scenario: Sendable, Equatable {
    package let roundCount: Int
    package let valueCount: Int
    package let byzantineCount: Int
    /// The place of the proposer of round 0; the next place proposes in the next round.
    package let firstProposer: Int
    /// A rule that the honest leave out.
    package let broken: RuleBreak?

    package init(
        roundCount: Int, valueCount: Int = 2, byzantineCount: Int = 1, firstProposer: Int,
        broken: RuleBreak? = nil
    ) {
        self.roundCount = min(max(roundCount, 1), Limits.roundCountMaximum)
        self.valueCount = min(max(valueCount, 1), Limits.valueCountMaximum)
        self.byzantineCount = min(max(byzantineCount, 0), Limits.byzantineCountMaximum)
        self.firstProposer = firstProposer % Limits.representativeCount
        self.broken = broken
    }

    /// Whether the properties have to hold: no rule is left out, and no more lie than four stand.
    package var isSound: Bool { broken == nil && byzantineCount <= 1 }

    /// How many rounds, values and liars a search may have.
    package static let roundCounts = 1...Limits.roundCountMaximum
    package static let valueCounts = 1...Limits.valueCountMaximum
    package static let byzantineCounts = 0...Limits.byzantineCountMaximum

    /// The scenarios that differ in who proposes when, if the honest are told apart by that alone.
    package static func all(
        roundCount: Int, valueCount: Int, byzantineCount: Int, broken: RuleBreak? = nil
    ) -> [Scenario] {
        var patterns: [[Int]] = []
        return (0..<Limits.representativeCount).compactMap { first in
            let scenario = Scenario(
                roundCount: roundCount, valueCount: valueCount, byzantineCount: byzantineCount,
                firstProposer: first, broken: broken)
            let pattern = scenario.proposerPattern
            guard !patterns.contains(pattern) else { return nil }
            patterns.append(pattern)
            return scenario
        }
    }

    /// The proposers by round: the honest in the order they first propose, liars as −1.
    private var proposerPattern: [Int] {
        var seen: [Int] = []
        return (0..<roundCount).map { round in
            let place = proposer(round)
            guard honest.contains(place) else { return -1 }
            if let index = seen.firstIndex(of: place) { return index }
            seen.append(place)
            return seen.count - 1
        }
    }

    var count: Int { Limits.representativeCount }
    var honestCount: Int { count - byzantineCount }
    var honest: Range<Int> { 0..<honestCount }
    var byzantine: Range<Int> { honestCount..<count }
    /// What stands for nil where a value is expected.
    var nilChoice: Int { valueCount }

    /// How many votes the honest take for a quorum.
    var quorum: Int {
        let quorum = 2 * count / 3 + 1
        return broken == .quorumOffByOne ? quorum - 1 : quorum
    }

    func proposer(_ round: Int) -> Int { (firstProposer + round) % count }

    /// Honest places that propose in no round of the search. Nothing tells them apart.
    var interchangeable: [Int] {
        honest.filter { place in !(0..<roundCount).contains { proposer($0) == place } }
    }
}

extension Scenario: CustomStringConvertible {
    package var description: String {
        let liars = byzantineCount == 1 ? "1 liar" : "\(byzantineCount) liars"
        let rule = broken.map { ", \($0.rawValue)" } ?? ""
        return "\(roundCount) rounds, \(valueCount) values, \(liars), place \(firstProposer) first"
            + rule
    }
}

/// What a representative can sign in a search.
enum Statement: Hashable, Sendable {
    /// `choice` is the value's number, or the number of values for nil.
    case vote(VoteKind, round: Int, choice: Int)
    case proposal(round: Int, value: Int, validRound: Int?)
}

extension Scenario {
    private var choiceCount: Int { valueCount + 1 }

    /// A vote's place among all statements.
    func number(_ kind: VoteKind, _ round: Int, _ choice: Int) -> Int {
        (2 * round + (kind == .prevote ? 0 : 1)) * choiceCount + choice
    }

    /// A proposal's place among all statements: after the votes, by round, value and valid round.
    func number(round: Int, value: Int, validRound: Int?) -> Int {
        let before = valueCount * round * (round + 1) / 2
        let offset = value * (round + 1) + (validRound.map { $0 + 1 } ?? 0)
        return 2 * roundCount * choiceCount + before + offset
    }

    /// Every statement, by number.
    var statements: [Statement] {
        var all: [Statement] = []
        for round in 0..<roundCount {
            for kind in [VoteKind.prevote, .precommit] {
                for choice in 0...valueCount {
                    all.append(.vote(kind, round: round, choice: choice))
                }
            }
        }
        for round in 0..<roundCount {
            for value in 0..<valueCount {
                all.append(.proposal(round: round, value: value, validRound: nil))
                for validRound in 0..<round {
                    all.append(.proposal(round: round, value: value, validRound: validRound))
                }
            }
        }
        return all
    }
}
