import Consensus

/// A search with what has to come of it.
package struct PlannedExploration: Sendable {
    package enum Expectation: Sendable {
        /// Every property holds in every state.
        case holds
        /// Every property holds in as many states as the limit allows.
        case holdsWithinLimit
        /// Honest representatives come to disagree: a search that does not find that is blind.
        case disagreement
    }

    package let scenario: Scenario
    package let expectation: Expectation
    package let limit: Int

    package init(_ scenario: Scenario, _ expectation: Expectation, limit: Int) {
        self.scenario = scenario
        self.expectation = expectation
        self.limit = limit
    }

    package func run() throws -> Exploration.Result {
        let sought: [Property]
        switch expectation {
        case .holds, .holdsWithinLimit: sought = Property.allCases
        case .disagreement: sought = [.agreement]
        }
        var exploration = try Exploration(scenario, seeking: sought)
        return try exploration.run(limit: limit)
    }

    package func isMet(by result: Exploration.Result) -> Bool {
        switch expectation {
        case .holds: result.violation == nil && result.isComplete
        case .holdsWithinLimit: result.violation == nil
        case .disagreement: result.violation?.property == .agreement
        }
    }
}

/// Everything that has to be searched for the search to mean something.
package enum ExplorationPlan {
    /// How many states of the round after the last are visited.
    private static let glance = 500_000

    /// Every order of proposers with one liar; a glance at one round more, where a lock can be
    /// newer than a proof (L32); each broken rule and two liars, which have to be found out.
    package static func standard(
        roundCount: Int, valueCount: Int, limit: Int
    ) -> [PlannedExploration] {
        let sound = Scenario.all(
            roundCount: roundCount, valueCount: valueCount, byzantineCount: 1
        ).map { PlannedExploration($0, .holds, limit: limit) }
        let further = Scenario(
            roundCount: roundCount + 1, valueCount: valueCount, firstProposer: 1)
        // A lock matters from the second round on.
        let brokenRoundCount = max(roundCount, 2)
        let broken = RuleBreak.allCases.map {
            PlannedExploration(
                Scenario(
                    roundCount: brokenRoundCount, valueCount: Scenario.valueCounts.upperBound,
                    firstProposer: 3, broken: $0),
                .disagreement, limit: limit)
        }
        let beyond = PlannedExploration(
            Scenario(
                roundCount: roundCount, byzantineCount: 2, firstProposer: 3), .disagreement,
            limit: limit)
        return sound + [PlannedExploration(further, .holdsWithinLimit, limit: min(limit, glance))]
            + broken + [beyond]
    }
}
