import Encoding
import Web

/// Keeps device challenges from taking the machine: one is worked on at a time, a few wait, and
/// only so many are taken in a minute.
actor ChallengeDesk {
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var taken: [Instant] = []

    /// Returns when it is this caller's turn; `leave` must follow.
    /// - Throws: a problem with `Retry-After` when too many wait or came in the last minute.
    func enter(at now: Instant) async throws(Problem) {
        taken.removeAll { now.milliseconds(since: $0) >= 60_000 || $0 > now }
        guard taken.count < Limits.challengesPerMinuteMaximum,
            waiting.count < Limits.challengesWaitingMaximum
        else {
            throw Problem(
                type: "device-busy", title: "Too many device challenges", status: 429,
                detail: "This node answers at most \(Limits.challengesPerMinuteMaximum) challenges "
                    + "in a minute and keeps \(Limits.challengesWaitingMaximum) waiting.",
                fix: "Send a new challenge later.", headers: [("retry-after", "5")])
        }
        taken.append(now)
        guard isBusy else {
            isBusy = true
            return
        }
        // The one who leaves hands its turn on, so nobody can slip in between.
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty {
            isBusy = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
