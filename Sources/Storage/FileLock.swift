import Glibc
import Synchronization

/// Keeps a second process away from a store: an exclusive `flock` on a file that holds the owner's
/// process id. The kernel lets go of it when the process ends, however it ends.
package final class FileLock: Sendable {
    private let descriptor: Mutex<Int32?>
    package let path: String

    /// - Throws: `locked`, naming the owner's process id and the path.
    package init(path: String) throws(StorageError) {
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw .system("cannot open the lock file \(path)", errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let owner = FileLock.owner(opened)
            Glibc.close(opened)
            throw StorageError(
                .locked,
                "\(path) is held by process \(owner). Two processes must not write one store: "
                    + "stop the other one (kill \(owner)) or use another data folder.")
        }
        let text = Array("\(getpid())\n".utf8)
        let written = ftruncate(opened, 0) == 0 && pwriteAll(opened, text)
        guard written else {
            let number = errno
            Glibc.close(opened)
            throw .system("cannot write the lock file \(path)", number)
        }
        descriptor = Mutex(opened)
        self.path = path
    }

    deinit { release() }

    /// Lets go; later calls do nothing. The file stays: removing it would let two owners in.
    ///
    /// Closing alone is not enough: the lock lives as long as any copy of the descriptor, and a
    /// child process has one between its fork and its exec.
    package func release() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            flock(open, LOCK_UN)
            Glibc.close(open)
            descriptor = nil
        }
    }

    private static func owner(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: Limits.lockFileByteCountMaximum)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { $0 >= 0x30 && $0 <= 0x39 }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }
}

private func pwriteAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
}
