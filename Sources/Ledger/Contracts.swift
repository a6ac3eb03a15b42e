package import Encoding
internal import Policies

/// The contract rules of a network: for a type of transaction, conditions in CEL that have to be
/// true of each of them. Every node evaluates them, to the same answer at the same cost.
///
/// `{"vote": [{"id": "early", "expression": "block.height > 10", "message": "voting begins at
/// block 11"}]}`, checked and compiled once, when the parameters are read. `ContractSchema` has
/// what the rules see.
package struct Contracts: Sendable, Equatable {
    /// A rule ready to evaluate.
    struct Rule: Sendable {
        let id: String
        let message: String
        let expression: Expression
    }

    private final class Compiled: Sendable {
        let rules: [String: [Rule]]

        init(_ rules: [String: [Rule]]) { self.rules = rules }
    }

    /// As written.
    package let json: JSON
    /// What all rules about one transaction may cost together, in units of about 50 ns.
    let budget: Int
    private let compiled: Compiled

    package var isEmpty: Bool { compiled.rules.isEmpty }

    /// The rules about a type of transaction, in their order.
    func rules(for type: String) -> [Rule] { compiled.rules[type] ?? [] }

    package static func == (left: Contracts, right: Contracts) -> Bool {
        left.json.bytes == right.json.bytes && left.budget == right.budget
    }

    /// - Throws: `genesis`, naming the rule, with the place in its expression and a caret.
    init(_ json: JSON?, budget: Int) throws {
        self.json = json ?? .object(JSONObject([]))
        self.budget = budget
        var fields = try Fields(self.json, "parameters.contracts")
        var rules: [String: [Rule]] = [:]
        for type in ContractSchema.transactionTypes where self.json[type] != nil {
            let list = try fields.objects(
                type, maximumCount: Limits.contractRulesPerTypeMaximum)
            rules[type] = try Self.rules(list, type, budget)
        }
        do { try fields.end() } catch {
            throw LedgerError(
                .genesis,
                "\(error); contracts are about "
                    + ContractSchema.transactionTypes.joined(separator: ", "))
        }
        compiled = Compiled(rules)
    }

    private static func rules(_ list: [Fields], _ type: String, _ budget: Int) throws -> [Rule] {
        guard !list.isEmpty else {
            throw LedgerError(.genesis, "contracts.\(type) has no rule; leave it out")
        }
        guard let environment = ContractSchema.environment(for: type) else {
            throw LedgerError(.genesis, "there are no contracts about \(type)")
        }
        var rules: [Rule] = []
        var total = 0
        for var fields in list {
            let id = try fields.string("id", maximumByteCount: Limits.contractNameByteCountMaximum)
            guard !id.isEmpty, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw fields.error("id", "is printable ASCII without spaces")
            }
            guard !rules.contains(where: { $0.id.hasSameBytes(as: id) }) else {
                throw LedgerError(.genesis, "two rules of contracts.\(type) have the id \(id)")
            }
            let message = try fields.string(
                "message", maximumByteCount: Limits.contractMessageByteCountMaximum)
            let source = try fields.string("expression")
            try fields.end()
            let place = "contracts.\(type), rule \(id)"
            let expression = try compile(source, environment, wanted: "bool", place)
            let (sum, overflow) = total.addingReportingOverflow(
                try bound(of: expression, budget, place))
            guard !overflow, sum <= budget else {
                throw LedgerError(
                    .genesis,
                    "\(place): the rules about \(type) may cost \(sum) units together, at most "
                        + "\(budget) are allowed; write simpler ones or raise contractBudget")
            }
            total = sum
            rules.append(Rule(id: id, message: message, expression: expression))
        }
        return rules
    }

    /// Compiles an expression that has to be of a type.
    static func compile(
        _ source: String, _ environment: Environment, wanted: String, _ place: String
    ) throws(LedgerError) -> Expression {
        do {
            let expression = try Expression.compile(source, environment)
            let type = expression.type.map(\.description) ?? "dyn"
            guard type.hasSameBytes(as: wanted) else {
                throw LedgerError(.genesis, "\(place): the expression is \(type), not \(wanted)")
            }
            return expression
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.genesis, "\(place): \(error)")
        }
    }

    /// What an expression can cost at most.
    static func bound(
        of expression: Expression, _ budget: Int, _ place: String
    ) throws(LedgerError) -> Int {
        guard let bound = expression.costBound else {
            throw LedgerError(
                .genesis,
                "\(place): what the expression can cost is not bounded; compare values of one kind")
        }
        guard bound <= budget else {
            throw LedgerError(
                .genesis,
                "\(place): the expression may cost \(bound) units, at most \(budget) are allowed")
        }
        return bound
    }
}
