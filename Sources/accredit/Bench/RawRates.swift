import Cryptography

/// What OpenSSL alone does in a second of CPU time, on prepared keys and signatures.
struct RawRates: Sendable {
    let sign: Double
    let verify: Double

    private static let messageByteCount = 400
    private static let slicesPerCore = 4

    /// Measured on all cores at once, so that what cores share counts for both sides of a ratio;
    /// the mean of the cores.
    /// - Parameter seconds: of CPU time on each core.
    static func measure(_ algorithm: KeyAlgorithm, seconds: Double) async throws -> RawRates {
        let cores = CPUTime.coreCount
        let slice = seconds / Double(2 * slicesPerCore)
        return try await withThrowingTaskGroup(of: RawRates.self) { group in
            for _ in 0..<cores {
                group.addTask { try onThisThread(algorithm, slice: slice) }
            }
            var (sign, verify) = (0.0, 0.0)
            for try await rates in group {
                sign += rates.sign
                verify += rates.verify
            }
            return RawRates(sign: sign / Double(cores), verify: verify / Double(cores))
        }
    }

    private static func onThisThread(
        _ algorithm: KeyAlgorithm, slice: Double
    ) throws -> RawRates {
        let baseline = try SignatureBaseline(
            try PrivateKey.generate(algorithm),
            message: [UInt8](repeating: 0x61, count: messageByteCount))
        var signs: [Double] = []
        var verifications: [Double] = []
        for _ in 0..<slicesPerCore {
            signs.append(try CPUTime.rate(seconds: slice) { baseline.sign() != nil })
            verifications.append(try CPUTime.rate(seconds: slice) { baseline.verify() })
        }
        return RawRates(sign: signs.median, verify: verifications.median)
    }

    /// Between what was measured before and after something.
    static func mean(_ left: RawRates, _ right: RawRates) -> RawRates {
        RawRates(sign: (left.sign + right.sign) / 2, verify: (left.verify + right.verify) / 2)
    }
}

extension [Double] {
    /// The middle value, or the mean of the two in the middle; 0 of nothing.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
