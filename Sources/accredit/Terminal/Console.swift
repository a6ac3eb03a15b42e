import Encoding

enum OutputFormat: String, Sendable {
    case table, json
}

/// Where a command's results and messages go: data to standard output, everything else to standard
/// error. Tests give it sinks of their own.
struct Console: Sendable {
    let format: OutputFormat
    /// Whether people watch standard error, and so whether progress may redraw a line.
    let isTerminal: Bool
    let usesColor: Bool
    let writeData: @Sendable ([UInt8]) -> Void
    let writeMessage: @Sendable ([UInt8]) -> Void

    func with(_ format: OutputFormat) -> Console {
        Console(
            format: format, isTerminal: isTerminal, usesColor: usesColor, writeData: writeData,
            writeMessage: writeMessage)
    }

    /// Prints one line of data.
    func line(_ text: String) { writeData(Array((text + "\n").utf8)) }

    /// Prints a result: the JSON document, or what people read.
    func result(_ json: @autoclosure () -> JSON, table: () -> String) {
        switch format {
        case .json: line(Escaping.escapedJSON(json().prettyText))
        case .table:
            let text = table()
            if !text.isEmpty { line(text) }
        }
    }

    /// Prints a message, which no program reads.
    func message(_ text: String) {
        writeMessage(Array((Escaping.escaped(text, keepingLines: true) + "\n").utf8))
    }

    /// Prints a failure in the form asked for.
    func failure(_ failure: Failure) {
        let text =
            switch format {
            case .json: Escaping.escapedJSON(failure.json.prettyText)
            case .table: usesColor ? "\u{1b}[31m\(failure.text)\u{1b}[0m" : failure.text
            }
        writeMessage(Array((text + "\n").utf8))
    }

    /// Bold on a terminal that shows it.
    func emphasized(_ text: String) -> String { usesColor ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    /// A table with its headers set off.
    func table(_ table: Table) -> String { table.text(emphasize: emphasized) }
}
