import Credentials
import Cryptography
import Encoding
import Glibc
import Storage

/// Measures this machine for an application's `qualifications.device`.
enum DeviceMeasurement {
    static let verificationMilliseconds: Int64 = 1_000
    static let writeMilliseconds: Int64 = 1_000
    static let writeByteCount = 4_096
    /// Writes go round in a file of this many blocks.
    static let blockCount = 256

    /// Takes about two seconds.
    /// - Parameter folder: on the disk that the node's data will stand on.
    static func measure(
        folder: String, progress: Progress
    ) async throws -> Qualifications.Device {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        progress.step("measuring signature verifications on \(cores) cores")
        let verifications = try await verificationsPerSecond(cores: cores)
        progress.step("measuring durable writes in \(folder)")
        let writes = try durableWritesPerSecond(folder: folder)
        return Qualifications.Device(
            cores: Int64(cores), memoryMebibytes: memoryMebibytes(),
            diskMebibytes: try diskMebibytes(folder: folder),
            verificationsPerSecond: verifications, durableWritesPerSecond: writes,
            measuredAt: Instant(seconds: SystemClock.now().seconds))
    }

    /// P-256 signatures over 256-byte messages that all cores together verify in a second.
    static func verificationsPerSecond(cores: Int) async throws -> Int64 {
        let key = try PrivateKey.generate(.es256)
        let message = [UInt8](repeating: 0x61, count: 256)
        let signature = try key.sign(message)
        let publicKey = key.publicKey
        let start = SystemClock.monotonicMilliseconds()
        let end = start + verificationMilliseconds
        let count = await withTaskGroup(of: Int64.self) { group in
            for _ in 0..<cores {
                group.addTask {
                    var count: Int64 = 0
                    while SystemClock.monotonicMilliseconds() < end {
                        for _ in 0..<64
                        where publicKey.verify(signature: signature, message: message) {
                            count += 1
                        }
                    }
                    return count
                }
            }
            var total: Int64 = 0
            while let count = await group.next() { total += count }
            return total
        }
        return count * 1000 / max(1, SystemClock.monotonicMilliseconds() - start)
    }

    /// Writes of 4 KiB, each followed by fdatasync, one after the other.
    static func durableWritesPerSecond(
        folder: String, milliseconds: Int64 = writeMilliseconds
    ) throws(Failure) -> Int64 {
        let path = "\(folder)/.accredit-measure-\(getpid())"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw system("cannot write in \(folder)") }
        defer { close(descriptor) }
        unsafe unlink(path)
        let block = [UInt8](repeating: 0x61, count: writeByteCount)
        let start = SystemClock.monotonicMilliseconds()
        var count: Int64 = 0
        while SystemClock.monotonicMilliseconds() - start < milliseconds {
            let offset = Int(count) % blockCount * writeByteCount
            guard unsafe pwrite(descriptor, block, block.count, offset) == block.count,
                fdatasync(descriptor) == 0
            else { throw system("cannot write in \(folder)") }
            count += 1
        }
        return count * 1000 / max(1, SystemClock.monotonicMilliseconds() - start)
    }

    /// The machine's memory, or this control group's share of it.
    static func memoryMebibytes() -> Int64 {
        let bytes = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        let limit = try? InputFile.text("/sys/fs/cgroup/memory.max")
        return max(1, min(bytes, limit.flatMap { Int64($0) } ?? bytes) >> 20)
    }

    /// What an ordinary user may still write on the folder's disk.
    static func diskMebibytes(folder: String) throws(Failure) -> Int64 {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { throw system("cannot examine \(folder)") }
        return Int64(clamping: (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20)
    }

    private static func system(_ what: String) -> Failure {
        let number = errno
        let reason = unsafe String(cString: strerror(number))
        return Failure(
            number == EACCES ? .permission : number == ENOENT ? .notFound : .failure,
            "device.system", what, why: reason, fix: "name another folder with --folder")
    }
}
