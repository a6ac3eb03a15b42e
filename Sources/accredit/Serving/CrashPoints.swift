import Encoding
import Glibc
import Synchronization

/// The named points that a server passes on its way to an answer or a block, for tests of what
/// a power cut leaves behind: the process tells them, or ends itself at one of them as `kill -9`
/// would, without any clean-up.
final class CrashPoints: Sendable {
    static let tell = Option.flag(
        "tell-points",
        "for crash tests: log every point passed on the way to an answer or a block")
    static let end = Option.value(
        "end-at", "POINT",
        "for crash tests: end like a power cut at this point, or POINT#N at its Nth passing")
    static let options = [tell, end]

    private let end: (point: String, passing: Int)?
    private let log: (@Sendable (JSON) -> Void)?
    private let count = Mutex(0)

    /// What the options ask for; nil when they are absent, so that nothing is watched.
    static func asked(
        by invocation: Invocation, log: @escaping @Sendable (JSON) -> Void
    ) throws -> (@Sendable (String) -> Void)? {
        let end = try invocation.text(end)
        let tells = invocation.flag(tell)
        guard end != nil || tells else { return nil }
        let points = CrashPoints(end: end, log: tells ? log : nil)
        return { points.pass($0) }
    }

    private init(end text: String?, log: (@Sendable (JSON) -> Void)?) {
        self.log = log
        end = text.map { text in
            let parts = text.split(separator: "#", maxSplits: 1).map(String.init)
            guard parts.count == 2, let number = Int(parts[1]) else { return (text, 1) }
            return (parts[0], number)
        }
    }

    private func pass(_ point: String) {
        log?(["event": "point", "point": JSON(point)])
        guard let end, end.point == point else { return }
        let passed = count.withLock { count in
            count += 1
            return count
        }
        if passed == end.passing { kill(getpid(), SIGKILL) }
    }
}
