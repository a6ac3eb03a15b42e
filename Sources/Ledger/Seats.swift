package import Encoding
internal import Policies

/// How many seats an election fills: a number, or a contract expression over `nodes` (those that
/// ever stood or are representatives) and `candidates` (those that can be seated at this election),
/// so that the seats may grow with the network.
package struct Seats: Sendable, Equatable {
    private enum Rule: Sendable {
        case fixed(Int)
        case computed(String, Expression)
    }

    private let rule: Rule

    /// The number, when it is fixed.
    package var fixed: Int? {
        if case .fixed(let count) = rule { count } else { nil }
    }

    /// As written: a number or the text of an expression.
    package var json: JSON {
        switch rule {
        case .fixed(let count): .number(JSONNumber(Int64(count)))
        case .computed(let source, _): .string(source)
        }
    }

    package static func == (left: Seats, right: Seats) -> Bool {
        left.json.bytes == right.json.bytes
    }

    /// - Throws: `genesis`, with the place in the expression and a caret.
    init(_ json: JSON) throws(LedgerError) {
        if let source = json.stringValue {
            let expression = try Contracts.compile(
                source, Self.environment, wanted: "int", "seats")
            _ = try Contracts.bound(of: expression, Limits.seatsBudget, "seats")
            rule = .computed(source, expression)
            return
        }
        guard let count = json.int64Value, (1...Self.maximum).contains(count) else {
            throw LedgerError(
                .genesis,
                "seats is a number of 1 to \(Self.maximum), or an expression over nodes and "
                    + "candidates such as \"math.least(21, 3 + nodes / 10)\"")
        }
        rule = .fixed(Int(count))
    }

    private static let maximum = Int64(Limits.representativesMaximum)
    private static let environment = Environment(contract: [("nodes", .int), ("candidates", .int)])

    /// The seats of one election, or why there is no number. More than the greatest number of
    /// representatives counts as that number.
    func count(nodes: Int, candidates: Int, atLeast minimum: Int) -> Result<Int, SeatsError> {
        switch rule {
        case .fixed(let count):
            return .success(count)
        case .computed(_, let expression):
            let inputs: [String: Value] = [
                "nodes": .int(Int64(nodes)), "candidates": .int(Int64(candidates)),
            ]
            switch expression.evaluate(inputs, budget: Limits.seatsBudget).result {
            case .success(.int(let count)) where count >= Int64(minimum):
                return .success(Int(min(count, Self.maximum)))
            case .success(.int(let count)):
                return .failure(
                    SeatsError(detail: "seats gives \(count), and minimumSeats is \(minimum)"))
            case .success(let value):
                return .failure(SeatsError(detail: "seats gives a \(value.typeName.rawValue)"))
            case .failure(let error):
                return .failure(SeatsError(detail: "seats cannot be computed: \(error.detail)"))
            }
        }
    }
}

/// Why an election has no number of seats.
struct SeatsError: Error {
    let detail: String
}
