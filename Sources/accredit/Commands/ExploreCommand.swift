import Consensus
import Encoding
import ModelChecker

/// `explore`: every state that four representatives can come to.
enum ExploreCommand {
    static let all = [explore]

    private static let rounds = Option.value(
        "rounds", "N", "how many rounds of a height", standard: "2")
    private static let values = Option.value(
        "values", "N", "how many values may be proposed", standard: "2")
    private static let byzantine = Option.value(
        "byzantine", "N", "search only this number of liars of four")
    private static let mutant = Option.value(
        "mutant", "NAME",
        "search only with this rule left out: "
            + RuleBreak.allCases.map(\.rawValue).joined(separator: ", "))
    private static let limit = Option.value(
        "limit", "STATES", "stop a search after this many states", standard: "5000000")

    static let explore = Command(
        path: ["explore"],
        summary: "Search every state that four representatives can come to on one height",
        discussion: """
            The machines are the node's own; one of the four lies as it likes. Messages come in any
            order, late or never, and timers fire at any time once they run. In every state honest
            representatives have to agree and keep their locks, no round may prove two values, no
            vote may be doubled, no accusation be wrong. Then each rule that a machine could leave
            out is left out, and two of the four lie: the search has to find disagreement there.
            With --byzantine or --mutant only that is searched, and what it finds is printed move by
            move. Exits 6 when a property is broken, or not broken where it has to be.
            """,
        options: [rounds, values, byzantine, mutant, limit],
        examples: [
            .init("accredit explore", "the whole of it, in about half a minute"),
            .init(
                "accredit explore --mutant lock-ignored",
                "how representatives without locks come to disagree"),
            .init(
                "accredit explore --rounds 3 --byzantine 1 --limit 100000000",
                "one round more, for as long as it takes"),
        ],
        run: { invocation in
            let bounds = Bounds(
                rounds: try number(rounds, in: Scenario.roundCounts, of: invocation) ?? 2,
                values: try number(values, in: Scenario.valueCounts, of: invocation) ?? 2,
                limit: try number(limit, in: 1...1_000_000_000, of: invocation) ?? 5_000_000)
            let liars = try number(byzantine, in: Scenario.byzantineCounts, of: invocation)
            let broken = try rule(invocation)
            if liars != nil || broken != nil {
                return try search(bounds, liars: liars ?? 1, broken, invocation.console)
            }
            try searchAll(bounds, invocation.console)
        })

    private struct Bounds {
        let rounds: Int
        let values: Int
        let limit: Int
    }

    private static func number(
        _ option: Option, in range: ClosedRange<Int>, of invocation: Invocation
    ) throws -> Int? {
        try invocation.integer(option, in: Int64(range.lowerBound)...Int64(range.upperBound))
            .map { Int($0) }
    }

    private static func rule(_ invocation: Invocation) throws -> RuleBreak? {
        guard let name = try invocation.text(mutant) else { return nil }
        guard let rule = RuleBreak(rawValue: name) else {
            let names = RuleBreak.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure.usage(
                "--mutant is \"\(name)\"", code: "usage.bad-value", why: "it is one of \(names)")
        }
        return rule
    }

    // MARK: One

    private static func search(
        _ bounds: Bounds, liars: Int, _ broken: RuleBreak?, _ console: Console
    ) throws {
        for scenario in Scenario.all(
            roundCount: bounds.rounds, valueCount: bounds.values, byzantineCount: liars,
            broken: broken)
        {
            let isBroken = broken != nil || liars > 1
            let planned = PlannedExploration(
                scenario, isBroken ? .disagreement : .holds, limit: bounds.limit)
            let result = try planned.run()
            let report = ExplorationReport(planned, result)
            console.result(report.json) {
                ([report.line] + (result.violation?.moves ?? [])).joined(separator: "\n  ")
            }
            if let violation = result.violation {
                throw Failure(
                    .verification, "explorer.broken", "a property does not hold",
                    why: violation.property.rawValue)
            }
        }
    }

    // MARK: All

    private static func searchAll(_ bounds: Bounds, _ console: Console) throws {
        var reports: [ExplorationReport] = []
        var lineCounts: [PaperLine: Int] = [:]
        for planned in ExplorationPlan.standard(
            roundCount: bounds.rounds, valueCount: bounds.values, limit: bounds.limit)
        {
            let result = try planned.run()
            reports.append(ExplorationReport(planned, result))
            if planned.scenario.isSound {
                lineCounts.merge(result.lineCounts, uniquingKeysWith: +)
            }
        }
        let missed = PaperLine.allCases.filter { lineCounts[$0] == nil }
        let failed = reports.filter { !$0.isMet }.count + (missed.isEmpty ? 0 : 1)
        let passed = reports.count + 1 - failed
        let object: JSON = [
            "searches": .array(reports.map(\.json)),
            "lines": .array(
                PaperLine.allCases.map {
                    ["line": JSON(UInt64($0.rawValue)), "count": JSON(lineCounts[$0] ?? 0)]
                }),
            "passed": JSON(passed), "failed": JSON(failed),
        ]
        console.result(object) {
            let lines = PaperLine.allCases.map {
                "  L\($0.rawValue)  \(lineCounts[$0] ?? 0) times: \($0.meaning)"
            }
            return
                (reports.map(\.line) + ["lines of arXiv:1807.04938, algorithm 1, gone through:"]
                + lines + ["explorer: \(passed) passed, \(failed) failed"])
                .joined(separator: "\n")
        }
        guard failed == 0 else {
            let names = reports.filter { !$0.isMet }.map(\.line)
            let lines = missed.map { "L\($0.rawValue) was not reached" }
            throw Failure(
                .verification, "explorer.failed", "the search did not end as it has to",
                why: (names + lines).joined(separator: "\n       "))
        }
    }
}

/// One search in a line, and as JSON.
private struct ExplorationReport {
    let isMet: Bool
    let line: String
    let json: JSON

    init(_ planned: PlannedExploration, _ result: Exploration.Result) {
        isMet = planned.isMet(by: result)
        let scenario = result.scenario
        let name = scenario.description
        let outcome: String
        if let violation = result.violation {
            outcome = "\(violation.property) broken after \(violation.moves.count) moves"
        } else {
            outcome =
                result.isComplete ? "everything holds, all visited" : "everything holds so far"
        }
        line =
            "\(isMet ? "ok  " : "FAIL") \(name): \(outcome); \(result.stateCount) states, "
            + "\(result.transitionCount) transitions, depth \(result.depth), "
            + "\(result.participantStateCount) states of one, \(result.stepCount) moves played"
        json = [
            "scenario": JSON(name), "met": JSON(isMet), "outcome": JSON(outcome),
            "states": JSON(result.stateCount), "transitions": JSON(result.transitionCount),
            "depth": JSON(result.depth), "complete": JSON(result.isComplete),
            "decided": JSON(result.decidedCount), "evidence": JSON(result.evidenceCount),
            "moves": .array((result.violation?.moves ?? []).map { JSON($0) }),
        ]
    }
}
