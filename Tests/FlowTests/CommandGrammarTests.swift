import Encoding
import Testing

@testable import accredit

@Suite struct CommandGrammarTests {
    private static let size = Option.value("size", "N", "how big", standard: "4")
    private static let tag = Option.value("tag", "WORD", "a word", repeats: true)
    private static let fast = Option.flag("fast", "hurry")

    /// Prints what it was given.
    private static let table = [
        Command(
            path: ["thing", "make"], summary: "Make a thing",
            arguments: [Argument("NAME", "its name"), Argument("MORE", "more", .many)],
            options: [size, tag, fast, .node], examples: [],
            run: { invocation in
                invocation.console.line(
                    "\(try invocation.requiredArgument("NAME")) \(invocation.arguments("MORE"))"
                        + " \(try invocation.text(size) ?? "") \(invocation.all(tag))"
                        + " \(invocation.flag(fast)) \(try invocation.text(.node) ?? "no node")")
            }),
        Command(
            path: ["thing", "show"], summary: "Show a thing", examples: [], run: { _ in }),
    ]

    private func run(_ words: [String], _ environment: [String: String] = [:]) async
        -> CommandResult
    {
        await CommandInProcess.run(words, environment: environment, table: Self.table)
    }

    @Test func `values follow their option as a word or after an equals sign`() async {
        let result = await run([
            "thing", "make", "a", "--size", "5", "b", "--tag=x=y", "--tag", "z",
        ])
        #expect(result.output == "a [\"b\"] 5 [\"x=y\", \"z\"] false no node\n")
        #expect(result.code == 0)
    }

    @Test func `two dashes end the options and one dash is an argument`() async {
        let result = await run(["thing", "make", "-", "--fast", "--", "--size", "-x"])
        #expect(result.output == "- [\"--size\", \"-x\"] 4 [] true no node\n")
    }

