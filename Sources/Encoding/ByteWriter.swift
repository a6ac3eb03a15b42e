/// Builds a binary layout: big-endian integers, and byte strings behind a 32-bit length, so that no
/// two different sequences of fields give the same bytes.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    /// - Parameter byteCount: room made at once, for those who know about how much comes.
    package init(reserving byteCount: Int = 0) { bytes.reserveCapacity(byteCount) }

    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    package mutating func uint32(_ value: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    package mutating func uint64(_ value: UInt64) {
        uint32(UInt32(truncatingIfNeeded: value >> 32))
        uint32(UInt32(truncatingIfNeeded: value))
    }

    /// Bytes whose count the reader knows.
    package mutating func fixed(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// A 32-bit count, then the bytes. What exceeds 4 GiB is cut, which no reader here would take.
    package mutating func bytes(_ value: [UInt8]) {
        let count = UInt32(clamping: value.count)
        uint32(count)
        bytes.append(contentsOf: value.prefix(Int(count)))
    }

    /// The UTF-8 bytes, with their count.
    package mutating func string(_ value: String) {
        guard let count = UInt32(exactly: value.utf8.count) else {
            return bytes(Array(value.utf8))
        }
        uint32(count)
        // As a whole it is copied at once, a prefix of it byte by byte.
        bytes.append(contentsOf: value.utf8)
    }
}
