/// A CEL map: entries in the order they were given, with keys that are booleans, integers or
/// strings.
///
/// A key is equal to every number on the same place of the number line: `1`, `1u` and (in a lookup)
/// `1.0` are one key. Small maps are searched from the front; larger ones by a sorted index, so
/// that neither the cost nor the order of anything depends on a seeded hash.
package final class MapValue: Sendable {
    package let keys: [Value]
    package let values: [Value]
    /// Entry numbers in key order, for maps too large to search from the front.
    private let index: [Int32]
    /// The fingerprints of string keys (0 for others), so that a field is found without touching
    /// the keys that differ. Empty for maps that have an index.
    private let fingerprints: [UInt64]

    private static let linearCountMaximum = 8

    package static let empty = MapValue(uniqueKeys: [], values: [], index: [])

    private init(uniqueKeys: [Value], values: [Value], index: [Int32]) {
        keys = uniqueKeys
        self.values = values
        self.index = index
        fingerprints =
            index.isEmpty
            ? uniqueKeys.map { key in
                if case .string(let text) = key { text.fingerprint } else { 0 }
            } : []
    }

    /// Builds a map. Refuses a key of another kind and a key that stands twice.
    package static func make(
        keys: [Value], values: [Value]
    ) throws(EvaluationError) -> MapValue {
        for key in keys where !key.isKey {
            throw EvaluationError(
                .invalidArgument,
                "a map key is bool, int, uint or string, not \(key.typeName.rawValue)"
            )
        }
        var index: [Int32] = []
        if keys.count > linearCountMaximum {
            index = keys.indices.map(Int32.init)
            index.sort { keys[Int($0)].compareKey(keys[Int($1)]) < 0 }
            for (left, right) in zip(index, index.dropFirst())
            where keys[Int(left)].compareKey(keys[Int(right)]) == 0 {
                throw repeated(keys[Int(right)])
            }
        } else {
            for (position, key) in keys.enumerated() {
                for earlier in keys[..<position] where earlier.compareKey(key) == 0 {
                    throw repeated(key)
                }
            }
        }
        return MapValue(uniqueKeys: keys, values: values, index: index)
    }

    /// Builds a map of string keys that come in their order. Refuses one that stands twice.
    static func make(
        sortedNames names: [Text], values: [Value]
    ) throws(EvaluationError) -> MapValue {
        for (left, right) in zip(names, names.dropFirst()) where left == right {
            throw repeated(.string(right))
        }
        return MapValue(
            uniqueKeys: names.map { .string($0) }, values: values,
            index: names.count > linearCountMaximum ? names.indices.map(Int32.init) : [])
    }

    private static func repeated(_ key: Value) -> EvaluationError {
        EvaluationError(.invalidArgument, "the map key \(key.summary) stands twice")
    }

    package var count: Int { keys.count }

    /// The same entries in the order of their keys.
    var sorted: MapValue {
        var order = Array(keys.indices)
        order.sort { keys[$0].compareKey(keys[$1]) < 0 }
        return MapValue(
            uniqueKeys: order.map { keys[$0] }, values: order.map { values[$0] },
            index: index.isEmpty ? [] : order.indices.map(Int32.init))
    }

    /// The value of a key, or nil. Any value may be asked for: what cannot be a key is not in the
    /// map.
    package func value(for key: Value) -> Value? {
        guard let key = key.normalizedKey else { return nil }
        return position(of: key).map { values[$0] }
    }

    /// The value of a string key, or nil.
    package func value(named name: Text) -> Value? {
        position(of: .string(name)).map { values[$0] }
    }

    /// The same for a name whose fingerprint is known.
    func value(named name: FieldName) -> Value? {
        guard index.isEmpty else { return value(named: name.text) }
        for position in fingerprints.indices where fingerprints[position] == name.fingerprint {
            if case .string(let text) = keys[position], text == name.text {
                return values[position]
            }
        }
        return nil
    }

    /// This map with another value for a string key; without that key, unchanged.
    func replacing(_ name: Text, with value: Value) -> MapValue {
        guard let position = position(of: .string(name)) else { return self }
        var values = values
        values[position] = value
        return MapValue(uniqueKeys: keys, values: values, index: index)
    }

    /// This map without a string key.
    func removing(_ name: Text) -> MapValue {
        guard let position = position(of: .string(name)) else { return self }
        var (keys, values) = (keys, values)
        keys.remove(at: position)
        values.remove(at: position)
        let index = index.compactMap { entry -> Int32? in
            let entry = Int(entry)
            return entry == position ? nil : Int32(entry > position ? entry - 1 : entry)
        }
        return MapValue(uniqueKeys: keys, values: values, index: index)
    }

    private func position(of key: Value) -> Int? {
        if index.isEmpty {
            return keys.firstIndex { $0.compareKey(key) == 0 }
        }
        var low = 0
        var high = index.count
        while low < high {
            let middle = (low + high) / 2
            let order = keys[Int(index[middle])].compareKey(key)
            if order == 0 { return Int(index[middle]) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

extension Value {
    /// Whether the value may be a key of a map literal.
    var isKey: Bool {
        switch self {
        case .bool, .int, .uint, .string: true
        case .null, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional, .network:
            false
        }
    }

    /// The key a lookup by this value means: itself, or the integer a whole double stands for.
    var normalizedKey: Value? {
        guard case .double(let number) = self else { return isKey ? self : nil }
        if let whole = Int64(exactly: number) { return .int(whole) }
        if let whole = UInt64(exactly: number) { return .uint(whole) }
        return nil
    }

    /// Orders keys: booleans, then integers of both kinds on one number line, then strings by
    /// bytes.
    func compareKey(_ other: Value) -> Int {
        switch (self, other) {
        case (.bool(let left), .bool(let right)): return (left ? 1 : 0) - (right ? 1 : 0)
        case (.string(let left), .string(let right)):
            return left == right ? 0 : left < right ? -1 : 1
        case (.int(let left), .int(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.uint(let left), .uint(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.int(let left), .uint(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.uint(let left), .int(let right)): return left == right ? 0 : left < right ? -1 : 1
        default: return keyRank - other.keyRank
        }
    }

    private var keyRank: Int {
        switch self {
        case .bool: 0
        case .int, .uint: 1
        case .string: 2
        case .null, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional, .network:
            3
        }
    }

    /// A short rendering for messages: never long, never a surprise in a log.
    var summary: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .uint(let value): return "\(value)u"
        case .double(let value): return NumberText.text(value)
        case .string(let text):
            let head = String(decoding: text.bytes.prefix(64), as: UTF8.self)
            let printable = head.unicodeScalars.map { scalar in
                scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : String(scalar)
            }
            return "'\(printable.joined())\(text.bytes.count > 64 ? "…" : "")'"
        case .bytes(let bytes): return "bytes of length \(bytes.count)"
        case .list(let elements): return "list of \(elements.count)"
        case .map(let map): return "map of \(map.count)"
        case .timestamp(let timestamp): return timestamp.text
        case .duration(let nanoseconds): return DurationText.text(nanoseconds)
        case .type(let name): return name.rawValue
        case .optional(let optional):
            return optional.value == nil ? "optional.none()" : "an optional value"
        case .network(let network): return network.text
        }
    }
}
