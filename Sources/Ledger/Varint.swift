/// Numbers in as few bytes as they need (LEB128): seven bits a byte, low ones first, the high bit
/// set in all but the last.
enum Varint {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Reads what `append` wrote and refuses every longer spelling.
    struct Reader {
        private let bytes: [UInt8]
        private var index = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() throws(LedgerError) -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                let part = UInt64(byte & 0x7F)
                guard shift < 63 || shift == 63 && part <= 1 else { break }
                value |= part << shift
                if byte & 0x80 == 0 {
                    guard byte != 0 || shift == 0 else { break }
                    return value
                }
                shift += 7
            }
            throw LedgerError(.records, "a number in a record is cut short or too long")
        }

        func end() throws(LedgerError) {
            guard index == bytes.count else {
                throw LedgerError(.records, "a record is longer than what it says")
            }
        }
    }
}
