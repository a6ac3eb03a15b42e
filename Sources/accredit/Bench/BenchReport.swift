import Encoding

/// What a benchmark found: rates, each beside the limit it is held against, and whether the bars
/// that the project set itself are met. A figure without its limit says more about the machine than
/// about the program.
struct BenchReport: Sendable {
    struct Rate: Sendable {
        let name: String
        let perSecond: Double
        /// The name of the rate it is held against, and the part of it that was reached.
        var limit: (name: String, ratio: Double)?
    }

    /// A mark that was set before measuring.
    struct Bar: Sendable {
        enum Measure: Sendable {
            /// Of a limit measured in the same run.
            case ratio(Double, atLeast: Double)
            case perSecond(Double, atLeast: Double)
            case count(Int, atMost: Int)
        }

        let what: String
        let measure: Measure

        var isMet: Bool {
            switch measure {
            case .ratio(let value, let mark), .perSecond(let value, let mark): value >= mark
            case .count(let value, let mark): value <= mark
            }
        }
    }

    let name: String
    /// What was measured under which conditions, in order.
    var facts: [(name: String, value: JSON)] = []
    var rates: [Rate] = []
    var bars: [Bar] = []
    /// What was measured, in full, for a program that measures the same elsewhere.
    var material: JSON?

    var json: JSON {
        var members: [(String, JSON)] = [
            ("bench", JSON(name)),
            ("facts", .object(JSONObject(facts.map { ($0.name, $0.value) }))),
            ("rates", .array(rates.map(\.json))), ("bars", .array(bars.map(\.json))),
        ]
        if let material { members.append(("material", material)) }
        return .object(JSONObject(members))
    }

    func text(_ console: Console) -> String {
        let rows = rates.map { rate in
            [
                rate.name, Self.grouped(rate.perSecond),
                rate.limit.map { Self.percent($0.ratio) } ?? "", rate.limit?.name ?? "",
            ]
        }
        let facts = facts.map { ($0.name, $0.value.plain ?? "") }
        return [
            Table.pairs(facts),
            console.table(Table(["RATE", "PER SECOND", "RATIO", "OF THE LIMIT"], rows)),
            bars.map(\.text).joined(separator: "\n"),
        ].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// `95 %`, rounded down: a bar is not met by rounding.
    static func percent(_ ratio: Double) -> String { "\(Int((ratio * 100).rounded(.down))) %" }

    /// `1.97`.
    static func hundredths(_ value: Double) -> String {
        let digits = Int((value * 100).rounded())
        return "\(digits / 100)." + (digits % 100 < 10 ? "0" : "") + "\(digits % 100)"
    }

    /// `24,192`.
    static func grouped(_ value: Double) -> String {
        let digits = Array(String(Int(value.rounded())))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }
}

extension BenchReport.Rate {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = [
            ("name", JSON(name)), ("perSecond", JSON(Int(perSecond.rounded()))),
        ]
        if let limit {
            members.append(("limit", JSON(limit.name)))
            members.append(("percent", JSON(Int((limit.ratio * 100).rounded(.down)))))
        }
        return .object(JSONObject(members))
    }
}

extension BenchReport.Bar {
    fileprivate var json: JSON {
        let (unit, measured, bound, mark) =
            switch measure {
            case .ratio(let value, let mark):
                ("percent", Int((value * 100).rounded(.down)), "atLeast", mark * 100)
            case .perSecond(let value, let mark):
                ("perSecond", Int(value.rounded(.down)), "atLeast", mark)
            case .count(let value, let mark): ("count", value, "atMost", Double(mark))
            }
        return .object(
            JSONObject([
                ("what", JSON(what)), ("unit", JSON(unit)), ("measured", JSON(measured)),
                (bound, JSON(Int(mark.rounded()))), ("met", JSON(isMet)),
            ]))
    }

    fileprivate var text: String {
        let found =
            switch measure {
            case .ratio(let value, let mark):
                "\(BenchReport.percent(value)), at least \(BenchReport.percent(mark)) wanted"
            case .perSecond(let value, let mark):
                "\(BenchReport.grouped(value)) a second, at least \(BenchReport.grouped(mark)) "
                    + "wanted"
            case .count(let value, let mark): "\(value), at most \(mark) wanted"
            }
        return "bar \(isMet ? "met" : "not met"): \(what): \(found)"
    }
}
