import Consensus
import Testing

@testable import ModelChecker

/// The search finds what is there, all of it, and nothing else. Bounds are small here; the command
/// `explore` goes further.
@Suite struct ExplorationTests {
    private func result(
        _ scenario: Scenario, seeking sought: [Property] = Property.allCases, limit: Int = 500_000
    ) throws -> Exploration.Result {
        var exploration = try Exploration(scenario, seeking: sought)
        return try exploration.run(limit: limit)
    }

    @Test func `with one liar of four every property holds in every state of one round`() throws {
        for scenario in Scenario.all(roundCount: 1, valueCount: 2, byzantineCount: 1) {
            let result = try result(scenario)
            #expect(result.violation == nil, "\(result.violation?.moves ?? [])")
            #expect(result.isComplete)
            #expect(result.decidedCount > 0)
            #expect(result.evidenceCount > 0)
        }
    }

    @Test func `without liars every property holds in every state of one round`() throws {
        for scenario in Scenario.all(roundCount: 1, valueCount: 2, byzantineCount: 0) {
            let result = try result(scenario)
            #expect(result.violation == nil, "\(result.violation?.moves ?? [])")
            #expect(result.isComplete)
            #expect(result.evidenceCount == 0)
        }
    }

    @Test func `hearing one message at a time leads nowhere that hearing what matters does not`()
        throws
    {
        for first in [0, 3] {
            let scenario = Scenario(roundCount: 1, valueCount: 1, firstProposer: first)
            var single = try Exploration(scenario, isSingle: true)
            let all = try single.run(limit: 60_000)
            #expect(all.violation == nil, "\(all.violation?.moves ?? [])")
            #expect(all.decidedCount > 0)
            var reduced = try Exploration(scenario, usesSymmetry: false)
            let few = try reduced.run(limit: 60_000)
            #expect(few.isComplete)
            #expect(single.found.isSubset(of: reduced.found))
        }
    }

    @Test func `participants that stand for one state go on alike`() throws {
        for scenario in Scenario.all(roundCount: 2, valueCount: 1, byzantineCount: 1) {
            var exploration = try Exploration(scenario, comparesExamples: true)
            let result = try exploration.run(limit: 20_000)
            #expect(result.violation == nil, "\(result.violation?.moves ?? [])")
        }
    }

    @Test(arguments: RuleBreak.allCases)
    func `a rule left out leads to disagreement`(broken: RuleBreak) throws {
        let result = try result(
            Scenario(roundCount: 2, firstProposer: 3, broken: broken), seeking: [.agreement])
        #expect(result.violation?.property == .agreement)
        #expect(result.violation?.moves.isEmpty == false)
    }

    @Test func `two liars of four lead to disagreement in one round`() throws {
        let result = try result(
            Scenario(roundCount: 1, byzantineCount: 2, firstProposer: 3), seeking: [.agreement])
        #expect(result.violation?.property == .agreement)
    }

    @Test func `a search that is cut short does not say that it is complete`() throws {
        let result = try result(Scenario(roundCount: 2, firstProposer: 0), limit: 100)
        #expect(!result.isComplete)
        #expect(result.violation == nil)
        #expect(result.stateCount >= 100)
    }
}

/// The parts of a search.
@Suite struct SearchPartTests {
    @Test func `statements are numbered without gaps and fit into a word`() {
        for rounds in Scenario.roundCounts {
            for values in Scenario.valueCounts {
                let scenario = Scenario(roundCount: rounds, valueCount: values, firstProposer: 0)
                let statements = scenario.statements
                #expect(statements.count <= 64)
                for (number, statement) in statements.enumerated() {
                    switch statement {
                    case .vote(let kind, let round, let choice):
                        #expect(scenario.number(kind, round, choice) == number)
                    case .proposal(let round, let value, let validRound):
                        #expect(
                            scenario.number(round: round, value: value, validRound: validRound)
                                == number)
                    }
                }
            }
        }
    }

    @Test func `a set of states grows and forgets nothing`() {
        var set = StateSet()
        let words = (0..<200_000 as Range<UInt64>).map { $0 &* 0x1_0000_0001 }
        var (added, addedAgain) = (0, 0)
        for word in words where set.insert(word) { added += 1 }
        for word in words where set.insert(word) { addedAgain += 1 }
        #expect(added == 200_000)
        #expect(addedAgain == 0)
        #expect(set.count == 200_000)
    }

    @Test func `proposer orders that only rename the honest are searched once`() {
        let two = Scenario.all(roundCount: 2, valueCount: 2, byzantineCount: 1)
        #expect(two.map(\.firstProposer) == [0, 2, 3])
        #expect(Scenario.all(roundCount: 3, valueCount: 2, byzantineCount: 1).count == 4)
        #expect(Scenario.all(roundCount: 2, valueCount: 2, byzantineCount: 0).count == 1)
    }

    @Test func `each property is told apart on what was signed and decided`() {
        let scenario = Scenario(roundCount: 2, firstProposer: 0)
        let check = PropertyCheck(scenario)
        func broken(_ words: [[Statement]], _ decided: SIMD4<Int8>) -> Property? {
            var sent = SIMD4<UInt64>()
            for (place, statements) in words.enumerated() {
                for statement in statements {
                    let number = scenario.statements.firstIndex(of: statement) ?? 0
                    sent[place] |= 1 << UInt64(number)
                }
            }
            return check.broken(Property.allCases, sent: sent, decided: decided)
        }
        let nobody = SIMD4<Int8>(repeating: -1)
        let lock = Statement.vote(.precommit, round: 0, choice: 0)
        let other = Statement.vote(.prevote, round: 1, choice: 1)
        let proposed = Statement.proposal(round: 0, value: 0, validRound: nil)
        #expect(broken([[], [], []], nobody) == nil)
        #expect(broken([[lock], [lock], []], nobody) == nil)
        #expect(broken([[lock, other], [lock, other], []], nobody) == .lock)
        #expect(broken([[lock], [], []], [0, -1, -1, -1]) == .validity)
        #expect(broken([[lock, proposed], [lock], []], [0, -1, -1, -1]) == nil)
        #expect(broken([[lock, proposed], [lock], []], [0, 1, -1, -1]) == .agreement)
        let first = Statement.vote(.prevote, round: 0, choice: 0)
        let second = Statement.vote(.prevote, round: 0, choice: 1)
        #expect(broken([[first], [second], []], nobody) == nil)
        #expect(broken([[first, second], [first], [second]], nobody) == .oneProof)
        #expect(check.contradictsItself(0b11) && !check.contradictsItself(0b1001))
    }
}
