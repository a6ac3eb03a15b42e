import Encoding

/// What a policy says about the kinds and sizes of the facts it reads: for a path such as
/// `evidence.deposit.amount` a kind (`"int"`), or `{"type": "list", "maximum": 16}` with the most
/// elements, code points or bytes it may have.
///
/// A fact that is there has to be as described. One that is not there is the rules' affair.
struct FactSchema: Sendable {
    private struct Fact: Sendable {
        let path: String
        let steps: [Text]
        let type: TypeName
        let maximum: Int?
    }

    private let facts: [Fact]

    private static let kinds: [TypeName] = [
        .bool, .int, .uint, .double, .string, .list, .map, .timestamp,
    ]

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
        var maximum: Int?
        let kind: String
        if case .string(let text) = json {
            kind = text
        } else {
            var fields = try Fields(json, path)
            kind = try fields.string("type", maximumByteCount: Limits.nameByteCountMaximum)
            maximum = try fields.optionalInt("maximum", in: 0...Limits.textByteCountMaximum)
            try fields.end()
        }
        guard let type = kinds.first(where: { Self.name($0) == kind }) else {
            let names = kinds.map { Self.name($0) }.joined(separator: ", ")
            throw FormatError(.shape, "\(path) has an unknown kind; there are: \(names)")
        }
        guard maximum == nil || [.string, .list, .map].contains(type) else {
            throw FormatError(.shape, "\(path).maximum bounds a string, list or map only")
        }
        return Fact(path: name, steps: steps.map { Text($0) }, type: type, maximum: maximum)
    }

    private static func name(_ type: TypeName) -> String {
        type == .timestamp ? "timestamp" : type.rawValue
    }

    /// What the type checker may count on, each path once. A time is text in JSON. What a fact
    /// stands in is a map.
    var types: [(path: String, type: CheckedType)] {
        var types: [(path: String, type: CheckedType)] = []
        var seen: Set<String> = []
        for fact in facts where seen.insert(fact.path).inserted {
            types.append((fact.path, Self.checkedType(fact.type)))
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

    private static func checkedType(_ kind: TypeName) -> CheckedType {
        switch kind {
        case .map: .map(.string, .dyn)
        case .timestamp: .string
        case .null, .bool, .int, .uint, .double, .string, .bytes, .list, .duration, .type,
            .optional, .address, .network:
            CheckedType(kind)
        }
    }

    /// An input with its whole numbers as the kinds the schema says: JSON knows one kind only, and
    /// `3` may be meant as a uint or a double.
    /// - Parameter name: `application` or `evidence`.
    func fitted(_ input: Value, _ name: String) -> Value {
        var input = input
        for fact in facts where fact.type == .uint || fact.type == .double {
            guard fact.steps[0].string.utf8.elementsEqual(name.utf8) else { continue }
            input = Self.fitted(input, fact.steps.dropFirst(), fact.type)
        }
        return input
    }

    private static func fitted(
        _ value: Value, _ steps: ArraySlice<Text>, _ kind: TypeName
    ) -> Value {
        if let step = steps.first {
            guard case .map(let map) = value, let inner = map.value(named: step) else {
                return value
            }
            return .map(map.replacing(step, with: fitted(inner, steps.dropFirst(), kind)))
        }
        switch (kind, value) {
        case (.uint, .int(let number)): return UInt64(exactly: number).map(Value.uint) ?? value
        case (.double, .int(let number)): return .double(Double(number))
        case (.double, .uint(let number)): return .double(Double(number))
        default: return value
        }
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
            return Self.problem(with: value, fact).map { problem in
                Finding(
                    rule: "schema", reason: Finding.Reason.schemaMismatch,
                    message: "\(fact.path) \(problem)")
            }
        }
    }

    private static func problem(with value: Value, _ fact: Fact) -> String? {
        if fact.type == .timestamp, case .string(let text) = value {
            return (try? Timestamp(rfc3339: text)) == nil ? "is no RFC 3339 time" : nil
        }
        guard value.typeName == fact.type else {
            return "is a \(value.typeName.rawValue), not a \(name(fact.type))"
        }
        guard let maximum = fact.maximum else { return nil }
        let size: Int
        switch value {
        case .string(let text): size = text.count
        case .list(let elements): size = elements.count
        case .map(let map): size = map.count
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional,
            .network:
            size = 0
        }
        return size > maximum ? "has a size of \(size); at most \(maximum) is allowed" : nil
    }
}
