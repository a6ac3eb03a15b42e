/// Reads the layout of `ByteWriter` from hostile bytes.
package struct ByteReader: Sendable {
    private let source: ArraySlice<UInt8>
    private var index: Int

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Reads a part of an array where it lies.
    package init(_ bytes: ArraySlice<UInt8>) {
        source = bytes
        index = bytes.startIndex
    }

    package var remainingCount: Int { source.endIndex - index }

    /// How many bytes were read, which is what messages name.
    private var position: Int { index - source.startIndex }

    package mutating func byte() throws(FormatError) -> UInt8 {
        source[try take(1).lowerBound]
    }

    package mutating func uint32() throws(FormatError) -> UInt32 {
        var value: UInt32 = 0
        for place in try take(4) { value = value << 8 | UInt32(source[place]) }
        return value
    }

    package mutating func uint64() throws(FormatError) -> UInt64 {
        let high = try uint32()
        return UInt64(high) << 32 | UInt64(try uint32())
    }

    /// The next `count` bytes.
    package mutating func fixed(_ count: Int) throws(FormatError) -> [UInt8] {
        Array(source[try take(count)])
    }

    /// A 32-bit count, then as many bytes.
    package mutating func bytes(maximumCount: Int) throws(FormatError) -> [UInt8] {
        Array(try slice(maximumCount: maximumCount))
    }

    /// The same where they lie, which keeps everything that is read from in memory: for what is
    /// read at once and let go of.
    package mutating func slice(maximumCount: Int) throws(FormatError) -> ArraySlice<UInt8> {
        let count = try uint32()
        guard Int64(count) <= Int64(maximumCount) else {
            throw FormatError(
                .limit,
                "\(count) bytes are announced at byte \(position); at most \(maximumCount) fit")
        }
        return source[try take(Int(count))]
    }

    /// A byte string that is valid UTF-8.
    package mutating func string(maximumByteCount: Int) throws(FormatError) -> String {
        let start = position
        guard
            let text = String(validating: try slice(maximumCount: maximumByteCount), as: UTF8.self)
        else { throw FormatError(.binary, "the text at byte \(start) is not valid UTF-8") }
        return text
    }

    /// Refuses what is left over.
    package func end() throws(FormatError) {
        guard remainingCount == 0 else {
            throw FormatError(.binary, "\(remainingCount) bytes are left over at byte \(position)")
        }
    }

    /// Where the next `count` bytes lie.
    private mutating func take(_ count: Int) throws(FormatError) -> Range<Int> {
        guard count >= 0, count <= remainingCount else {
            throw FormatError(
                .binary,
                "\(count) bytes are expected at byte \(position), \(remainingCount) are left")
        }
        defer { index += count }
        return index..<index + count
    }
}
