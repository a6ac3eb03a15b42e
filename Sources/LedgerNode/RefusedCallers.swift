import Synchronization

/// Who was refused at the peer routes, for the operator: the newest reason of each, bounded.
final class RefusedCallers: Sendable {
    struct Entry: Sendable {
        /// A node's did, as far as it has proved it, or the address it called from.
        let caller: String
        fileprivate(set) var reason: String
        /// Monotonic milliseconds.
        fileprivate(set) var at: Int64
        fileprivate(set) var count: Int
        fileprivate var loggedAt: Int64
    }

    private let entries = Mutex<[Entry]>([])
    /// Lines of the log, since when they are counted.
    private let lines = Mutex((since: Int64(0), count: 0))

    /// - Returns: whether it is worth a line in the log: new, or not said for a while, and not one
    ///   of a flood, in which a stranger calls with a new key each time.
    func note(_ caller: String, _ reason: String, at now: Int64) -> Bool {
        isNews(caller, reason, at: now) && hasRoom(at: now)
    }

    private func hasRoom(at now: Int64) -> Bool {
        lines.withLock { lines in
            if lines.count == 0 || now - lines.since >= Limits.refusalLogMilliseconds {
                lines = (now, 0)
            }
            lines.count += 1
            return lines.count <= Limits.refusalLogLinesMaximum
        }
    }

    private func isNews(_ caller: String, _ reason: String, at now: Int64) -> Bool {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.caller == caller }) else {
                if entries.count >= Limits.refusedCallersMaximum { entries.removeFirst() }
                entries.append(
                    Entry(caller: caller, reason: reason, at: now, count: 1, loggedAt: now))
                return true
            }
            var entry = entries.remove(at: index)
            let isNews =
                entry.reason != reason || now - entry.loggedAt >= Limits.refusalLogMilliseconds
            entry.reason = reason
            entry.at = now
            entry.count += 1
            if isNews { entry.loggedAt = now }
            entries.append(entry)
            return isNews
        }
    }

    /// Refused since `moment`, the newest last.
    func since(_ moment: Int64) -> [Entry] { entries.withLock { $0.filter { $0.at >= moment } } }
}