    @Test(arguments: [
        (["thing", "maek"], "did you mean accredit thing make?"),
        (["thign"], "did you mean accredit thing?"),
        (["thing", "make", "a", "b", "--sizee", "3"], "did you mean --size?"),
        (["thing", "make", "a", "b", "--output", "jsno"], "did you mean json?"),
        (["elephant"], "accredit --help lists what there is"),
        (
            ["thing", "make", "a", "b", "--elephant"],
            "accredit thing make --help lists the options"
        ),
        (["thing", "make", "a", "b", "-s"], "accredit thing make --help lists the options"),
    ])
    func `an unknown word is refused and the nearest one named`(
        words: [String], fix: String
    ) async {
        let result = await run(words)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.messages.contains("  fix: \(fix)\n"), "\(result.messages)")
    }

    @Test(arguments: [
        (["thing"], "usage.missing-verb"),
        (["thing", "make"], "usage.missing-argument"),
        (["thing", "make", "a"], "usage.missing-argument"),
        (["thing", "show", "a"], "usage.unexpected-argument"),
        (["thing", "make", "a", "b", "--size"], "usage.missing-value"),
        (["thing", "make", "a", "b", "--size", "--fast"], "usage.missing-value"),
        (["thing", "make", "a", "b", "--fast=1"], "usage.unexpected-value"),
        (["thing", "make", "a", "b", "--size", "1", "--size", "2"], "usage.repeated-option"),
    ])
    func `a wrong command line is refused with a code of its own`(
        words: [String], code: String
    ) async throws {
        let result = await run(words + ["--output", "json"].filter { _ in words.last != "--size" })
        #expect(result.code == 2)
        let parsed = Result { try Parsing(table: Self.table).parse(words) }
        #expect(throws: Failure.self) { try parsed.get() }
        if case .failure(let error as Failure) = parsed { #expect(error.code == code) }
    }

    @Test func `an option beats the environment, which beats the config file`() async throws {
        let folder = try CommandFolder()
        let config = try folder.write("config.json", #"{"node": "from-file"}"#)
        let words = ["thing", "make", "a", "b"]
        let file = ["ACCREDIT_CONFIG": config]
        #expect(await run(words).output.hasSuffix("no node\n"))
        #expect(await run(words, file).output.hasSuffix("from-file\n"))
        #expect(await run(words + ["--config", config]).output.hasSuffix("from-file\n"))
        let both = file.merging(["ACCREDIT_NODE": "from-environment"]) { $1 }
        #expect(await run(words, both).output.hasSuffix("from-environment\n"))
        #expect(await run(words + ["--node", "from-flag"], both).output.hasSuffix("from-flag\n"))
        let empty = file.merging(["ACCREDIT_NODE": ""]) { $1 }
        #expect(await run(words, empty).output.hasSuffix("from-file\n"))
    }

    @Test(arguments: [
        (#"{"nod": "x"}"#, 2, "did you mean \"node\"?"),
        (#"{"node": 7}"#, 2, "is not a string"),
        (#"{"node": "x", "node": "y"}"#, 2, "is not JSON"),
        (#"{"output": "xml"}"#, 2, "it must be one of: table, json"),
        ("[]", 2, "is not a JSON object"),
    ])
    func `a config file with a mistake is refused and the mistake named`(
        text: String, code: Int32, message: String
    ) async throws {
        let folder = try CommandFolder()
        let config = try folder.write("config.json", text)
        let result = await run(["thing", "show", "--config", config])
        #expect(result.code == code)
        #expect(result.messages.contains(message), "\(result.messages)")
        #expect(result.messages.contains(config))
    }

    @Test func `a config file that was named must be there, the usual one need not`() async {
        let named = await run(["thing", "show", "--config", "/nowhere/config.json"])
        #expect(named.code == 5)
        #expect(await run(["thing", "show"], ["HOME": "/nowhere"]).code == 0)
    }

    @Test func `paths in the config file count from its folder, key names do not`() throws {
        let folder = try CommandFolder()
        let config = try folder.write(
            "config.json", #"{"authority": "ca.pem", "key": "alice", "auditorSet": "/a/set.json"}"#)
        let settings = try Settings.load(flag: config, environment: [:])
        #expect(try settings.value(of: .authority)?.text == folder.path + "/ca.pem")
        #expect(try settings.value(of: .key)?.text == "alice")
        #expect(try settings.value(of: .auditorSet)?.text == "/a/set.json")
    }

    @Test func `help is data with examples first and never an error`() async {
        for words in [
            ["--help"], ["-h"], ["help"], [], ["keys", "--help"], ["help", "keys", "list"],
        ] {
            let result = await CommandInProcess.run(words)
            #expect(result.code == 0)
            #expect(result.messages.isEmpty)
            #expect(result.output.contains("Examples"))
        }
        for command in CommandTable.all {
            let result = await CommandInProcess.run(command.path + ["--help"])
            #expect(result.code == 0, "\(command.name)")
            let examples = result.output.split(separator: "\n").firstIndex(of: "Examples")
            let usage = result.output.split(separator: "\n").firstIndex(of: "Usage")
            #expect(examples ?? 99 < usage ?? 0, "\(command.name)")
        }
    }

    @Test func `no line of a help's text is wider than a terminal`() {
        for command in CommandTable.all {
            for line in command.discussion.split(separator: "\n") {
                #expect(line.count <= 100, "\(command.name): \(line)")
            }
        }
    }

    @Test func `every example in the help parses`() throws {
        for command in CommandTable.all {
            #expect(command.examples.count >= 2, "\(command.name)")
            for example in command.examples {
                let line = example.line.split(separator: " | ").last.map(String.init) ?? ""
                var words = line.split(separator: " ").map(String.init)
                if let from = words.firstIndex(where: { $0.hasSuffix(">") }) {
                    words.removeSubrange(from...)
                }
                if words.first == "source" { words = ["accredit", "completion", "bash"] }
                #expect(words.first == "accredit", "\(example.line)")
                let parsed = try Parsing(table: CommandTable.all).parse(Array(words.dropFirst()))
                guard case .run(let found, _) = parsed else {
                    Issue.record("\(example.line) is not a command")
                    continue
                }
                #expect(found.path == command.path, "\(example.line)")
            }
        }
    }

    @Test func `no option takes a secret`() {
        for option in CommandTable.all.flatMap(\.allOptions) where option.placeholder != nil {
            let isSecret = ["passphrase", "password", "secret", "token"].contains {
                option.name.contains($0)
            }
            let isWhereabouts = option.name.hasSuffix("-file") || option.name.hasSuffix("-fd")
            #expect(!isSecret || isWhereabouts, "--\(option.name)")
        }
    }

    @Test func `no two commands have one name and no command has an option twice`() {
        #expect(Set(CommandTable.all.map(\.name)).count == CommandTable.all.count)
        for command in CommandTable.all {
            let names = command.allOptions.map(\.name)
            #expect(Set(names).count == names.count, "\(command.name)")
        }
    }

    @Test(arguments: [
        ("cast", "cats", 1), ("", "abc", 3), ("same", "same", 0), ("kitten", "sitting", 3),
        ("list", "lst", 1), ("VOTE", "vote", 0),
    ])
    func `distance counts edits and swaps`(left: String, right: String, distance: Int) {
        #expect(Spelling.distance(left, right) == distance)
        #expect(Spelling.distance(right, left) == distance)
    }
}
