import FoundationEssentials
import Glibc

/// The process: from the words of the command line to the exit code.
enum Program {
    static let version = "0.1.0"

    /// Runs the command on the global executor while this thread, the first one, waits for Ctrl-C.
    static func start() -> Never {
        Allocator.keepFreedMemory()
        Interruption.block()
        let words = Array(CommandLine.arguments.dropFirst())
        let environment = ProcessInfo.processInfo.environment
        Task.detached {
            let code = await run(words, environment: environment)
            exit(code.rawValue)
        }
        Interruption.wait()
    }

    /// Parses and runs one command line, printing to the given console or the standard streams.
    static func run(
        _ words: [String], environment: [String: String], console: Console? = nil,
        table: [Command] = CommandTable.all
    ) async -> ExitCode {
        // A failure to parse is printed in the form asked for, as far as that can be made out.
        let wanted = formatAskedFor(words, environment)
        let first = console ?? .standard(format: wanted, environment: environment)
        do {
            switch try Parsing(table: table).parse(words) {
            case .version: first.line("accredit \(version)")
            case .help(let path): first.line(Help(table: table).text(on: path))
            case .run(let command, let given):
                try await run(command, given, environment, console)
            }
            return .ok
        } catch {
            let failure = Failure(mapping: error)
            first.failure(failure)
            return failure.exit
        }
    }

    private static func run(
        _ command: Command, _ given: ParsedWords, _ environment: [String: String],
        _ console: Console?
    ) async throws {
        let settings = try Settings.load(
            flag: command.ownsConfiguration ? nil : given.options[Option.config.name]?.last,
            environment: environment)
        let named =
            try given.options[Option.output.name]?.last
            ?? settings.value(of: .output)?.text
        let format = named.flatMap(OutputFormat.init) ?? .table
        let standard = console ?? .standard(format: format, environment: environment)
        let invocation = Invocation(
            command: command, words: given, settings: settings, console: standard.with(format))
        try await command.run(invocation)
    }

    private static func formatAskedFor(
        _ words: [String], _ environment: [String: String]
    ) -> OutputFormat {
        let flag = "--\(Option.output.name)"
        for (index, word) in words.enumerated() {
            if word == "\(flag)=json" { return .json }
            if word == flag, index + 1 < words.count, words[index + 1] == "json" { return .json }
        }
        return environment[Option.output.environmentName].flatMap(OutputFormat.init) ?? .table
    }
}
