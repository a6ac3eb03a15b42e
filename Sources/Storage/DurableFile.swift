import CLinux
import Glibc

/// Files that are whole or absent after a crash, with their final mode from the first byte.
package enum DurableFile {
    /// Writes a temporary file beside `path` (`O_EXCL`, `mode`), syncs it, gives it its name and
    /// syncs the folder. When this returns the file survives a power loss.
    /// - Throws: `exists` unless `replacing`; `missing`, `permission`, `full` or `io`.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, replacing: Bool
    ) throws(StorageError) {
        let temporary = try temporaryName(path)
        let descriptor = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .system("cannot create \(temporary)", errno) }
        do throws(StorageError) {
            try fill(descriptor, bytes, temporary)
            try give(temporary, name: path, replacing: replacing)
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        try synchroniseFolder(of: path)
    }

    /// The whole file, at most `maximumByteCount` bytes of it.
    /// - Throws: `limit` for a longer one, `missing`, `permission` or `io`.
    package static func read(
        _ path: String, maximumByteCount: Int
    ) throws(StorageError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot open \(path)", errno) }
        defer { Glibc.close(descriptor) }
        return try readAll(descriptor, path, maximumByteCount)
    }

    /// Makes the folder and its missing parents.
    /// - Throws: `exists` when a file is in the way, `permission`, `full` or `io`.
    package static func makeDirectory(
        _ path: String, mode: UInt32 = 0o700
    ) throws(StorageError) {
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw StorageError(.exists, "\(path) is not a folder. Move it away.")
            }
            return
        }
        let parent = folder(of: path)
        if parent != path { try makeDirectory(parent, mode: mode) }
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
            throw .system("cannot make the folder \(path)", errno)
        }
        try synchroniseFolder(of: path)
    }

    /// SQLite would create its file readable by everyone; made beforehand, it keeps this mode and
    /// gives it to its companions.
    /// - Throws: `missing` for a file that is not there and may not be made.
    static func prepare(_ path: String, mayCreate: Bool) throws(StorageError) {
        let creation = mayCreate ? O_CREAT : 0
        let descriptor = unsafe open(path, O_RDWR | creation | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("cannot open \(path)", errno) }
        Glibc.close(descriptor)
        try synchroniseFolder(of: path)
    }

    static func readAll(
        _ descriptor: Int32, _ path: String, _ maximumByteCount: Int
    ) throws(StorageError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("cannot read \(path)", errno)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= maximumByteCount else {
                throw StorageError(
                    .limit, "\(path) is longer than \(maximumByteCount) bytes: not read.")
            }
        }
    }

    /// Everything before the last slash.
    static func folder(of path: String) -> String {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}

extension DurableFile {
    /// Writes, syncs and closes; closes in every case.
    private static func fill(
        _ descriptor: Int32, _ bytes: [UInt8], _ path: String
    ) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 {
                let number = errno
                if number == EINTR { continue }
                Glibc.close(descriptor)
                throw .system("cannot write \(path)", number)
            }
            done += count
        }
        guard fsync(descriptor) == 0 else {
            let number = errno
            Glibc.close(descriptor)
            throw .system("cannot sync \(path)", number)
        }
        guard Glibc.close(descriptor) == 0 else { throw .system("cannot close \(path)", errno) }
    }

    private static func temporaryName(_ path: String) throws(StorageError) -> String {
        var number: UInt64 = 0
        guard unsafe getrandom(&number, 8, 0) == 8 else {
            throw .system("cannot name a temporary file for \(path)", errno)
        }
        return path + ".new-" + String(number, radix: 16)
    }

    private static func give(
        _ temporary: String, name path: String, replacing: Bool
    ) throws(StorageError) {
        if replacing {
            guard unsafe rename(temporary, path) == 0 else {
                throw .system("cannot replace \(path)", errno)
            }
            return
        }
        // Unlike rename, link never replaces: of two writers one fails.
        guard unsafe link(temporary, path) == 0 else {
            if errno == EEXIST {
                throw StorageError(
                    .exists,
                    "\(path) exists and is not overwritten. Choose another name or move it away.")
            }
            throw .system("cannot create \(path)", errno)
        }
        unsafe unlink(temporary)
    }

    static func synchroniseFolder(of path: String) throws(StorageError) {
        let folder = folder(of: path)
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot open the folder \(folder)", errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .system("cannot sync the folder \(folder)", errno)
        }
    }
}
