/// A recursive-descent reader of one JSON document. It holds the position only; the bytes are
/// passed along, because a span cannot be stored.
struct JSONParser {
    var index = 0
    private var valueCount = 0
    private let limits: JSONLimits
    /// Room that an object gets with its first member.
    private static let expectedMemberCount = 4

    init(limits: JSONLimits) { self.limits = limits }

    mutating func document(_ bytes: Span<UInt8>) throws(FormatError) -> JSON {
        guard bytes.count <= limits.byteCountMaximum else {
            throw FormatError(
                .limit,
                "the document has \(bytes.count) bytes; at most \(limits.byteCountMaximum) are read"
            )
        }
        skipWhitespace(bytes)
        let result = try value(bytes, depth: 0)
        skipWhitespace(bytes)
        guard index == bytes.count else { throw error("something follows the value") }
        return result
    }

    private mutating func value(
        _ bytes: Span<UInt8>, depth: Int
    ) throws(FormatError) -> JSON {
        valueCount += 1
        guard valueCount <= limits.valueCountMaximum else {
            throw FormatError(
                .limit, "the document has more than \(limits.valueCountMaximum) values")
        }
        guard index < bytes.count else { throw error("the text ends where a value should be") }
        switch bytes[index] {
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "{"): return try object(bytes, depth: depth + 1)
        case UInt8(ascii: "["): return try array(bytes, depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        case UInt8(ascii: "t"): return try word("true", bytes, .bool(true))
        case UInt8(ascii: "f"): return try word("false", bytes, .bool(false))
        case UInt8(ascii: "n"): return try word("null", bytes, .null)
        default: throw error("no value starts like this")
        }
    }

    private mutating func object(
        _ bytes: Span<UInt8>, depth: Int
    ) throws(FormatError) -> JSON {
        try open(depth)
        skipWhitespace(bytes)
        var members: [JSONObject.Member] = []
        if take(UInt8(ascii: "}"), bytes) { return .object(JSONObject(members: members)) }
        members.reserveCapacity(Self.expectedMemberCount)
        while true {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw error("a member name in double quotes is expected")
            }
            let name = try string(bytes)
            skipWhitespace(bytes)
            guard take(UInt8(ascii: ":"), bytes) else { throw error("':' is expected") }
            skipWhitespace(bytes)
            members.append(.init(name: name, value: try value(bytes, depth: depth)))
            skipWhitespace(bytes)
            if take(UInt8(ascii: "}"), bytes) { break }
            guard take(UInt8(ascii: ","), bytes) else { throw error("',' or '}' is expected") }
            skipWhitespace(bytes)
        }
        if !limits.allowsDuplicateNames, let name = members.duplicateName {
            throw error("the object has two members called \(name.quotedForMessage)")
        }
        return .object(JSONObject(members: members))
    }

    private mutating func array(
        _ bytes: Span<UInt8>, depth: Int
    ) throws(FormatError) -> JSON {
        try open(depth)
        skipWhitespace(bytes)
        var elements: [JSON] = []
        if take(UInt8(ascii: "]"), bytes) { return .array(elements) }
        while true {
            elements.append(try value(bytes, depth: depth))
            skipWhitespace(bytes)
            if take(UInt8(ascii: "]"), bytes) { return .array(elements) }
            guard take(UInt8(ascii: ","), bytes) else { throw error("',' or ']' is expected") }
            skipWhitespace(bytes)
        }
    }

    /// Steps over the opening bracket of a container.
    private mutating func open(_ depth: Int) throws(FormatError) {
        guard depth <= limits.depthMaximum else {
            throw FormatError(
                .limit, "values are nested more than \(limits.depthMaximum) deep at byte \(index)")
        }
        index += 1
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(FormatError) -> JSON {
        let start = index
        _ = take(UInt8(ascii: "-"), bytes)
        if !take(UInt8(ascii: "0"), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "."), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) {
            if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
            try digits(bytes)
        }
        guard index - start <= Limits.numberByteCountMaximum else {
            throw FormatError(
                .limit, "a number has more than \(Limits.numberByteCountMaximum) characters")
        }
        return .number(JSONNumber(literal: try text(bytes.extracting(start..<index))))
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(FormatError) {
        let start = index
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        guard index > start else { throw error("a digit is expected") }
    }

    private mutating func word(
        _ word: StaticString, _ bytes: Span<UInt8>, _ value: JSON
    ) throws(FormatError) -> JSON {
        for expected in word.description.utf8 {
            guard take(expected, bytes) else { throw error("'\(word)' is expected") }
        }
        return value
    }

    mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipWhitespace(_ bytes: Span<UInt8>) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    func error(_ detail: String) -> FormatError {
        FormatError(.json, "\(detail) (at byte \(index))")
    }
}

extension [JSONObject.Member] {
    /// A name that occurs twice, compared by bytes.
    fileprivate var duplicateName: String? {
        if count <= 16 {
            for later in indices.dropFirst() {
                for earlier in 0..<later where self[later].name.hasSameBytes(as: self[earlier].name)
                {
                    return self[later].name
                }
            }
            return nil
        }
        let names = map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for index in names.indices.dropFirst()
        where names[index].hasSameBytes(as: names[index - 1]) {
            return names[index]
        }
        return nil
    }
}

extension String {
    /// The start of a stranger's text in quotes, safe to put into a message.
    package var quotedForMessage: String {
        let head = String(unicodeScalars.prefix(64))
        return JSON.string(utf8.count > head.utf8.count ? head + "…" : head).text
    }
}
