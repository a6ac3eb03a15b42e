import Synchronization

/// Lets requests wait until a height is committed. Every committed height wakes those it concerns.
final class HeightSignal: Sendable {
    private struct State: Sendable {
        var height: UInt64
        var next = 0
        var waiters: [Int: Waiter] = [:]
    }

    private struct Waiter: Sendable {
        let height: UInt64
        let resume: CheckedContinuation<Void, Never>
    }

    private let state: Mutex<State>

    init(height: UInt64) { state = Mutex(State(height: height)) }

    var height: UInt64 { state.withLock { $0.height } }

    /// Wakes everybody who waits for `height` or less.
    func reach(_ height: UInt64) {
        let ready = state.withLock { state -> [Waiter] in
            state.height = max(state.height, height)
            let due = state.waiters.filter { $0.value.height <= state.height }
            for key in due.keys { state.waiters[key] = nil }
            return Array(due.values)
        }
        for waiter in ready { waiter.resume.resume() }
    }

    /// Returns once `height` is committed or the time is over, whichever is first; at once when
    /// too many wait already.
    /// - Returns: whether the height is committed.
    @discardableResult
    func wait(for height: UInt64, milliseconds: Int) async -> Bool {
        guard milliseconds > 0, self.height < height else { return self.height >= height }
        let id = state.withLock { state -> Int in
            state.next += 1
            return state.next
        }
        // Started once the waiter is known: a timer that fired before would wake nobody.
        var timer: Task<Void, Never>?
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state -> Bool in
                    guard state.height < height, !Task.isCancelled,
                        state.waiters.count < Limits.waitersMaximum
                    else { return false }
                    state.waiters[id] = Waiter(height: height, resume: continuation)
                    return true
                }
                guard isWaiting else { return continuation.resume() }
                timer = Task {
                    try? await Task.sleep(for: .milliseconds(milliseconds))
                    self.giveUp(id)
                }
            }
        } onCancel: {
            giveUp(id)
        }
        timer?.cancel()
        return self.height >= height
    }

    /// Wakes everybody, for the end.
    func release() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume.resume() }
    }

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        waiter?.resume.resume()
    }
}
