import Synchronization

/// The same work on many items, on all cores.
enum InParallel {
    private static let chunkCount = 256

    /// The results of `body` for 0 ..< `count`, in order.
    static func map<T: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> T
    ) async throws -> [T] {
        let starts = stride(from: 0, to: count, by: chunkCount)
        return try await withThrowingTaskGroup(of: (Int, [T]).self) { group in
            for start in starts {
                group.addTask {
                    (start, try (start..<min(start + chunkCount, count)).map(body))
                }
            }
            var chunks: [Int: [T]] = [:]
            for try await (start, chunk) in group { chunks[start] = chunk }
            return starts.flatMap { chunks[$0] ?? [] }
        }
    }

    /// Runs `body` for 0 ..< `count`, `width` of them at one time.
    static func run(
        _ count: Int, width: Int, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let next = Turn()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<width {
                group.addTask {
                    while let index = next.take(below: count) { try await body(index) }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Gives out 0, 1, 2 …
final class Turn: Sendable {
    private let next = Atomic<Int>(0)

    func take(below end: Int) -> Int? {
        let index = next.add(1, ordering: .relaxed).oldValue
        return index < end ? index : nil
    }
}
