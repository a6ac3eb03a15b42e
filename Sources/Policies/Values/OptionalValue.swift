/// A value that may be absent. A class, so that a `Value` stays small.
package final class OptionalValue: Sendable {
    package let value: Value?

    package static let none = OptionalValue(nil)

    package init(_ value: Value?) {
        self.value = value
    }
}

extension Value {
    /// Whether this is the least of its kind: null, false, zero, or empty. `ofNonZeroValue` takes it
    /// for no value at all.
    var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .string(let text): text.bytes.isEmpty
        case .bytes(let bytes): bytes.isEmpty
        case .list(let elements): elements.isEmpty
        case .map(let map): map.count == 0
        case .timestamp(let time): time.seconds == 0 && time.nanoseconds == 0
        case .duration(let span): span == 0
        // An optional is a value also when it has none, as in cel-go and cel-cpp.
        case .optional, .type, .network: false
        }
    }
}
