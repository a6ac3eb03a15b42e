import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization
import Web

/// Follows the chain for those who look at it: fills the lists, and tells listeners of each block.
final class Explorer: Sendable {
    let store: ExplorerStore
    let events = EventBroadcast()
    /// The newest blocks, by height, until the lists have them.
    private let newest = Mutex<[UInt64: ListedBlock]>([:])
    /// Candidates whose tally changed, by height, for the newest blocks.
    private let changed = Mutex<[UInt64: [String]]>([:])
    private let uptime = Mutex<(height: UInt64, document: JSON)?>(nil)

    init(store: ExplorerStore) { self.store = store }

    /// Called by the core with each block, before its height is announced.
    func note(_ executed: ExecutedBlock) {
        let height = executed.block.header.height
        newest.withLock { newest in
            newest[height] = ListedBlock(executed)
            if height > Limits.explorerKeptBlocksMaximum {
                newest[height - Limits.explorerKeptBlocksMaximum] = nil
            }
        }
        let candidates = executed.tallies.prefix(Limits.announcedCandidatesMaximum)
        changed.withLock { changed in
            changed[height] = candidates.map(\.candidate.text)
            if height > Limits.announcedBlocksMaximum {
                changed[height - Limits.announcedBlocksMaximum] = nil
            }
        }
    }

    /// Follows until the task is cancelled. What goes wrong is logged and tried again: the lists
    /// lag behind then, and the chain does not care.
    func run(_ services: NodeServices) async {
        while !Task.isCancelled {
            do {
                if services.board.view.isCatchingUp {
                    try? await Task.sleep(for: .milliseconds(Limits.explorerPauseMilliseconds))
                    continue
                }
                let began = ContinuousClock.now
                if try await catchUp(services) {
                    try await rest(since: began, services)
                    continue
                }
                await services.signal.wait(
                    for: try store.height + 1, milliseconds: Limits.waitMillisecondsMaximum)
            } catch {
                services.log.event("explorer-failed", [("reason", .string("\(error)"))])
                try? await Task.sleep(for: .milliseconds(Limits.explorerPauseMilliseconds))
            }
            if services.board.view.isStopping { return }
        }
    }

    /// - Returns: whether there was something to take in.
    private func catchUp(_ services: NodeServices) async throws -> Bool {
        let known = try store.height
        let tip = services.chain.tip.height
        guard known < tip else { return false }
        if services.store.lacks(known + 1) {
            try await store.skip(to: services.store.base)
            return true
        }
        let last = min(tip, known + Limits.explorerBatchCount)
        var blocks: [ListedBlock] = []
        for height in known + 1...last {
            guard let block = try block(height, services) else { break }
            blocks.append(block)
        }
        try await store.append(blocks)
        if let newest = blocks.last, newest.header.height == tip { announce(newest) }
        return !blocks.isEmpty
    }

    private func block(_ height: UInt64, _ services: NodeServices) throws -> ListedBlock? {
        if let block = newest.withLock({ $0.removeValue(forKey: height) }) { return block }
        return try services.store.block(height).map {
            try ListedBlock($0, reading: services.verifier.read)
        }
    }

    /// Lets some blocks come together once the lists are near the tip: one write for all of them
    /// costs less.
    private func rest(since began: ContinuousClock.Instant, _ services: NodeServices) async throws {
        guard services.chain.tip.height < (try store.height) + Limits.explorerBatchCount else {
            return
        }
        let pause = began.duration(to: .now) * Limits.explorerPauseFactor
        try? await Task.sleep(for: min(pause, .milliseconds(Limits.explorerPauseMilliseconds)))
    }

    private func announce(_ block: ListedBlock) {
        let header = block.header
        let candidates = changed.withLock { $0[header.height] ?? [] }
        events.publish(
            id: header.height, name: "block",
            [
                "height": JSON(header.height), "time": .string(header.time.rfc3339),
                "block": .string(header.id.text), "transactions": JSON(block.transactions.count),
                "candidates": .array(candidates.map { .string($0) }),
            ])
    }

    /// The document for a height, made once.
    func uptime(at height: UInt64, _ make: () throws -> JSON) rethrows -> JSON {
        if let known = uptime.withLock({ $0 }), known.height == height { return known.document }
        let document = try make()
        uptime.withLock { $0 = (height, document) }
        return document
    }
}
