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

    /// What the type checker may count on. A time is text in JSON, and other numbers than int may
    /// come as an int, so that nothing is known of them beforehand.
    var types: [String: CheckedType] {
        var types: [String: CheckedType] = [:]
        for fact in facts {
            switch fact.type {
            case .bool: types[fact.path] = .bool
            case .int: types[fact.path] = .int
            case .string, .timestamp: types[fact.path] = .string
            case .list: types[fact.path] = .list(.dyn)
            case .null, .uint, .double, .bytes, .map, .duration, .type, .optional, .address,
                .network:
                break
            }
        }
        return types
    }

    /// What of the inputs is not as described.
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
        // A time is text in JSON, and any unsigned number that fits is read as an int.
        switch (fact.type, value) {
        case (.timestamp, .string(let text)):
            return (try? Timestamp(rfc3339: text)) == nil ? "is no RFC 3339 time" : nil
        case (.uint, .int(let number)) where number >= 0,
            (.double, .int(let number)) where number > .min:
            return nil
        case (.double, .uint):
            return nil
        default:
            guard value.typeName == fact.type else {
                return "is a \(value.typeName.rawValue), not a \(name(fact.type))"
            }
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
