import Encoding
import Policies

/// A part of the language that is given mutated inputs, and what has to hold whatever they are.
/// Apart from that it must not trap, run on or fill the memory, which the worker sees to.
enum Target: String, CaseIterable {
    case lexer, parser, checker, evaluator, documents, patterns

    /// Something that has to hold and does not.
    struct Problem: Error {
        let what: String
    }

    var corpus: [[UInt8]] {
        switch self {
        case .lexer, .parser, .checker, .evaluator: Corpus.expressions
        case .documents: Corpus.documents
        case .patterns: Corpus.patterns
        }
    }

    /// Whether the input was accepted.
    func accepts(_ input: [UInt8], _ chance: inout Chance) throws(Problem) -> Bool {
        switch self {
        case .lexer: try Self.lex(input)
        case .parser: try Self.parse(String(decoding: input, as: UTF8.self))
        case .checker: try Self.check(String(decoding: input, as: UTF8.self), &chance)
        case .evaluator: try Self.evaluate(String(decoding: input, as: UTF8.self), &chance)
        case .documents: try Self.judge(input, &chance)
        case .patterns: try Self.match(input, &chance)
        }
    }

    // MARK: Expressions

    /// Tokens come in order, and each takes a byte or more.
    private static func lex(_ input: [UInt8]) throws(Problem) -> Bool {
        var lexer = Lexer(input)
        var last = -1
        for _ in 0...input.count {
            guard let token = try? lexer.next() else { return false }
            guard token.offset > last, token.offset <= input.count else {
                throw Problem(what: "a token at \(token.offset) after one at \(last)")
            }
            if token.kind == .end { return true }
            last = token.offset
        }
        throw Problem(what: "more tokens than bytes")
    }

    /// Parsed and planned; nothing is known of types.
    private static func parse(_ source: String) throws(Problem) -> Bool {
        do throws(ExpressionError) {
            _ = try Expression.compile(source, Facts.unchecked)
            return true
        } catch {
            guard error.line > 0, error.column > 0, !error.detail.isEmpty else {
                throw Problem(what: "an error without its place: \(error)")
            }
            return false
        }
    }

    /// What checks has a type and is accepted again.
    private static func check(
        _ source: String, _ chance: inout Chance
    ) throws(Problem) -> Bool {
        let environment = chance.happens(oneIn: 3) ? Facts.contract : Facts.checked
        guard let expression = try? Expression.compile(source, environment) else { return false }
        guard let type = expression.type else { throw Problem(what: "checked and without a type") }
        guard !type.description.isEmpty else { throw Problem(what: "a type without a name") }
        return true
    }

    private static let budgets = [0, 1, 10, 100, 1_000, 100_000]

    /// An evaluation costs no more than its budget and no more than its bound, and the same again;
    /// with one unit less than its cost it ends at the budget.
    private static func evaluate(
        _ source: String, _ chance: inout Chance
    ) throws(Problem) -> Bool {
        let environment = chance.pick([Facts.unchecked, Facts.checked, Facts.contract])
        guard let expression = try? Expression.compile(source, environment) else { return false }
        let budget = chance.pick(budgets)
        let first = expression.evaluate(Facts.values, budget: budget)
        guard first.cost <= budget else {
            throw Problem(what: "a cost of \(first.cost) within a budget of \(budget)")
        }
        if case .failure(let error) = first.result, error.code == .budget {
            guard first.cost == budget else {
                throw Problem(what: "the budget of \(budget) was exceeded by \(first.cost)")
            }
            return true
        }
        if let bound = expression.costBound, first.cost > bound, environment.profile == .contract {
            throw Problem(what: "a cost of \(first.cost) and a bound of \(bound)")
        }
        guard expression.evaluate(Facts.values, budget: first.cost).cost == first.cost else {
            throw Problem(what: "another cost than \(first.cost) the second time")
        }
        guard first.cost > 0 else { return true }
        let less = expression.evaluate(Facts.values, budget: first.cost - 1).result
        guard case .failure(let error) = less, error.code == .budget else {
            throw Problem(what: "a cost of \(first.cost) fits a budget of one less")
        }
        return true
    }

    // MARK: Documents and patterns

    /// A policy that is loaded judges whatever it is given, within its budget.
    private static func judge(
        _ input: [UInt8], _ chance: inout Chance
    ) throws(Problem) -> Bool {
        guard let policy = try? PolicyDocument.parse(input) else { return false }
        let budget = min(policy.budget, chance.pick(budgets))
        let outcome = policy.evaluate(
            application: chance.pick(Facts.applications), evidence: chance.pick(Facts.evidence),
            now: Instant(seconds: 1_795_000_000), budget: budget)
        guard outcome.cost <= budget else {
            throw Problem(what: "a cost of \(outcome.cost) within a budget of \(budget)")
        }
        guard (outcome.verdict == .pass) == outcome.findings.isEmpty else {
            throw Problem(what: "a verdict of \(outcome.verdict) with \(outcome.findings.count)")
        }
        return true
    }

    /// A match costs no more than its budget.
    private static func match(
        _ input: [UInt8], _ chance: inout Chance
    ) throws(Problem) -> Bool {
        let pattern = Text(String(decoding: input, as: UTF8.self))
        let text = Text(String(decoding: chance.pick(Corpus.texts), as: UTF8.self))
        let budget = chance.pick([10, 1_000, 100_000])
        let evaluation = Facts.matching.evaluate(
            ["t": .string(text), "p": .string(pattern)], budget: budget)
        guard evaluation.cost <= budget else {
            throw Problem(what: "a cost of \(evaluation.cost) within a budget of \(budget)")
        }
        if case .success = evaluation.result { return true }
        return false
    }
}
