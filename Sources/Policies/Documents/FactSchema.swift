import Encoding

/// What a policy says about the kinds and sizes of the facts it reads: for a path such as
/// `evidence.deposit.amount` a `FactKind`.
///
/// A fact that is there has to be as described. One that is not there is the rules' affair.
struct FactSchema: Sendable {
    private struct Fact: Sendable {
        let path: String
        let steps: [Text]
        let kind: FactKind
    }

    private let facts: [Fact]

    init(_ json: JSON?, _ path: String) throws(FormatError) {
        guard let json else {
            facts = []
            return
        }
        guard case .object(let object) = json else {
            throw FormatError(.shape, "\(path) has to be an object")
        }
        guard object.members.count <= Limits.schemaFactCountMaximum else {
            throw FormatError(
                .limit, "\(path) describes more than \(Limits.schemaFactCountMaximum) facts")
        }
        var facts: [Fact] = []
        for member in object.members {
            facts.append(try Self.fact(member.name, member.value, "\(path).\(member.name)"))
        }
        self.facts = facts
    }

    private static func fact(
        _ name: String, _ json: JSON, _ path: String
    ) throws(FormatError) -> Fact {
        let steps = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard steps.count > 1, ["application", "evidence"].contains(steps[0]),
            !steps.contains("")
        else {
            throw FormatError(
                .shape, "\(path) has to be a path such as evidence.deposit.amount")
        }
        guard steps.count <= Limits.schemaPathStepCountMaximum else {
            throw FormatError(
                .limit,
                "\(path.prefix(80))… has more than \(Limits.schemaPathStepCountMaximum) names")
        }
        return Fact(
            path: name, steps: steps.map { Text($0) }, kind: try FactKind(json, path))
    }

    /// What the type checker may count on, each path once. What a fact stands in is a map.
    var types: [(path: String, type: CheckedType)] {
        var types: [(path: String, type: CheckedType)] = []
        var seen: Set<String> = []
        for fact in facts where seen.insert(fact.path).inserted {
            types.append((fact.path, fact.kind.checked))
        }
        for fact in facts {
            let names = fact.steps.map(\.string)
            for count in 2..<names.count {
                let path = names[..<count].joined(separator: ".")
                if seen.insert(path).inserted { types.append((path, .map(.string, .dyn))) }
            }
        }
        return types
    }

    /// How large an input can be, as far as its facts are described.
    /// - Parameter name: `application` or `evidence`.
    func extent(_ name: String) -> Extent {
        let name = Text(name)
        return Self.extent(
            facts.filter { $0.steps[0] == name }.map { ($0.steps.dropFirst(), $0.kind) })
    }

    private static func extent(_ facts: [(steps: ArraySlice<Text>, kind: FactKind)]) -> Extent {
        var fields: [(name: Text, extent: Extent)] = []
        for fact in facts {
            guard let name = fact.steps.first, !fields.contains(where: { $0.name == name })
            else { continue }
            let own = facts.filter { $0.steps.first == name }
            let parts = own.filter { $0.steps.count > 1 }.map { ($0.steps.dropFirst(), $0.kind) }
            // A map may be described as a whole and by its parts; the parts say more.
            let whole = own.first { $0.steps.count == 1 }
            let extent = parts.isEmpty ? whole?.kind.extent ?? .unknown : extent(parts)
            fields.append((name, extent))
        }
        return .object(fields, isComplete: false)
    }

    /// An input with its whole numbers as the kinds the schema says: JSON knows one kind only, and
    /// `3` may be meant as a uint or a double.
    /// - Parameter name: `application` or `evidence`.
    func fitted(_ input: Value, _ name: String) -> Value {
        var input = input
        for fact in facts where fact.kind.changesNumbers {
            guard fact.steps[0].string.utf8.elementsEqual(name.utf8) else { continue }
            input = Self.fitted(input, fact.steps.dropFirst(), fact.kind)
        }
        return input
    }

    private static func fitted(
        _ value: Value, _ steps: ArraySlice<Text>, _ kind: FactKind
    ) -> Value {
        guard let step = steps.first else { return kind.fitted(value) }
        guard case .map(let map) = value, let inner = map.value(named: step) else { return value }
        return .map(map.replacing(step, with: fitted(inner, steps.dropFirst(), kind)))
    }

    /// What of the inputs, once `fitted`, is not as described.
    func findings(application: Value, evidence: Value) -> [Finding] {
        facts.compactMap { fact in
            var value = fact.steps[0] == "application" ? application : evidence
            for step in fact.steps.dropFirst() {
                guard case .map(let map) = value, let next = map.value(named: step) else {
                    return nil
                }
                value = next
            }
            return fact.kind.problem(with: value).map { problem in
                Finding(
                    rule: "schema", reason: Finding.Reason.schemaMismatch,
                    message: "\(fact.path)\(problem)")
            }
        }
    }
}
