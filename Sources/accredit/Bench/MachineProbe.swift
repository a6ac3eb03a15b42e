import Cryptography

/// What OpenSSL and the disk of this machine can do, measured before a bench and, for the rates,
/// after it: other programs come and go.
struct MachineProbe {
    /// P-256 signatures a second on one core, before the bench.
    let before: RawRates
    /// Durable writes a second, one after the other.
    let syncs: Int64
    private let seconds: Double

    /// - Parameters:
    ///   - folder: on the disk to be measured.
    ///   - seconds: CPU seconds on each core, and seconds on the disk.
    init(_ folder: String, seconds: Double, _ progress: Progress) async throws {
        progress.step("measuring OpenSSL and the disk")
        syncs = try DeviceMeasurement.durableWritesPerSecond(
            folder: folder, milliseconds: Int64(seconds * 1000))
        before = try await RawRates.measure(.es256, seconds: seconds)
        self.seconds = seconds
    }

    /// The mean of before and now.
    func rates() async throws -> RawRates {
        RawRates.mean(before, try await RawRates.measure(.es256, seconds: seconds))
    }
}
