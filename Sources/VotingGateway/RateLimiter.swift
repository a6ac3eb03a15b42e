import Encoding

/// Counts what each stranger asks for in windows of one minute.
struct RateLimiter: Sendable {
    private struct Window: Sendable {
        let start: Instant
        var count: Int
    }

    static let windowMilliseconds: Int64 = 60_000

    let countMaximum: Int
    private var windows: [String: Window] = [:]

    init(countMaximum: Int) { self.countMaximum = countMaximum }

    /// Counts one more; false when the minute's share of `key` is used up.
    mutating func admits(_ key: String, at now: Instant) -> Bool {
        if var window = windows[key], isRunning(window, at: now) {
            guard window.count < countMaximum else { return false }
            window.count += 1
            windows[key] = window
            return true
        }
        if windows.count >= Limits.countedAddressesMaximum {
            windows = windows.filter { isRunning($0.value, at: now) }
        }
        guard windows.count < Limits.countedAddressesMaximum else { return false }
        windows[key] = Window(start: now, count: 1)
        return true
    }

    /// A clock that was set back ends every window, rather than keep it for long.
    private func isRunning(_ window: Window, at now: Instant) -> Bool {
        (0..<Self.windowMilliseconds).contains(now.milliseconds(since: window.start))
    }
}
