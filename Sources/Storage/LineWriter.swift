import Glibc

/// A new text file written piece by piece, however long it gets. It has its name from the start, so
/// that a walk that breaks off leaves what it got.
package final class LineWriter: Sendable {
    private let path: String
    private let descriptor: Int32

    /// - Throws: `exists` when there is a file, `missing`, `permission` or `io`.
    package init(path: String, mode: UInt32 = 0o644) throws(StorageError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .system("cannot create \(path)", errno) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// - Throws: `full` or `io`.
    package func write(_ bytes: [UInt8]) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("cannot write \(path)", errno) }
            done += count
        }
    }

    /// Returns once everything is on the disk.
    package func finish() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .system("cannot sync \(path)", errno) }
    }
}
