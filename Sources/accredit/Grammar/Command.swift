/// One thing the command can do. The table of all of them is `CommandTable`; help, completion,
/// suggestions and parsing are read from it and from nowhere else.
struct Command: Sendable {
    /// The words that name it: `["vote", "cast"]`, or one word for `apply` and `status`.
    let path: [String]
    /// One line, without a full stop.
    let summary: String
    /// Paragraphs after the examples in `--help`: what is written, when it refuses.
    var discussion: String = ""
    var arguments: [Argument] = []
    var options: [Option] = []
    /// At least two, each runnable as it stands.
    let examples: [Example]
    let run: @Sendable (Invocation) async throws -> Void

    var name: String { path.joined(separator: " ") }

    /// Its own options and the ones every command has. A server's `--config` is the server's, so an
    /// own option takes the place of a common one of that name.
    var allOptions: [Option] {
        options
            + Option.everywhere.filter { common in !options.contains { $0.name == common.name } }
    }

    /// Whether `--config` names a server's configuration and not the command's settings.
    var ownsConfiguration: Bool { options.contains { $0.name == Option.config.name } }

    struct Example: Sendable {
        let line: String
        let meaning: String

        init(_ line: String, _ meaning: String) {
            self.line = line
            self.meaning = meaning
        }
    }
}

/// A positional argument.
struct Argument: Sendable {
    enum Occurrence: Sendable {
        case one
        case optional
        /// One or more; only the last argument may be.
        case many
    }

    let name: String
    let help: String
    var occurrence: Occurrence = .one

    init(_ name: String, _ help: String, _ occurrence: Occurrence = .one) {
        self.name = name
        self.help = help
        self.occurrence = occurrence
    }

    /// `FILE`, `[NUMBER]`, `CHANGE…`.
    var usage: String {
        switch occurrence {
        case .one: name
        case .optional: "[\(name)]"
        case .many: "\(name)…"
        }
    }
}

/// A named option: `--name value`, `--name=value`, or a flag without a value.
struct Option: Sendable {
    /// Where a value may come from besides the command line.
    enum Source: Sendable {
        case flagOnly
        /// Also from `ACCREDIT_<NAME>` and from the member of the config file.
        case setting
    }

    let name: String
    /// What stands for the value in the help; nil for a flag.
    let placeholder: String?
    let help: String
    var source: Source = .flagOnly
    var repeats = false
    /// Used when no source gives a value; shown in the help.
    var standard: String?
    /// When the value is one of a few words.
    var choices: [String] = []
    /// The value names a file: a relative one in the config file counts from that file's folder.
    var isPath = false

    static func flag(_ name: String, _ help: String) -> Option {
        Option(name: name, placeholder: nil, help: help)
    }

    static func value(
        _ name: String, _ placeholder: String, _ help: String, repeats: Bool = false,
        standard: String? = nil, choices: [String] = []
    ) -> Option {
        Option(
            name: name, placeholder: placeholder, help: help, repeats: repeats, standard: standard,
            choices: choices)
    }

    static func path(
        _ name: String, _ help: String, repeats: Bool = false, standard: String? = nil
    ) -> Option {
        Option(
            name: name, placeholder: "FILE", help: help, repeats: repeats, standard: standard,
            isPath: true)
    }

    /// An option that the environment and the config file may also set.
    static func setting(
        _ name: String, _ placeholder: String, _ help: String, standard: String? = nil,
        choices: [String] = [], isPath: Bool = false
    ) -> Option {
        Option(
            name: name, placeholder: placeholder, help: help, source: .setting,
            standard: standard, choices: choices, isPath: isPath)
    }

    /// `passphrase-file` → `ACCREDIT_PASSPHRASE_FILE`.
    var environmentName: String {
        "ACCREDIT_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// `passphrase-file` → `passphraseFile`.
    var memberName: String {
        let words = name.split(separator: "-")
        return words.enumerated().map { index, word in
            index == 0 ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
        }.joined()
    }
}
