import Encoding

/// What one fact has to be: `"int"`, or an object such as
/// `{"type": "list", "maxItems": 16, "items": {"type": "string", "maxLength": 64}}`.
struct FactKind: Sendable {
    let type: TypeName
    /// The most elements of a list or map, or code points of a string.
    let maximum: Int?
    /// What the elements of a list are.
    private let items: [FactKind]
    /// What some of the members of a map are.
    private let fields: [(name: Text, kind: FactKind)]

    private static let types: [TypeName] = [
        .bool, .int, .uint, .double, .string, .list, .map, .timestamp,
    ]

    init(_ json: JSON, _ path: String, depth: Int = 0) throws(FormatError) {
        guard depth < Limits.schemaDepthMaximum else {
            throw FormatError(
                .limit, "\(path) is nested more than \(Limits.schemaDepthMaximum) deep")
        }
        if case .string(let name) = json {
            type = try Self.type(name, path)
            maximum = nil
            items = []
            fields = []
            return
        }
        var object = try Fields(json, path)
        let type = try Self.type(
            object.string("type", maximumByteCount: Limits.nameByteCountMaximum), path)
        self.type = type
        let longest = 0...Limits.textByteCountMaximum
        switch type {
        case .string: maximum = try object.optionalInt("maxLength", in: longest)
        case .list, .map: maximum = try object.optionalInt("maxItems", in: longest)
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional,
            .address, .network:
            maximum = nil
        }
        let inner = type == .list ? object.optionalJSON("items") : nil
        items =
            if let inner { [try FactKind(inner, "\(path).items", depth: depth + 1)] } else { [] }
        var fields: [(name: Text, kind: FactKind)] = []
        if type == .map, case .object(let members)? = object.optionalJSON("fields") {
            guard members.members.count <= Limits.schemaFactCountMaximum else {
                throw FormatError(
                    .limit, "\(path).fields has at most \(Limits.schemaFactCountMaximum) members")
            }
            for member in members.members {
                let kind = try FactKind(
                    member.value, "\(path).fields.\(member.name)", depth: depth + 1)
                fields.append((Text(member.name), kind))
            }
        }
        self.fields = fields
        try object.end()
    }

    private static func type(_ name: String, _ path: String) throws(FormatError) -> TypeName {
        guard let type = types.first(where: { Self.name($0) == name }) else {
            let names = types.map { Self.name($0) }.joined(separator: ", ")
            throw FormatError(.shape, "\(path) has an unknown kind; there are: \(names)")
        }
        return type
    }

    private static func name(_ type: TypeName) -> String {
        type == .timestamp ? "timestamp" : type.rawValue
    }

    /// What the type checker may count on. A time is text in JSON.
    var checked: CheckedType {
        switch type {
        case .list: .list(items.first?.checked ?? .dyn)
        case .map: .map(.string, .dyn)
        case .timestamp: .string
        case .null, .bool, .int, .uint, .double, .string, .bytes, .duration, .type, .optional,
            .address, .network:
            CheckedType(type)
        }
    }

    /// Whether `fitted` may change a value.
    var changesNumbers: Bool {
        type == .uint || type == .double || items.contains(where: \.changesNumbers)
            || fields.contains(where: \.kind.changesNumbers)
    }

    /// The value with its whole numbers as the kinds that are asked for.
    func fitted(_ value: Value) -> Value {
        switch (type, value) {
        case (.uint, .int(let number)): return UInt64(exactly: number).map(Value.uint) ?? value
        case (.double, .int(let number)): return .double(Double(number))
        case (.double, .uint(let number)): return .double(Double(number))
        case (.list, .list(let elements)):
            guard let kind = items.first, kind.changesNumbers else { return value }
            return .list(elements.map { kind.fitted($0) })
        case (.map, .map(var map)):
            for field in fields where field.kind.changesNumbers {
                guard let member = map.value(named: field.name) else { continue }
                map = map.replacing(field.name, with: field.kind.fitted(member))
            }
            return .map(map)
        default: return value
        }
    }

    /// How large the fact can be. A code point takes four octets at most.
    var extent: Extent {
        switch type {
        case .string: .text(maximum.map { Bound($0) * 4 } ?? .unbounded)
        case .timestamp: .text(Bound(Timestamp.textByteCountMaximum))
        case .list:
            .list(maximum.map { Bound($0) } ?? .unbounded, items.first?.extent ?? .unknown)
        case .map:
            if fields.isEmpty {
                .map(
                    maximum.map { Bound($0) } ?? .unbounded, key: .text(.unbounded),
                    value: .unknown)
            } else {
                .object(fields.map { ($0.name, $0.kind.extent) }, isComplete: false)
            }
        case .null, .bool, .int, .uint, .double, .bytes, .duration, .type, .optional, .address,
            .network:
            .scalar
        }
    }

    /// Why a value, once `fitted`, is not of this kind, to follow its path; nil when it is.
    func problem(with value: Value) -> String? {
        if type == .timestamp, case .string(let text) = value {
            return (try? Timestamp(rfc3339: text)) == nil ? " is no RFC 3339 time" : nil
        }
        guard value.typeName == type else {
            return " is a \(value.typeName.rawValue), not a \(Self.name(type))"
        }
        switch value {
        case .string(let text):
            return tooLarge(text.count)
        case .list(let elements):
            if let problem = tooLarge(elements.count) { return problem }
            guard let kind = items.first else { return nil }
            for (place, element) in elements.enumerated() {
                if let problem = kind.problem(with: element) { return "[\(place)]\(problem)" }
            }
            return nil
        case .map(let map):
            if let problem = tooLarge(map.count) { return problem }
            for field in fields {
                guard let member = map.value(named: field.name),
                    let problem = field.kind.problem(with: member)
                else { continue }
                return ".\(field.name.string)\(problem)"
            }
            return nil
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional,
            .network:
            return nil
        }
    }

    private func tooLarge(_ size: Int) -> String? {
        guard let maximum, size > maximum else { return nil }
        return " has a size of \(size); at most \(maximum) is allowed"
    }
}
