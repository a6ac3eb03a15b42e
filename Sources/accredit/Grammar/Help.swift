/// The text of `--help`, made from the table.
struct Help: Sendable {
    let table: [Command]

    /// Help on the commands under these words.
    func text(on path: [String]) -> String {
        if let command = table.first(where: { $0.path == path }) { return text(on: command) }
        return path.isEmpty ? overview : text(onNoun: path[0])
    }

    static func usage(of command: Command) -> String {
        let arguments = command.arguments.map { " " + $0.usage }.joined()
        return "accredit \(command.name)\(arguments) [options]"
    }

    private func text(on command: Command) -> String {
        var lines = ["\(command.summary).", "", "Examples"]
        for example in command.examples {
            lines.append("  # \(example.meaning)")
            lines.append("  \(example.line)")
        }
        lines += ["", "Usage", "  \(Self.usage(of: command))"]
        if !command.arguments.isEmpty {
            lines += ["", "Arguments"]
            lines += Self.columns(command.arguments.map { ($0.name, $0.help) })
        }
        lines += ["", "Options"]
        lines += Self.columns(command.allOptions.map { (Self.form(of: $0), Self.help(of: $0)) })
        if !command.discussion.isEmpty { lines += ["", command.discussion] }
        return lines.joined(separator: "\n")
    }

    private func text(onNoun noun: String) -> String {
        let commands = table.filter { $0.path.first == noun }
        var lines = ["Examples"]
        for command in commands {
            guard let example = command.examples.first else { continue }
            lines.append("  # \(example.meaning)")
            lines.append("  \(example.line)")
        }
        lines += ["", "Usage", "  accredit \(noun) <verb> [options]", "", "Verbs"]
        lines += Self.columns(
            commands.map { ($0.path.dropFirst().joined(separator: " "), $0.summary) })
        lines += ["", "accredit \(noun) <verb> --help tells more."]
        return lines.joined(separator: "\n")
    }

    private var overview: String {
        var lines = [
            "Accredit: audited candidates, elected representatives, one ledger.",
            "",
            "Examples",
            "  # make a key for an account or a node",
            "  accredit keys generate alice",
            "  # cast three votes for a candidate",
            "  accredit vote cast did:key:zDnae…=3 --key alice",
            "",
            "Usage",
            "  accredit <noun> <verb> [options]",
            "",
            "Commands",
        ]
        lines += Self.columns(table.map { ($0.name, $0.summary) })
        lines += ["", "Settings: option, then environment, then config file, then default"]
        lines += Self.columns(
            Option.settings.map { option in
                ("--\(option.name)", "\(option.environmentName), member \(option.memberName)")
            })
        lines += ["", "Exit codes"]
        lines += Self.columns(ExitCode.allCases.map { (String($0.rawValue), $0.name) })
        lines += [
            "", "accredit <noun> <verb> --help tells more; accredit --version names the release.",
        ]
        return lines.joined(separator: "\n")
    }

    private static func form(of option: Option) -> String {
        let short = option.name == Option.help.name ? "-h, " : ""
        return "\(short)--\(option.name)\(option.placeholder.map { " " + $0 } ?? "")"
    }

    private static func help(of option: Option) -> String {
        var text = option.help
        if !option.choices.isEmpty { text += ": \(option.choices.joined(separator: " or "))" }
        if option.repeats { text += " (may be repeated)" }
        if let standard = option.standard { text += " (default \(standard))" }
        return text
    }

    private static func columns(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { left, right in
            "  " + left + String(repeating: " ", count: width - left.count + 2) + right
        }
    }
}
