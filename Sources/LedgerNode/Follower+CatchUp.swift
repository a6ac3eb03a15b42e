import Encoding
import Ledger
import Storage
import Web

/// Fetching many blocks from one peer: while the core executes some, the next are verified on all
/// cores, and those after them are on their way. Each part is bounded, and what a peer says is
/// never believed: where it lies, stalls or ends, another one goes on from the newest good block.
extension Follower {
    /// Fetches what a peer has, as long as it comes.
    /// - Returns: whether any of it was taken.
    @inline(never)
    func catchUp(_ source: String) async -> Bool {
        services.board.update { $0.isCatchingUp = true }
        defer { services.board.update { $0.isCatchingUp = false } }
        var next = services.chain.tip.height + 1
        let begin = next
        var fetching = fetchLater(source, next)
        // While blocks are brought to the disk, the next are verified already, and wait. Two lots
        // of them are on their way at most.
        var older: Task<String?, Never>?
        var newer: Task<String?, Never>?
        while !Task.isCancelled, let run = await fetching.value, !run.entries.isEmpty {
            let height = next
            next += UInt64(run.entries.count)
            fetching = fetchLater(source, next)
            let checked: [CheckedBlock]
            do {
                checked = try await RunChecker(services).check(run, from: height)
            } catch {
                noteRefused(source, height, "\(error)")
                break
            }
            if await older?.value != nil { break }
            older = newer
            newer = commitLater(checked, after: newer)
        }
        fetching.cancel()
        if let reason = await newer?.value {
            noteRefused(source, services.chain.tip.height + 1, reason)
        }
        return services.chain.tip.height >= begin
    }

    /// Nothing is committed behind blocks of which one was refused, and for the same reason.
    private func commitLater(
        _ checked: [CheckedBlock], after previous: Task<String?, Never>?
    ) -> Task<String?, Never> {
        let inbox = services.inbox
        return Task {
            if let reason = await previous?.value { return reason }
            return await inbox.commit(checked)
        }
    }

    private func fetchLater(_ source: String, _ height: UInt64) -> Task<BlockRun?, Never> {
        Task { await fetchRun(source, height) }
    }

    /// Nil when the peer does not answer in time, or with something else.
    @inline(never)
    private func fetchRun(_ source: String, _ height: UInt64) async -> BlockRun? {
        do {
            let response = try await services.client.send(
                "GET", "\(source)/v1/blocks/\(height)/run",
                deadlineMilliseconds: Limits.runDeadlineMilliseconds,
                maximumBodyByteCount: Limits.blockByteCountMaximum)
            guard response.status == 200 else { return nil }
            return try BlockRun(response.body)
        } catch let error as FormatError {
            noteRefused(source, height, "\(error)")
            return nil
        } catch {
            return nil
        }
    }
}
