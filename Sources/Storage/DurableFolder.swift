import Glibc

/// Folders that appear whole: filled under another name, then renamed.
package enum DurableFolder {
    /// The names in a folder, sorted by their bytes; none when there is no such folder.
    /// - Throws: `permission` or `io`.
    package static func names(in path: String) throws(StorageError) -> [String] {
        guard let folder = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw .system("cannot open the folder \(path)", errno)
        }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0
    }

    /// Bytes that a file takes on the disk; 0 when there is none.
    package static func byteCount(of path: String) -> Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : 0
    }

    /// Gives a file or folder another name beside its own, durably.
    /// - Throws: `permission`, `exists` or `io`.
    package static func rename(_ path: String, to name: String) throws(StorageError) {
        guard unsafe Glibc.rename(path, name) == 0 else {
            throw .system("cannot rename \(path) to \(name)", errno)
        }
        try DurableFile.synchroniseFolder(of: name)
    }

    /// Removes a file, or a folder of files; nothing when there is none.
    /// - Throws: `permission` or `io`.
    package static func remove(_ path: String) throws(StorageError) {
        if unsafe unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else {
            throw .system("cannot remove \(path)", errno)
        }
        for name in try names(in: path) where unsafe unlink("\(path)/\(name)") != 0 {
            throw .system("cannot remove \(path)/\(name)", errno)
        }
        guard unsafe rmdir(path) == 0 else {
            throw .system("cannot remove the folder \(path)", errno)
        }
    }
}
