import Glibc

/// Files with a secret in them: refused when anyone but their owner could have read it.
package enum SecretFile {
    /// The file's bytes, at most `maximumByteCount`.
    /// - Throws: `permission` for a file that others can read, that somebody else owns or that is
    ///   a symbolic link, with the command that mends it; `missing`, `limit` or `io`.
    package static func read(
        _ path: String, maximumByteCount: Int
    ) throws(StorageError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ELOOP {
                throw StorageError(
                    .permission,
                    "\(path) is a symbolic link, which a secret must not be. Name the file itself.")
            }
            throw .system("cannot open \(path)", errno)
        }
        defer { Glibc.close(descriptor) }
        try check(descriptor, path)
        return try DurableFile.readAll(descriptor, path, maximumByteCount)
    }

    /// A passphrase: the file's bytes without one line end.
    package static func passphrase(_ path: String) throws(StorageError) -> [UInt8] {
        var bytes = try read(path, maximumByteCount: Limits.passphraseByteCountMaximum)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw StorageError(.missing, "\(path) is empty: write the passphrase into it.")
        }
        return bytes
    }

    private static func check(_ descriptor: Int32, _ path: String) throws(StorageError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system("cannot examine \(path)", errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.permission, "\(path) is not a regular file.")
        }
        guard status.st_uid == geteuid() else {
            throw StorageError(
                .permission,
                "\(path) belongs to user \(status.st_uid), not to \(geteuid()), who runs "
                    + "this. Run as its owner, or: chown \(geteuid()) \(path)")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw StorageError(
                .permission,
                "\(path) can be read by others, so its secret may be known. If it is still good: "
                    + "chmod 600 \(path)")
        }
    }
}
