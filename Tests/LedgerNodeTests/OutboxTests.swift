import Synchronization
import Testing

@testable import LedgerNode

@Suite struct OutboxTests {
    private final class Sent: Sendable {
        private let state = Mutex<[[[UInt8]]]>([])
        var batches: [[[UInt8]]] { state.withLock { $0 } }
        func note(_ batch: [[UInt8]]) { state.withLock { $0.append(batch) } }
    }

    /// What is sent of `items` to a peer that took nothing until all were posted.
    private func sent(
        _ items: [[UInt8]], itemCount: Int, byteCount: Int, batch: Int
    ) async -> [[[UInt8]]] {
        let outbox = Outbox(
            bounds: Outbox.Bounds(
                itemCount: itemCount, byteCount: byteCount, batchItemCount: batch,
                batchByteCount: 100))
        for item in items { outbox.post(item) }
        outbox.close()
        let sent = Sent()
        await outbox.run { batch in
            sent.note(batch)
            return true
        }
        return sent.batches
    }

    @Test func `for a peer that takes nothing the newest are kept, up to the bounds`() async {
        let items = (0..<50).map { [UInt8($0)] }
        let byCount = await sent(items, itemCount: 4, byteCount: 1_000, batch: 3)
        #expect(byCount == [[[46], [47], [48]], [[49]]])
        let byBytes = await sent(items, itemCount: 100, byteCount: 2, batch: 3)
        #expect(byBytes == [[[48], [49]]])
    }

    @Test func `what fits into no batch is not kept`() async {
        let none = await sent(
            [[UInt8](repeating: 0, count: 101)], itemCount: 4, byteCount: 1_000, batch: 3)
        #expect(none.isEmpty)
    }
}
