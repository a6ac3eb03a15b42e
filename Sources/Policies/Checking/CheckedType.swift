/// The type of an expression, as the checker knows it before anything is evaluated.
package indirect enum CheckedType: Hashable, Sendable {
    case dyn, null, bool, int, uint, double, string, bytes, timestamp, duration
    case list(CheckedType)
    case map(CheckedType, CheckedType)
    case type(CheckedType)
    /// A type known by name only, such as `optional_type` of something or `net.IP`.
    case abstract(String, [CheckedType])
    /// In the declaration of a function: any type, the same wherever the name stands.
    case parameter(String)
    /// In a check: a type still to be found.
    case variable(Int)

    package static func optional(_ inner: CheckedType) -> CheckedType {
        .abstract(TypeName.optional.rawValue, [inner])
    }

    package static let address = CheckedType.abstract(TypeName.address.rawValue, [])
    package static let network = CheckedType.abstract(TypeName.network.rawValue, [])

    /// What a type name stands for in an expression.
    init(_ name: TypeName) {
        switch name {
        case .null: self = .null
        case .bool: self = .bool
        case .int: self = .int
        case .uint: self = .uint
        case .double: self = .double
        case .string: self = .string
        case .bytes: self = .bytes
        case .list: self = .list(.dyn)
        case .map: self = .map(.dyn, .dyn)
        case .timestamp: self = .timestamp
        case .duration: self = .duration
        case .type: self = .type(.dyn)
        case .optional: self = .optional(.dyn)
        case .address: self = .address
        case .network: self = .network
        }
    }

    /// What an optional type holds; nil for other types.
    var optionalInner: CheckedType? {
        guard case .abstract(TypeName.optional.rawValue, let inner) = self, inner.count == 1 else {
            return nil
        }
        return inner[0]
    }

    /// The types this one is made of.
    var parts: [CheckedType] {
        switch self {
        case .list(let element): [element]
        case .map(let key, let value): [key, value]
        case .type(let inner): [inner]
        case .abstract(_, let inner): inner
        case .dyn, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
            .parameter, .variable:
            []
        }
    }

    /// Whether a type parameter stands in it.
    var hasParameter: Bool {
        if case .parameter = self { return true }
        return parts.contains(where: \.hasParameter)
    }

    /// Whether it is `dyn`, without comparing anything else.
    var isDyn: Bool { if case .dyn = self { true } else { false } }

    /// Whether it is the type of `null`.
    var isNull: Bool { if case .null = self { true } else { false } }

    /// The same type made of other parts.
    func with(parts: [CheckedType]) -> CheckedType {
        switch self {
        case .list: .list(parts[0])
        case .map: .map(parts[0], parts[1])
        case .type: .type(parts[0])
        case .abstract(let name, _): .abstract(name, parts)
        case .dyn, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
            .parameter, .variable:
            self
        }
    }

    /// Whether both are made alike, whatever their parts are.
    func isAlike(_ other: CheckedType) -> Bool {
        switch (self, other) {
        case (.list, .list), (.map, .map), (.type, .type): true
        case (.abstract(let left, let leftParts), .abstract(let right, let rightParts)):
            left == right && leftParts.count == rightParts.count
        default: self == other
        }
    }

    /// Whether the type has at most so many parts in all and nests so deep.
    func isSmall(_ count: inout Int, depth: Int) -> Bool {
        count -= 1
        guard count >= 0, depth >= 0 else { return false }
        for part in parts {
            guard part.isSmall(&count, depth: depth - 1) else { return false }
        }
        return true
    }
}

extension CheckedType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .dyn: "dyn"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .type(let inner): "type(\(inner))"
        case .abstract(let name, let parts):
            parts.isEmpty
                ? name : "\(name)(\(parts.map(\.description).joined(separator: ", ")))"
        case .parameter(let name): name
        case .variable: "_"
        }
    }
}
