import Synchronization

/// What waits to be sent to one peer. Posting never blocks: when the queue is full the oldest gives
/// way, because of consensus messages the newest matter most and all of them come again.
final class Outbox: Sendable {
    struct Bounds: Sendable {
        let itemCount: Int
        let byteCount: Int
        let batchItemCount: Int
        let batchByteCount: Int
        /// After a batch that was not full: what comes meanwhile goes together.
        var pauseMilliseconds = 0
    }

    private struct Queue: Sendable {
        var items: [[UInt8]] = []
        var byteCount = 0
    }

    private let bounds: Bounds
    private let queue = Mutex(Queue())
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    init(bounds: Bounds) {
        self.bounds = bounds
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func post(_ item: [UInt8]) {
        guard item.count <= bounds.batchByteCount else { return }
        let isFirst = queue.withLock { queue in
            queue.items.append(item)
            queue.byteCount += item.count
            var dropped = 0
            while queue.items.count - dropped > bounds.itemCount
                || queue.byteCount > bounds.byteCount
            {
                queue.byteCount -= queue.items[dropped].count
                dropped += 1
            }
            queue.items.removeFirst(dropped)
            return queue.items.count == 1
        }
        // Who takes them goes on until none is left.
        if isFirst { wake.yield() }
    }

    /// Sends batches, one under way at a time, until cancelled or closed. A batch that fails is
    /// dropped and followed by a pause.
    func run(_ send: @Sendable ([[UInt8]]) async -> Bool) async {
        for await _ in wakes {
            while let batch = take() {
                if await !send(batch) {
                    try? await Task.sleep(for: .milliseconds(Limits.peerPauseMilliseconds))
                } else if batch.count < bounds.batchItemCount, bounds.pauseMilliseconds > 0 {
                    try? await Task.sleep(for: .milliseconds(bounds.pauseMilliseconds))
                }
                if Task.isCancelled { return }
            }
        }
    }

    func close() { wake.finish() }

    private func take() -> [[UInt8]]? {
        queue.withLock { queue in
            var count = 0
            var byteCount = 0
            for item in queue.items.prefix(bounds.batchItemCount) {
                guard count == 0 || byteCount + item.count <= bounds.batchByteCount else { break }
                count += 1
                byteCount += item.count
            }
            guard count > 0 else { return nil }
            let batch = Array(queue.items.prefix(count))
            queue.items.removeFirst(count)
            queue.byteCount -= byteCount
            return batch
        }
    }
}
