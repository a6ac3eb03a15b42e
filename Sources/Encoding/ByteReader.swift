/// Reads the layout of `ByteWriter` from hostile bytes.
package struct ByteReader: Sendable {
    private let source: [UInt8]
    private var index = 0

    package init(_ bytes: [UInt8]) { source = bytes }

    package var remainingCount: Int { source.count - index }

    package mutating func byte() throws(FormatError) -> UInt8 { try fixed(1)[0] }

    package mutating func uint32() throws(FormatError) -> UInt32 {
        var value: UInt32 = 0
        for byte in try fixed(4) { value = value << 8 | UInt32(byte) }
        return value
    }

    package mutating func uint64() throws(FormatError) -> UInt64 {
        let high = try uint32()
        return UInt64(high) << 32 | UInt64(try uint32())
    }

    /// The next `count` bytes.
    package mutating func fixed(_ count: Int) throws(FormatError) -> [UInt8] {
        guard count >= 0, count <= remainingCount else {
            throw FormatError(
                .binary, "\(count) bytes are expected at byte \(index), \(remainingCount) are left")
        }
        defer { index += count }
        return Array(source[index..<index + count])
    }

    /// A 32-bit count, then as many bytes.
    package mutating func bytes(maximumCount: Int) throws(FormatError) -> [UInt8] {
        let count = try uint32()
        guard Int64(count) <= Int64(maximumCount) else {
            throw FormatError(
                .limit, "\(count) bytes are announced at byte \(index); at most \(maximumCount) fit"
            )
        }
        return try fixed(Int(count))
    }

    /// A byte string that is valid UTF-8.
    package mutating func string(maximumByteCount: Int) throws(FormatError) -> String {
        let start = index
        guard
            let text = String(validating: try bytes(maximumCount: maximumByteCount), as: UTF8.self)
        else { throw FormatError(.binary, "the text at byte \(start) is not valid UTF-8") }
        return text
    }

    /// Refuses what is left over.
    package func end() throws(FormatError) {
        guard remainingCount == 0 else {
            throw FormatError(.binary, "\(remainingCount) bytes are left over at byte \(index)")
        }
    }
}
