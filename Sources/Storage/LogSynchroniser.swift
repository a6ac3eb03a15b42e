/// Brings a log to the disk without keeping anybody waiting, on a thread of its own. Wishes that
/// come while a sync is under way are met by one more.
package final class LogSynchroniser: Sendable {
    private struct State: Sendable {
        var isWanted = false
        var isFinished = false
        var hasEnded = false
    }

    private let state = Monitor(State())

    package init(_ log: AppendLog) throws(StorageError) {
        let state = state
        try startThread {
            while LogSynchroniser.isWanted(state) {
                // A failure stays in the log, which refuses the next entry with it.
                _ = try? log.synchronise()
            }
            state.update { $0.hasEnded = true }
        }
    }

    deinit { state.update { $0.isFinished = true } }

    /// Blocks until there is a wish; false when there will be none.
    private static func isWanted(_ state: Monitor<State>) -> Bool {
        state.wait { state in
            if state.isWanted {
                state.isWanted = false
                return true
            }
            return state.isFinished ? false : nil
        }
    }

    /// Everything appended before this is on the disk some time after it.
    package func wish() { state.update { $0.isWanted = true } }

    /// Meets the last wish and ends the thread; blocks until that is done.
    package func finish() {
        state.update { $0.isFinished = true }
        state.wait { $0.hasEnded ? () : nil }
    }
}
