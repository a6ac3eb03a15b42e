/// The GZIP file format (RFC 1952), one member.
package enum Gzip {
    private static let magic: [UInt8] = [0x1F, 0x8B, 8]

    /// The same bytes give the same file everywhere: no name, no time.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var result = magic + [0, 0, 0, 0, 0, 0, 255] + Deflate.compress(bytes)
        for value in [CRC32.checksum(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                result.append(UInt8((value >> shift) & 0xFF))
            }
        }
        return result
    }

    /// - Throws: `binary` for a file that is no GZIP, is damaged or is followed by something;
    ///   `limit` when it unpacks to more than `maximumByteCount`.
    package static func decompress(
        _ file: [UInt8], maximumByteCount: Int
    ) throws(FormatError) -> [UInt8] {
        var reader = Trailer(file)
        let start = try header(&reader)
        var inflate = Inflate(file, from: start, maximumByteCount: maximumByteCount)
        try inflate.run()
        var trailer = Trailer(file, from: inflate.position)
        let checksum = try trailer.number(4)
        let count = try trailer.number(4)
        guard checksum == CRC32.checksum(inflate.output),
            count == UInt32(truncatingIfNeeded: inflate.output.count)
        else { throw FormatError(.binary, "the GZIP data does not have its checksum") }
        try trailer.end()
        return inflate.output
    }

    /// - Returns: where the compressed data begins.
    private static func header(_ reader: inout Trailer) throws(FormatError) -> Int {
        for byte in magic {
            guard try reader.number(1) == UInt32(byte) else {
                throw FormatError(.binary, "the data does not begin as GZIP data does")
            }
        }
        let flags = try reader.number(1)
        guard flags & 0xE0 == 0 else {
            throw FormatError(.binary, "the GZIP header has flags that nobody defined")
        }
        _ = try reader.number(4)
        _ = try reader.number(2)
        if flags & 4 != 0 { try reader.skip(Int(try reader.number(2))) }
        // The name and the comment each end with a zero.
        for flag: UInt32 in [8, 16] where flags & flag != 0 {
            while try reader.number(1) != 0 {}
        }
        if flags & 2 != 0 { try reader.skip(2) }
        return reader.position
    }
}

/// The ZLIB format (RFC 1950), which other kinds of status list are packed with.
package enum Zlib {
    /// - Throws: `binary` for data that is damaged or followed by something; `limit`.
    package static func decompress(
        _ data: [UInt8], maximumByteCount: Int
    ) throws(FormatError) -> [UInt8] {
        var reader = Trailer(data)
        let method = try reader.number(1)
        let flags = try reader.number(1)
        guard method & 0x0F == 8, method >> 4 <= 7, (method << 8 | flags) % 31 == 0,
            flags & 0x20 == 0
        else { throw FormatError(.binary, "the data does not begin as ZLIB data does") }
        var inflate = Inflate(data, from: reader.position, maximumByteCount: maximumByteCount)
        try inflate.run()
        var trailer = Trailer(data, from: inflate.position)
        var checksum: UInt32 = 0
        for _ in 0..<4 { checksum = checksum << 8 | (try trailer.number(1)) }
        guard checksum == adler32(inflate.output) else {
            throw FormatError(.binary, "the ZLIB data does not have its checksum")
        }
        try trailer.end()
        return inflate.output
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }
}

/// Little-endian numbers around compressed data.
private struct Trailer {
    private let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    mutating func number(_ byteCount: Int) throws(FormatError) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<byteCount {
            guard position < bytes.count else { throw Inflate.broken("no end") }
            value |= UInt32(bytes[position]) << UInt32(8 * index)
            position += 1
        }
        return value
    }

    mutating func skip(_ count: Int) throws(FormatError) {
        guard bytes.count - position >= count else { throw Inflate.broken("no end") }
        position += count
    }

    func end() throws(FormatError) {
        guard position == bytes.count else {
            throw FormatError(.binary, "something follows the compressed data")
        }
    }
}

/// CRC-32 as in RFC 1952 section 8.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8)
        }
        return value ^ 0xFFFF_FFFF
    }
}
