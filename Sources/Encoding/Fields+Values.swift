extension Fields {
    package mutating func optionalString(
        _ name: String, maximumByteCount: Int = Limits.textByteCountMaximum
    ) throws(FormatError) -> String? {
        guard let json = optionalJSON(name) else { return nil }
        guard case .string(let value) = json else { throw wrongKind(name, "a string", json) }
        guard value.utf8.count <= maximumByteCount else {
            throw FormatError(.limit, "\(path).\(name) has more than \(maximumByteCount) bytes")
        }
        return value
    }

    package mutating func string(
        _ name: String, maximumByteCount: Int = Limits.textByteCountMaximum
    ) throws(FormatError) -> String {
        try required(optionalString(name, maximumByteCount: maximumByteCount), name)
    }

    package mutating func optionalBool(_ name: String) throws(FormatError) -> Bool? {
        guard let json = optionalJSON(name) else { return nil }
        guard case .bool(let value) = json else { throw wrongKind(name, "true or false", json) }
        return value
    }

    package mutating func bool(_ name: String) throws(FormatError) -> Bool {
        try required(optionalBool(name), name)
    }

    package mutating func optionalInt64(
        _ name: String, in range: ClosedRange<Int64> = .min ... .max
    ) throws(FormatError) -> Int64? {
        guard let json = optionalJSON(name) else { return nil }
        guard let value = json.int64Value else { throw wrongKind(name, "an integer", json) }
        guard range.contains(value) else {
            throw error(name, "has to be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    package mutating func int64(
        _ name: String, in range: ClosedRange<Int64> = .min ... .max
    ) throws(FormatError) -> Int64 {
        try required(optionalInt64(name, in: range), name)
    }

    package mutating func optionalInt(
        _ name: String, in range: ClosedRange<Int>
    ) throws(FormatError) -> Int? {
        try optionalInt64(name, in: Int64(range.lowerBound)...Int64(range.upperBound)).map {
            Int($0)
        }
    }

    package mutating func int(_ name: String, in range: ClosedRange<Int>) throws(FormatError) -> Int
    {
        try required(optionalInt(name, in: range), name)
    }

    package mutating func optionalUInt64(_ name: String) throws(FormatError) -> UInt64? {
        guard let json = optionalJSON(name) else { return nil }
        guard let value = json.uint64Value else {
            throw wrongKind(name, "an integer that is not negative", json)
        }
        return value
    }

    package mutating func uint64(_ name: String) throws(FormatError) -> UInt64 {
        try required(optionalUInt64(name), name)
    }

    /// An amount: a decimal string below 2⁶⁴, without sign or leading zeros.
    package mutating func optionalAmount(_ name: String) throws(FormatError) -> UInt64? {
        guard let text = try optionalString(name) else { return nil }
        // The printed form of the value is its only form, which shuts out "+1", "007" and "-0".
        guard let value = UInt64(text), String(value).hasSameBytes(as: text) else {
            throw error(name, "has to be a decimal string such as \"250\", below 2^64")
        }
        return value
    }

    package mutating func amount(_ name: String) throws(FormatError) -> UInt64 {
        try required(optionalAmount(name), name)
    }
}
