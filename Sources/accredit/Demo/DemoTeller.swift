/// Tells the story on standard output as it happens, and what is waited for on standard error. With
/// `--output json` the story is silent: the document at the end is all of the output.
struct DemoTeller: Sendable {
    let console: Console
    let progress: Progress

    init(_ console: Console) {
        self.console = console
        progress = Progress(console)
    }

    private var isSilent: Bool {
        switch console.format {
        case .json: true
        case .table: false
        }
    }

    /// Begins a part of the story.
    func chapter(_ title: String) {
        line("")
        line(console.emphasized(title))
    }

    func say(_ text: String) { line("  " + Escaping.escaped(text)) }

    func show(_ table: Table) {
        for row in console.table(table).split(separator: "\n", omittingEmptySubsequences: false) {
            line("    " + row)
        }
    }

    func banner(_ text: String) { line(console.emphasized(text)) }

    func step(_ text: String) { progress.step(text) }

    /// A wait for blocks: the height is only for a line that is redrawn.
    func step(_ text: String, at height: UInt64) {
        progress.step(console.isTerminal ? "\(text); block \(height) is there" : text)
    }

    private func line(_ text: String) {
        guard !isSilent else { return }
        progress.finish()
        console.line(text)
    }
}
