import Synchronization

/// Tells people what a waiting command is doing: one line that is redrawn on a terminal, one line
/// for each new step in a log.
final class Progress: Sendable {
    private struct State {
        var text = ""
        var turn = 0
        var drawn = false
    }

    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    private static let barWidth = 24

    private let console: Console
    private let state = Mutex(State())

    init(_ console: Console) { self.console = console }

    /// Says what happens now; the same text again only turns the spinner.
    func step(_ text: String) {
        state.withLock { state in
            if console.isTerminal {
                let sign = Self.spinner[state.turn % Self.spinner.count]
                state.turn += 1
                state.drawn = true
                draw("\(sign) \(text)")
            } else if state.text != text {
                console.message(text)
            }
            state.text = text
        }
    }

    /// Says how far it is: `done` of `total`.
    func step(_ text: String, done: Int, total: Int) {
        guard console.isTerminal, total > 0 else { return step("\(text): \(done) of \(total)") }
        let filled = min(max(done, 0), total) * Self.barWidth / total
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: Self.barWidth - filled)
        step("\(bar) \(done)/\(total) \(text)")
    }

    /// Clears the line, so that what follows stands alone.
    func finish() {
        state.withLock { state in
            if state.drawn { console.writeMessage(Array("\r\u{1b}[K".utf8)) }
            state.drawn = false
        }
    }

    private func draw(_ text: String) {
        console.writeMessage(Array("\r\u{1b}[K\(Escaping.escaped(text))".utf8))
    }
}
