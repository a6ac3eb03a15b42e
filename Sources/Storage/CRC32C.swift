/// The Castagnoli checksum (RFC 3720 appendix B.4): finds every damage of up to 32 bits in a row.
package enum CRC32C {
    /// - Parameter seed: the checksum of the bytes before these.
    package static func checksum(_ bytes: [UInt8], after seed: UInt32 = 0) -> UInt32 {
        let tables = tables
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe tables.withUnsafeBufferPointer { tables in
                var value = ~seed
                var place = 0
                // Eight bytes at a time: a proposal is megabytes long.
                while bytes.count - place >= 8 {
                    let word = unsafe UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                    let mixed = word ^ UInt64(value)
                    value = 0
                    for index in 0..<8 {
                        let byte = Int(truncatingIfNeeded: mixed >> UInt64(8 * index)) & 0xFF
                        value ^= unsafe tables[(7 - index) * 256 + byte]
                    }
                    place += 8
                }
                while place < bytes.count {
                    let byte = unsafe Int((value ^ UInt32(bytes[place])) & 0xFF)
                    value = unsafe tables[byte] ^ value >> 8
                    place += 1
                }
                return ~value
            }
        }
    }

    /// Table k says what a byte becomes when k more bytes follow it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 0xFF)] ^ before >> 8
        }
        return tables
    }()
}
