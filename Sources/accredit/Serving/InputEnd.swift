import Glibc
import Storage

/// The end of standard input, by which a child learns that its parent is gone.
enum InputEnd {
    /// One element when standard input has ended. Reading blocks, so a thread of its own waits.
    static func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        do throws(StorageError) {
            try startThread {
                var byte: UInt8 = 0
                while unsafe read(STDIN_FILENO, &byte, 1) > 0 {}
                continuation.yield()
            }
        } catch {
            continuation.yield()
        }
        return stream
    }
}
