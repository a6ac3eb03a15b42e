import Cryptography
import Encoding

extension DeviceChallenge {
    /// The digest that only a device which fills and walks `memoryMebibytes` of memory finds in
    /// time. All arithmetic is modulo 2⁶⁴.
    ///
    /// 1. Seed: SHA-256("accredit/v1/device-memory\n" ‖ nonce) as four big-endian words a, b, c, d.
    /// 2. Fill: n = memoryMebibytes × 131,072 words; w[0] = mix(a), w[i] = mix(w[i−1] + c + i).
    ///    Each word needs the one before, so none can be computed when it is wanted.
    /// 3. Walk: x = b; n / 8 times for k = 0, 1, …: j = x mod n; x = mix(x xor w[j] xor (d + k));
    ///    w[j] = x. The walk writes where it reads, so it cannot run over a compressed copy.
    /// 4. Result: SHA-256(x ‖ w[0] ‖ w[n/4] ‖ w[n/2] ‖ w[n−1]), big-endian.
    ///
    /// mix is the finaliser of SplitMix64. This shows that the device can hold and touch the
    /// memory; it is no proof that it has no more.
    var memoryDigest: Digest {
        let seed = Digest.sha256(of: [Array("accredit/v1/device-memory\n".utf8), nonce]).bytes
        func word(_ start: Int) -> UInt64 {
            seed[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let (a, b, c, d) = (word(0), word(8), word(16), word(24))
        let count = memoryMebibytes * 131_072
        var words = [UInt64](repeating: 0, count: count)
        var last = Self.mix(a)
        words[0] = last
        for index in 1..<count {
            last = Self.mix(last &+ c &+ UInt64(index))
            words[index] = last
        }
        var x = b
        for step in 0..<count / 8 {
            let position = Int(x % UInt64(count))
            x = Self.mix(x ^ words[position] ^ (d &+ UInt64(step)))
            words[position] = x
        }
        var writer = ByteWriter()
        for value in [x, words[0], words[count / 4], words[count / 2], words[count - 1]] {
            writer.uint64(value)
        }
        return Digest.sha256(writer.bytes)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
