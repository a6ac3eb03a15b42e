import Encoding

/// Revokes what incidents were ordered to revoke, a few in a transaction, and goes on after a stop.
struct IncidentWorker: Sendable {
    let store: AuditorStore
    let clock: @Sendable () -> Instant
    let log: @Sendable (JSON) -> Void

    /// Works until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            if await !step() {
                try? await Task.sleep(for: .milliseconds(Limits.incidentPollMilliseconds))
            }
        }
    }

    /// - Returns: whether there is more to do at once.
    // Inlined into the loop, the optimizer of Swift 6.3.1 crashes on it.
    @inline(never)
    private func step() async -> Bool {
        do {
            return try await store.revokeNext(at: clock())
        } catch {
            log(["event": "incident-failed", "cause": JSON("\(error)")])
            return false
        }
    }
}
