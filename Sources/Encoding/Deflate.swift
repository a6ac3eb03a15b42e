/// Writes DEFLATE data (RFC 1951): runs of one byte as references, all else as it is, in the fixed
/// code; or stored, where that is shorter. Made for lists of bits that are nearly all alike.
enum Deflate {
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        let packed = fixed(bytes)
        let storedByteCount = bytes.count + 5 * max(1, (bytes.count + 65_534) / 65_535)
        return packed.count <= storedByteCount ? packed : stored(bytes)
    }

    private static func fixed(_ bytes: [UInt8]) -> [UInt8] {
        var writer = BitWriter()
        writer.put(1, 1)
        writer.put(1, 2)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            writer.put(literal: Int(byte))
            index += 1
            var run = 0
            while index + run < bytes.count, bytes[index + run] == byte { run += 1 }
            index += run
            while run >= 3 {
                // What is left must not be one or two, which no reference can say.
                let length = run <= 258 ? run : (run - 258 < 3 ? 255 : 258)
                writer.put(repeating: length)
                run -= length
            }
            for _ in 0..<run { writer.put(literal: Int(byte)) }
        }
        writer.put(literal: DeflateTables.endOfBlock)
        return writer.finish()
    }

    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        repeat {
            let count = min(65_535, bytes.count - index)
            let isLast = index + count == bytes.count
            let inverse = count ^ 0xFFFF
            result += [
                isLast ? 1 : 0, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(inverse & 0xFF),
                UInt8(inverse >> 8),
            ]
            result += bytes[index..<index + count]
            index += count
        } while index < bytes.count
        return result
    }

    private struct BitWriter {
        private var bytes: [UInt8] = []
        private var bits: UInt32 = 0
        private var count = 0

        /// Bits of a number, the lowest first.
        mutating func put(_ value: Int, _ width: Int) {
            bits |= UInt32(value) << UInt32(count)
            count += width
            while count >= 8 {
                bytes.append(UInt8(bits & 0xFF))
                bits >>= 8
                count -= 8
            }
        }

        /// Codes stand with their highest bit first.
        private mutating func put(code: Int, _ width: Int) {
            for bit in 0..<width { put((code >> (width - 1 - bit)) & 1, 1) }
        }

        mutating func put(literal: Int) {
            switch literal {
            case 0..<144: put(code: 0x30 + literal, 8)
            case 144..<256: put(code: 0x190 + literal - 144, 9)
            case 256..<280: put(code: literal - 256, 7)
            default: put(code: 0xC0 + literal - 280, 8)
            }
        }

        /// The last byte again, so many times.
        mutating func put(repeating length: Int) {
            guard let index = DeflateTables.lengths.lastIndex(where: { $0.base <= length }) else {
                return
            }
            let entry = DeflateTables.lengths[index]
            put(literal: DeflateTables.endOfBlock + 1 + index)
            put(length - entry.base, entry.extra)
            put(code: 0, 5)
        }

        mutating func finish() -> [UInt8] {
            if count > 0 { bytes.append(UInt8(bits & 0xFF)) }
            return bytes
        }
    }
}
