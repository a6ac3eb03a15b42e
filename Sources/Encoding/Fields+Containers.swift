extension Fields {
    package mutating func optionalArray(
        _ name: String, maximumCount: Int
    ) throws(FormatError) -> [JSON]? {
        guard let json = optionalJSON(name) else { return nil }
        guard case .array(let elements) = json else { throw wrongKind(name, "an array", json) }
        guard elements.count <= maximumCount else {
            throw FormatError(.limit, "\(path).\(name) has more than \(maximumCount) elements")
        }
        return elements
    }

    package mutating func array(
        _ name: String, maximumCount: Int
    ) throws(FormatError) -> [JSON] {
        try required(optionalArray(name, maximumCount: maximumCount), name)
    }

    package mutating func optionalStrings(
        _ name: String, maximumCount: Int,
        maximumByteCount: Int = Limits.textByteCountMaximum
    ) throws(FormatError) -> [String]? {
        guard let elements = try optionalArray(name, maximumCount: maximumCount) else { return nil }
        var strings: [String] = []
        for element in elements {
            guard case .string(let value) = element, value.utf8.count <= maximumByteCount else {
                throw error(name, "has to hold strings of at most \(maximumByteCount) bytes")
            }
            strings.append(value)
        }
        return strings
    }

    package mutating func strings(
        _ name: String, maximumCount: Int,
        maximumByteCount: Int = Limits.textByteCountMaximum
    ) throws(FormatError) -> [String] {
        try required(
            optionalStrings(name, maximumCount: maximumCount, maximumByteCount: maximumByteCount),
            name)
    }

    package mutating func optionalObject(_ name: String) throws(FormatError) -> Fields? {
        guard let json = optionalJSON(name) else { return nil }
        return try Fields(json, "\(path).\(name)")
    }

    package mutating func object(_ name: String) throws(FormatError) -> Fields {
        try required(optionalObject(name), name)
    }

    /// The objects of an array, each with its own path.
    package mutating func objects(
        _ name: String, maximumCount: Int
    ) throws(FormatError) -> [Fields] {
        let elements = try array(name, maximumCount: maximumCount)
        var result: [Fields] = []
        for index in elements.indices {
            result.append(try Fields(elements[index], "\(path).\(name)[\(index)]"))
        }
        return result
    }
}
