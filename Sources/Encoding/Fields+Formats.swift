extension Fields {
    /// A base64url string.
    /// - Parameter count: how many bytes it has to hold, when that is fixed.
    package mutating func optionalBytes(
        _ name: String, count: Int? = nil,
        maximumByteCount: Int = Limits.binaryByteCountMaximum
    ) throws(FormatError) -> [UInt8]? {
        let most = count ?? maximumByteCount
        guard let text = try optionalString(name, maximumByteCount: (most * 4 + 2) / 3) else {
            return nil
        }
        let bytes: [UInt8]
        do {
            bytes = try Base64URL.decode(text)
        } catch let cause {
            throw FormatError(cause.code, "\(path).\(name): \(cause.detail)")
        }
        if let count, bytes.count != count {
            throw error(name, "has to hold \(count) bytes, not \(bytes.count)")
        }
        return bytes
    }

    package mutating func bytes(
        _ name: String, count: Int? = nil,
        maximumByteCount: Int = Limits.binaryByteCountMaximum
    ) throws(FormatError) -> [UInt8] {
        try required(
            optionalBytes(name, count: count, maximumByteCount: maximumByteCount), name)
    }

    /// A NumericDate in whole seconds (RFC 7519 section 2).
    package mutating func optionalInstantSeconds(_ name: String) throws(FormatError) -> Instant? {
        let range = Instant.distantPast.seconds...Instant.distantFuture.seconds
        return try optionalInt64(name, in: range).map { Instant(seconds: $0) }
    }

    package mutating func instantSeconds(_ name: String) throws(FormatError) -> Instant {
        try required(optionalInstantSeconds(name), name)
    }

    /// An RFC 3339 string.
    package mutating func optionalInstant(_ name: String) throws(FormatError) -> Instant? {
        guard let text = try optionalString(name) else { return nil }
        do {
            return try Instant(rfc3339: text)
        } catch let cause {
            throw FormatError(cause.code, "\(path).\(name): \(cause.detail)")
        }
    }

    package mutating func instant(_ name: String) throws(FormatError) -> Instant {
        try required(optionalInstant(name), name)
    }
}
