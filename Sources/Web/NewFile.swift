import Glibc

/// Files of the development authority: made once, with their final mode from the first byte.
enum NewFile {
    /// Creates `path`; refuses to replace a file or follow a link.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(WebError) {
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw WebError(.system, "cannot create \(path): \(systemText(errno))")
        }
        defer { _ = close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            guard count > 0 || errno == EINTR else {
                throw WebError(.system, "cannot write \(path): \(systemText(errno))")
            }
            offset += max(0, count)
        }
        guard fsync(descriptor) == 0 else {
            throw WebError(.system, "cannot write \(path): \(systemText(errno))")
        }
    }

    static func read(_ path: String, maximumByteCount: Int) throws(WebError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw WebError(.system, "cannot read \(path): \(systemText(errno))")
        }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumByteCount)
        var length = 0
        while length < bytes.count {
            let offset = length
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(
                    descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count == 0 { return Array(bytes[..<length]) }
            guard count > 0 || errno == EINTR else {
                throw WebError(.system, "cannot read \(path): \(systemText(errno))")
            }
            length += max(0, count)
        }
        throw WebError(.tooLarge, "\(path) is larger than \(maximumByteCount) bytes")
    }
}
