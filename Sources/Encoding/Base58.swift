/// base58 in the Bitcoin alphabet, as `did:key` and multibase `z` use it. Meant for keys: both ways
/// take quadratic time, and decoding is bounded.
package enum Base58 {
    package static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Base58.alphabet
        let zeroCount = bytes.prefix { $0 == 0 }.count
        var limbs = limbs(of: bytes[zeroCount...])
        var digits: [UInt8] = []
        while let top = limbs.first {
            if top == 0 {
                limbs.removeFirst()
                continue
            }
            var remainder: UInt64 = 0
            for index in limbs.indices {
                let value = remainder << 32 | UInt64(limbs[index])
                limbs[index] = UInt32(value / chunkBase)
                remainder = value % chunkBase
            }
            for _ in 0..<chunkDigitCount {
                digits.append(UInt8(remainder % 58))
                remainder /= 58
            }
        }
        while digits.last == 0 { digits.removeLast() }
        var output = [UInt8](repeating: alphabet[0], count: zeroCount)
        for digit in digits.reversed() { output.append(alphabet[Int(digit)]) }
        return String(decoding: output, as: UTF8.self)
    }

    package static func decode(_ text: String) throws(FormatError) -> [UInt8] {
        let characters = Array(text.utf8)
        guard characters.count <= Limits.base58CharacterCountMaximum else {
            throw FormatError(
                .limit,
                "base58 text has at most \(Limits.base58CharacterCountMaximum) characters here")
        }
        let values = Base58.digitValues
        let zeroCount = characters.prefix { $0 == alphabet[0] }.count
        // Little-endian limbs, five digits at a time.
        var limbs: [UInt32] = []
        limbs.reserveCapacity(characters.count / chunkDigitCount + 1)
        var index = zeroCount
        while index < characters.count {
            var chunk: UInt64 = 0
            var factor: UInt64 = 1
            for _ in 0..<min(chunkDigitCount, characters.count - index) {
                let value = values[Int(characters[index])]
                guard value < 58 else {
                    throw FormatError(.base58, "character \(index) is not in the base58 alphabet")
                }
                chunk = chunk * 58 + UInt64(value)
                factor *= 58
                index += 1
            }
            for limb in limbs.indices {
                chunk += UInt64(limbs[limb]) * factor
                limbs[limb] = UInt32(truncatingIfNeeded: chunk)
                chunk >>= 32
            }
            if chunk > 0 { limbs.append(UInt32(chunk)) }
        }
        var output: [UInt8] = []
        output.reserveCapacity(zeroCount + 4 * limbs.count)
        for _ in 0..<zeroCount { output.append(0) }
        var isLeading = true
        for limb in limbs.reversed() {
            for shift in [24, 16, 8, 0] as [UInt32] {
                let byte = UInt8(truncatingIfNeeded: limb >> shift)
                if isLeading && byte == 0 { continue }
                isLeading = false
                output.append(byte)
            }
        }
        return output
    }

    /// Big-endian 32-bit limbs of a big-endian number.
    private static func limbs(of bytes: ArraySlice<UInt8>) -> [UInt32] {
        var limbs: [UInt32] = []
        var limb: UInt32 = 0
        var missing = bytes.count
        for byte in bytes {
            limb = limb << 8 | UInt32(byte)
            missing -= 1
            if missing.isMultiple(of: 4) {
                limbs.append(limb)
                limb = 0
            }
        }
        return limbs
    }

    private static let chunkDigitCount = 5
    /// 58⁵, the largest power that fits 32 bits.
    private static let chunkBase: UInt64 = 656_356_768

    private static let alphabet = Array(
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    /// The value of each byte; 0xFF for those outside the alphabet.
    private static let digitValues: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for index in alphabet.indices { values[Int(alphabet[index])] = UInt8(index) }
        return values
    }()
}
