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

    /// Keeps a second user away from a file that is there, by a lock on the file itself: no name
    /// that leads to it gets around that. Nothing is written into it.
    /// - Parameter purpose: what the file is, such as `the consensus key`.
    /// - Throws: `locked`, naming the owner's process id where the kernel tells it; `missing` or
    ///   `permission`.
    package init(of path: String, purpose: String) throws(StorageError) {
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw .system("cannot open \(path)", errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let holder = FileLock.holder(of: opened).map { "process \($0)" } ?? "another process"
            Glibc.close(opened)
            throw StorageError(
                .locked,
                "\(path) is in use by \(holder). Two processes must not use \(purpose) at once: "
                    + "stop the other one, or give this one a key of its own.")
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

    /// The process that holds the lock on an open file, from the kernel's list of locks: its lines
    /// are `1: FLOCK ADVISORY WRITE <process> <device>:<inode> 0 EOF`.
    private static func holder(of descriptor: Int32) -> String? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0,
            let list = try? DurableFile.read(
                "/proc/locks", maximumByteCount: Limits.lockListByteCountMaximum)
        else { return nil }
        let place = Array(":\(status.st_ino)".utf8)
        for line in list.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count >= 6, words[1].elementsEqual("FLOCK".utf8),
                words[5].suffix(place.count).elementsEqual(place)
            else { continue }
            return String(decoding: words[4], as: UTF8.self)
        }
        return nil
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
