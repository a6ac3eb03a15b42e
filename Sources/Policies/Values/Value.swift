/// A CEL value. Sixteen bytes; nothing here compares, hashes or orders by Unicode equivalence.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(Text)
    case bytes([UInt8])
    case list([Value])
    case map(MapValue)
    case timestamp(Timestamp)
    /// A span of time in nanoseconds, which bounds it to about ±292 years.
    case duration(Int64)
    case type(TypeName)
    /// A value that may be absent, as `optional.of(x)` makes it.
    case optional(OptionalValue)
    /// An IP address, or a block of them.
    case network(NetworkValue)
}

/// The names `type()` answers with: the coarse kind of a value.
package enum TypeName: String, Sendable, CaseIterable {
    case null = "null_type"
    case bool = "bool"
    case int = "int"
    case uint = "uint"
    case double = "double"
    case string = "string"
    case bytes = "bytes"
    case list = "list"
    case map = "map"
    case timestamp = "google.protobuf.Timestamp"
    case duration = "google.protobuf.Duration"
    case type = "type"
    case optional = "optional_type"
    case address = "net.IP"
    case network = "net.CIDR"

    static let named: [String: TypeName] = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}

extension Value {
    package var typeName: TypeName {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .list: .list
        case .map: .map
        case .timestamp: .timestamp
        case .duration: .duration
        case .type: .type
        case .optional: .optional
        case .network(let network): network.prefixLength == nil ? .address : .network
        }
    }

    /// The size the cost rules use: octets or entries, and 1 for everything else.
    var costSize: Int {
        switch self {
        case .string(let text): text.bytes.count
        case .bytes(let bytes): bytes.count
        case .list(let elements): elements.count
        case .map(let map): map.count
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .optional, .network:
            1
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(stringLiteral value: String) { self = .string(Text(value)) }
    package init(arrayLiteral elements: Value...) { self = .list(elements) }
}

extension Value {
    /// A map with these members, in the order of their names.
    package static func object(
        _ members: [(name: String, value: Value)]
    ) throws(EvaluationError) -> Value {
        let members = members.map { (name: Text($0.name), value: $0.value) }
            .sorted { $0.name < $1.name }
        return .map(
            try MapValue.make(
                keys: members.map { .string($0.name) }, values: members.map(\.value)))
    }
}
