import Glibc
import Synchronization

/// A text file read line by line, however long it is.
package final class LineReader: Sendable {
    private struct Content {
        var buffer: [UInt8] = []
        /// Bytes of `buffer` given out already.
        var start = 0
        var hasEnded = false
    }

    private let path: String
    private let descriptor: Int32
    private let lineByteCountMaximum: Int
    private let content = Mutex(Content())

    /// - Throws: `missing`, `permission` or `io`.
    package init(path: String, lineByteCountMaximum: Int) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot open \(path)", errno) }
        self.path = path
        self.descriptor = descriptor
        self.lineByteCountMaximum = lineByteCountMaximum
    }

    deinit { Glibc.close(descriptor) }

    /// The next line without its end; nil after the last.
    /// - Throws: `limit` for a line that is too long, `io`.
    package func next() throws(StorageError) -> [UInt8]? {
        try content.withLock { content throws(StorageError) in
            var searched = content.start
            while true {
                let rest = content.buffer[searched...]
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { content.start = end + 1 }
                    return Array(content.buffer[content.start..<end])
                }
                searched = content.buffer.count
                guard !content.hasEnded else {
                    defer { content.start = searched }
                    return content.start < searched ? Array(content.buffer[content.start...]) : nil
                }
                guard searched - content.start <= lineByteCountMaximum else {
                    throw StorageError(
                        .limit, "\(path) has a line of more than \(lineByteCountMaximum) bytes")
                }
                try fill(&content)
                searched -= content.start
                content.start = 0
            }
        }
    }

    /// Drops what was given out and reads on.
    private func fill(_ content: inout Content) throws(StorageError) {
        content.buffer.removeFirst(content.start)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("cannot read \(path)", errno) }
            content.hasEnded = count == 0
            content.buffer += chunk[..<count]
            return
        }
    }
}
