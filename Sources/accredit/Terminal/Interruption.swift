import Glibc
import Synchronization

/// Ctrl-C, the termination signal and the hang-up signal. All are blocked in every thread and taken
/// by the main thread, which does nothing else; so a handler is ordinary code, no signal handler.
enum Interruption {
    private struct State {
        var handler: (@Sendable () -> Void)?
        var hangup: (@Sendable () -> Void)?
        var ignoresHangup = false
        var terminal: TerminalMode?
        var interrupted = false
    }

    private static let state = Mutex(State())

    /// Runs `handler` instead of ending the process at the first interruption; the second ends it
    /// at once. For servers, which stop their work first.
    static func onFirst(_ handler: @escaping @Sendable () -> Void) {
        state.withLock { $0.handler = handler }
    }

    /// Runs `handler` at each hang-up signal (SIGHUP), which otherwise ends the process.
    static func onHangup(_ handler: @escaping @Sendable () -> Void) {
        state.withLock { $0.hangup = handler }
    }

    /// What to restore when the process is interrupted while a passphrase is typed; nil when done.
    static func restoring(_ terminal: TerminalMode?) {
        state.withLock { $0.terminal = terminal }
    }

    /// Blocks the signals. Threads and child processes started afterwards inherit that; a child
    /// of this program unblocks them by waiting for them itself.
    static func block() {
        signal(SIGPIPE, SIG_IGN)
        var signals = Self.signals
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A blocked signal is taken even when the parent (nohup) wants it ignored.
        let inherited = signal(SIGHUP, SIG_IGN)
        let isIgnored =
            unsafe unsafeBitCast(inherited, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
        if !isIgnored { signal(SIGHUP, SIG_DFL) }
        state.withLock { $0.ignoresHangup = isIgnored }
    }

    /// Waits for interruptions until the process ends.
    static func wait() -> Never {
        var signals = Self.signals
        while true {
            var number: Int32 = 0
            unsafe sigwait(&signals, &number)
            if number == SIGHUP { hangUp() } else { take() }
        }
    }

    private static func hangUp() {
        let (handler, isIgnored) = state.withLock { ($0.hangup, $0.ignoresHangup) }
        if let handler {
            handler()
        } else if !isIgnored {
            take()
        }
    }

    private static func take() {
        let handler = state.withLock { state -> (@Sendable () -> Void)? in
            defer { state.interrupted = true }
            return state.interrupted ? nil : state.handler
        }
        guard let handler else {
            state.withLock { $0.terminal?.restore() }
            _exit(ExitCode.interrupted.rawValue)
        }
        handler()
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGHUP)
        return signals
    }
}

/// A terminal's mode before it was changed.
struct TerminalMode: Sendable {
    private let descriptor: Int32
    private let saved: termios

    /// Switches off the echo of a terminal; nil when it is none.
    init?(silencing descriptor: Int32) {
        var mode = termios()
        guard unsafe tcgetattr(descriptor, &mode) == 0 else { return nil }
        self.descriptor = descriptor
        saved = mode
        mode.c_lflag &= ~tcflag_t(ECHO)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &mode) == 0 else { return nil }
    }

    func restore() {
        var mode = saved
        unsafe tcsetattr(descriptor, TCSAFLUSH, &mode)
    }
}
