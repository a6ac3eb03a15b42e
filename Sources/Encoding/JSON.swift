/// A JSON value. Members keep their order, numbers keep their text, and equality is equality of
/// bytes: two strings that only look alike under Unicode's rules differ.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// Reads one document that fills `bytes` up to whitespace: RFC 8259 grammar, RFC 7493
    /// restrictions (no duplicate members, no invalid UTF-8, no lone surrogates).
    package static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .standard
    ) throws(FormatError) -> JSON {
        var parser = JSONParser(limits: limits)
        return try parser.document(bytes.span)
    }

    package static func parse(
        _ text: String, limits: JSONLimits = .standard
    ) throws(FormatError) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }

    /// The member called `name` of an object; nil for every other value.
    package subscript(_ name: String) -> JSON? { objectValue?[name] }

    /// The element at `index` of an array; nil outside it and for every other value.
    package subscript(_ index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The number, when its literal is an integer in range.
    package var int64Value: Int64? {
        if case .number(let value) = self { value.int64 } else { nil }
    }

    /// The number, when its literal is an integer in range.
    package var uint64Value: UInt64? {
        if case .number(let value) = self { value.uint64 } else { nil }
    }

    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var arrayValue: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The word for this kind of value in messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    package static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }
}

extension String {
    /// Whether both are the same UTF-8 bytes. `==` calls canonically equivalent strings equal,
    /// which would let a stranger name one thing in two ways.
    package func hasSameBytes(as other: String) -> Bool {
        // Most names that are compared differ in length, which is known without looking at them.
        guard utf8.count == other.utf8.count else { return false }
        let (left, right) = (utf8.span, other.utf8.span)
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
