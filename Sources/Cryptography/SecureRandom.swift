internal import COpenSSL
import Encoding

/// Unpredictable bytes.
package enum SecureRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        if unsafe RAND_bytes(&output, Int32(clamping: count)) == 1, count <= Int32.max {
            return output
        }
        OpenSSL.takeError()
        // The system's own generator does not fail.
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// A version 4 UUID (RFC 9562 section 5.4) in lowercase.
    package static func uuid() -> String {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (start, end) in [(0, 4), (4, 6), (6, 8), (8, 10), (10, 16)] {
            if start > 0 { text += "-" }
            text += Hexadecimal.encode(Array(bytes[start..<end]))
        }
        return text
    }

    /// Evenly spread from 0 up to, not including, `bound`; 0 for a bound of 0.
    package static func uint64(below bound: UInt64) -> UInt64 {
        guard bound > 1 else { return 0 }
        // Values past the last whole multiple of the bound would favour small results.
        let excess = (UInt64.max % bound + 1) % bound
        while true {
            var value: UInt64 = 0
            for byte in bytes(8) { value = value << 8 | UInt64(byte) }
            if value <= UInt64.max - excess { return value % bound }
        }
    }
}
