import Synchronization

/// How long each of many requests took, noted from any thread.
final class Latencies: Sendable {
    private let seconds = Mutex<[Double]>([])

    func note(_ value: Double) { seconds.withLock { $0.append(value) } }

    /// Milliseconds that half of them do not exceed.
    var median: Double { seconds.withLock { $0.median } * 1000 }

    /// Milliseconds that 99 of 100 do not exceed.
    var ninetyNinth: Double {
        let sorted = seconds.withLock { $0.sorted() }
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)] * 1000
    }
}
