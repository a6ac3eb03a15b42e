import Encoding
import Policies

/// A policy of eight conditions: how fast it is compiled and evaluated with costs counted, beside
/// reading the same documents as JSON and beside the same conditions written in Swift.
struct PolicyBench {
    /// CPU seconds in all.
    let seconds: Double
    /// Everything is measured once a round; the medians count.
    let rounds: Int
    /// How often is evaluated before the memory that is kept is looked at; ten times that between.
    var repeats = 10_000

    private struct Operation {
        let name: String
        /// The operation that is its limit.
        var limit: String?
        let run: () throws -> Bool
    }

    static let judged = "judged, facts ready"
    static let compiled = "policy parsed, checked and planned"
    private static let byHand = "the same conditions in the program"
    private static let documentRead = "policy read as JSON"
    private static let applicationRead = "application read as JSON"

    /// The marks set before measuring.
    private static let judgementsPerSecond = 200_000.0
    private static let compilationsPerSecond = 5_000.0

    private let document = Array(BenchPolicy.document.utf8)

    func run(_ progress: Progress) throws -> BenchReport {
        let policy = try PolicyDocument.parse(document)
        let inputs = try ready(BenchPolicy.passing, policy)
        let operations = try operations(policy, inputs)
        let slice = seconds / Double(rounds * operations.count)
        var rates = [[Double]](repeating: [], count: operations.count)
        for round in 0..<rounds {
            progress.step("measuring", done: round, total: rounds)
            for (index, operation) in operations.enumerated() {
                rates[index].append(try CPUTime.rate(seconds: slice, operation.run))
            }
        }
        progress.step("repeating")
        let growth = try growth { policy.evaluate(inputs).verdict == .pass }
        var report = BenchReport(name: "policy")
        report.facts = facts(policy, inputs) + growth.facts
        for (index, operation) in operations.enumerated() {
            let limit = operations.firstIndex { $0.name == operation.limit }
            let ratio = limit.map { zip(rates[index], rates[$0]).map { $0 / $1 }.median }
            report.rates.append(
                BenchReport.Rate(
                    name: operation.name, perSecond: rates[index].median,
                    limit: ratio.map { (operation.limit ?? "", $0) }))
        }
        report.bars = bars(report.rates, growth.bytes)
        report.material = [
            "policy": try JSON.parse(document), "now": .string(BenchPolicy.now),
            "passing": try JSON.parse(BenchPolicy.passing),
            "refused": try JSON.parse(BenchPolicy.refused),
            "refusing": .array(BenchPolicy.refusing.map { .string($0) }),
        ]
        return report
    }

    // MARK: Operations

    private func ready(
        _ application: String, _ policy: PolicyDocument
    ) throws -> PolicyDocument.Inputs {
        try policy.inputs(
            application: try JSON.parse(application), evidence: [:],
            now: try Instant(rfc3339: BenchPolicy.now))
    }

    private func operations(
        _ policy: PolicyDocument, _ inputs: PolicyDocument.Inputs
    ) throws -> [Operation] {
        let refused = try ready(BenchPolicy.refused, policy)
        let hand = try HandWrittenPolicy(
            application: try JSON.parse(BenchPolicy.passing),
            now: try Instant(rfc3339: BenchPolicy.now))
        let document = document
        return [
            Operation(name: Self.byHand) { try hand.holds() },
            Operation(name: Self.judged, limit: Self.byHand) {
                let outcome = policy.evaluate(inputs)
                return outcome.verdict == .pass && outcome.cost == BenchPolicy.cost
            },
            Operation(name: "judged, five findings", limit: Self.byHand) {
                policy.evaluate(refused).findings.map(\.rule) == BenchPolicy.refusing
            },
            Operation(name: Self.applicationRead) {
                try JSON.parse(BenchPolicy.passing)["credit"] != nil
            },
            Operation(name: "application read and judged", limit: Self.applicationRead) {
                policy.evaluate(try ready(BenchPolicy.passing, policy)).verdict == .pass
            },
            Operation(name: Self.documentRead) { try JSON.parse(document)["rules"] != nil },
            Operation(name: Self.compiled, limit: Self.documentRead) {
                try PolicyDocument.parse(document).rules.count == 8
            },
        ]
    }

    // MARK: Report

    /// Bytes that the program holds more after ten times as many evaluations.
    private func growth(
        _ body: () throws -> Bool
    ) throws -> (bytes: Int, facts: [(name: String, value: JSON)]) {
        func held(after repeats: Int) throws -> Int {
            for _ in 0..<repeats {
                guard try body() else {
                    throw Failure(.failure, "bench.wrong", "an operation measured here failed")
                }
            }
            return AllocatedMemory.byteCount()
        }
        let before = try held(after: 1)
        let few = try held(after: repeats) - before
        let many = try held(after: 10 * repeats) - before
        let value = "\(few) bytes after \(repeats), \(many) after \(11 * repeats)"
        return (many - few, [("memory kept by evaluations", .string(value))])
    }

    private func facts(
        _ policy: PolicyDocument, _ inputs: PolicyDocument.Inputs
    ) -> [(name: String, value: JSON)] {
        [
            ("rounds", JSON(rounds)), ("threads", 1),
            ("rates", "per second of thread CPU time; medians of the rounds"),
            ("conditions", JSON(policy.rules.count)),
            ("cost of a judgement", JSON(policy.evaluate(inputs).cost)),
        ]
    }

    private func bars(_ rates: [BenchReport.Rate], _ growth: Int) -> [BenchReport.Bar] {
        func perSecond(_ name: String) -> Double {
            rates.first { $0.name == name }?.perSecond ?? 0
        }
        return [
            .init(
                what: Self.judged,
                measure: .perSecond(
                    perSecond(Self.judged), atLeast: Self.judgementsPerSecond)),
            .init(
                what: Self.compiled,
                measure: .perSecond(
                    perSecond(Self.compiled), atLeast: Self.compilationsPerSecond)),
            .init(
                what: "bytes kept by \(10 * repeats) more evaluations",
                measure: .count(growth, atMost: 0)),
        ]
    }
}
