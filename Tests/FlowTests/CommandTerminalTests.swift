import Encoding
import Synchronization
import Testing

@testable import accredit

@Suite struct CommandTerminalTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ("abc\u{202e}fed", "abc\\u{202e}fed"),
        ("a\u{200b}b\u{feff}\u{7f}\u{85}", "a\\u{200b}b\\u{feff}\\u{7f}\\u{85}"),
        ("two\nlines", "two\\u{a}lines"),
        ("é 漢", "é 漢"),
    ])
    func `control and reordering characters are shown, not obeyed`(text: String, shown: String) {
        #expect(Escaping.escaped(text) == shown)
    }

    @Test func `an escaped JSON document means the same`() throws {
        let json: JSON = ["name": "a\u{202e}b\u{1b}\u{E0041}\n", "list": [1, 2]]
        let text = Escaping.escapedJSON(json.prettyText)
        #expect(!text.unicodeScalars.contains { Escaping.isUnsafe($0) && $0 != "\n" })
        #expect(try JSON.parse(text) == json)
    }

    @Test func `a server's text cannot break out of its cell`() {
        let table = Table(["NODE", "VOTES"], [["did:key:z\u{1b}[2J\nfake  99", "1"]])
        #expect(table.text().split(separator: "\n").count == 2)
        #expect(!table.text().contains("\u{1b}"))
    }

    @Test(arguments: [
        ([:], true), (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true),
        (["CLICOLOR": "0"], false), (["TERM": "dumb"], false),
        (["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], false),
    ])
    func `colour follows the conventions`(environment: [String: String], expected: Bool) {
        #expect(Console.usesColor(terminal: true, environment) == expected)
        #expect(!Console.usesColor(terminal: false, environment))
    }

    @Test func `progress is one line a step in a log and redraws on a terminal`() {
        func told(isTerminal: Bool) -> String {
            let sink = Sink()
            let console = Console(
                format: .table, isTerminal: isTerminal, usesColor: false, writeData: { _ in },
                writeMessage: { sink.add($0) })
            let progress = Progress(console)
            progress.step("asking")
            progress.step("asking")
            progress.step("auditors", done: 1, total: 2)
            progress.finish()
            return sink.text
        }
        #expect(told(isTerminal: false) == "asking\nauditors: 1 of 2\n")
        let drawn = told(isTerminal: true)
        #expect(!drawn.contains("\n"))
        #expect(drawn.contains("1/2 auditors"))
        #expect(drawn.hasSuffix("\r\u{1b}[K"))
    }

    @Test func `a failure is what, why and how to fix`() {
        let failure = Failure(
            .conflict, "output.exists", "it is there", why: "somebody made it", fix: "move it")
        #expect(failure.text == "accredit: it is there\n  why: somebody made it\n  fix: move it")
        #expect(
            failure.json.text
                == #"{"error":{"exit":7,"code":"output.exists","what":"it is there","#
                + #""why":"somebody made it","fix":"move it"}}"#)
    }

    private final class Sink: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }
}
