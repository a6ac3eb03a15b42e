import Encoding
import Policies

/// Values as JSON with their kinds, the form of the conformance suite: `{"int": "5"}`. Text that
/// may be no UTF-8 and numbers beyond a double survive it.
enum ValueForm {
    struct Malformed: Error {
        let json: JSON
    }

    static func value(_ json: JSON) throws -> Value {
        guard let member = json.objectValue?.members.first else { throw Malformed(json: json) }
        let text = member.value.stringValue ?? ""
        let value: Value? =
            switch member.name {
            case "null": .null
            case "bool": member.value.boolValue.map(Value.bool)
            case "int": Int64(text).map(Value.int)
            case "uint": UInt64(text).map(Value.uint)
            case "double": Double(text).map(Value.double)
            case "string": .string(Text(text))
            case "bytes": .bytes(try Hexadecimal.decode(text))
            case "list": .list(try (member.value.arrayValue ?? []).map(Self.value))
            case "map": .map(try map(member.value.arrayValue ?? []))
            case "timestamp": .timestamp(try Timestamp(rfc3339: Text(text)))
            case "duration": Int64(text).map(Value.duration)
            default: nil
            }
        guard let value else { throw Malformed(json: json) }
        return value
    }

    private static func map(_ entries: [JSON]) throws -> MapValue {
        var keys: [Value] = []
        var values: [Value] = []
        for entry in entries {
            guard let key = entry[0], let value = entry[1] else { throw Malformed(json: entry) }
            keys.append(try Self.value(key))
            values.append(try Self.value(value))
        }
        return try MapValue.make(keys: keys, values: values)
    }

    static func json(_ value: Value) -> JSON {
        switch value {
        case .null: ["null": true]
        case .bool(let holds): ["bool": .bool(holds)]
        case .int(let number): ["int": .string(String(number))]
        case .uint(let number): ["uint": .string(String(number))]
        case .double(let number): ["double": .string("\(number)")]
        case .string(let text): ["string": .string(text.string)]
        case .bytes(let bytes): ["bytes": .string(Hexadecimal.encode(bytes))]
        case .list(let elements): ["list": .array(elements.map(json))]
        case .map(let map):
            ["map": .array(zip(map.keys, map.values).map { [json($0), json($1)] })]
        case .timestamp(let time): ["timestamp": .string(time.text)]
        case .duration(let span): ["duration": .string(String(span))]
        case .type(let name): ["type": .string(name.rawValue)]
        case .optional(let optional):
            ["optional": .array(optional.value.map { [json($0)] } ?? [])]
        case .network(let network): ["network": .string(network.text)]
        }
    }

    private static let plainTypes: [String: CheckedType] = [
        "int": .int, "uint": .uint, "double": .double, "bool": .bool, "string": .string,
        "bytes": .bytes, "null": .null, "dyn": .dyn, "timestamp": .timestamp,
        "duration": .duration,
    ]

    /// The type of `"int"`, `{"list": "int"}` or `{"map": ["string", "int"]}`.
    static func type(_ json: JSON) throws -> CheckedType {
        if let name = json.stringValue, let type = plainTypes[name] { return type }
        if let element = json["list"] { return .list(try type(element)) }
        if let key = json["map"]?[0], let value = json["map"]?[1] {
            return .map(try type(key), try type(value))
        }
        throw Malformed(json: json)
    }

    /// The type as cel-cpp writes it: `MAP<STRING, LIST<INT>>`.
    static func text(_ type: CheckedType) -> String {
        switch type {
        case .dyn: "DYN"
        case .null: "NULL"
        case .bool: "BOOL"
        case .int: "INT"
        case .uint: "UINT"
        case .double: "DOUBLE"
        case .string: "STRING"
        case .bytes: "BYTES"
        case .timestamp: "TIMESTAMP"
        case .duration: "DURATION"
        case .list(let element): "LIST<\(text(element))>"
        case .map(let key, let value): "MAP<\(text(key)), \(text(value))>"
        case .type(let inner): "TYPE<\(text(inner))>"
        case .abstract(let name, let parts):
            parts.isEmpty ? name : "\(name)<\(parts.map(text).joined(separator: ", "))>"
        case .parameter(let name): name
        case .variable: "?"
        }
    }
}
