import CLinux

/// Random numbers of the system, fetched some at a time: each fetch is a system call.
struct RandomStock: RandomNumberGenerator {
    /// Of 256 bytes, which the system gives whole or not at all.
    private static let wordCount = 32
    private var words: [UInt64] = []

    mutating func next() -> UInt64 {
        if let word = words.popLast() { return word }
        words = [UInt64](repeating: 0, count: Self.wordCount)
        let byteCount = unsafe words.withUnsafeMutableBytes { buffer in
            unsafe (getrandom(buffer.baseAddress, buffer.count, 0), buffer.count)
        }
        guard byteCount.0 == byteCount.1, let word = words.popLast() else {
            words = []
            var generator = SystemRandomNumberGenerator()
            return generator.next()
        }
        return word
    }
}
