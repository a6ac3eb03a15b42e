import Encoding

/// `completion`: scripts for shells, made from the table.
enum CompletionCommands {
    static let all = [completion]

    static let completion = Command(
        path: ["completion"],
        summary: "Print a completion script for bash, zsh or fish",
        arguments: [Argument("SHELL", "bash, zsh or fish")],
        examples: [
            .init("source <(accredit completion bash)", "complete in this shell"),
            .init(
                "accredit completion fish > ~/.config/fish/completions/accredit.fish",
                "complete in every fish from now on"),
        ],
        run: { invocation in
            let shell = try invocation.requiredArgument("SHELL")
            switch shell {
            case "bash": invocation.console.line(bash(CommandTable.all))
            case "zsh":
                let preamble = "#compdef accredit\nautoload -U +X bashcompinit && bashcompinit\n"
                invocation.console.line(preamble + bash(CommandTable.all))
            case "fish": invocation.console.line(fish(CommandTable.all))
            default:
                throw Failure.usage(
                    "there is no completion for \"\(shell)\"", code: "usage.bad-value",
                    why: "it must be one of: bash, zsh, fish",
                    fix: Spelling.nearest(to: shell, among: ["bash", "zsh", "fish"])
                        .map { "did you mean \($0)?" })
            }
        })

    /// The first words, each once, in the table's order.
    private static func nouns(_ table: [Command]) -> [String] {
        var nouns: [String] = []
        for command in table where !nouns.contains(command.path[0]) {
            nouns.append(command.path[0])
        }
        return nouns
    }

    private static func options(_ command: Command) -> String {
        command.allOptions.map { "--\($0.name)" }.joined(separator: " ")
    }

    static func bash(_ table: [Command]) -> String {
        var lines = [
            "_accredit() {",
            "    local current=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"",
            "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in",
        ]
        for command in table {
            let pattern = command.path.count == 1 ? "\"\(command.name) \"*" : "\"\(command.name)\""
            lines.append("    \(pattern)) words=\"\(options(command))\" ;;")
        }
        lines += ["    esac", "    if [ \"$COMP_CWORD\" -eq 1 ]; then"]
        lines += ["        words=\"\(nouns(table).joined(separator: " "))\""]
        lines += [
            "    elif [ \"$COMP_CWORD\" -eq 2 ]; then", "        case \"${COMP_WORDS[1]}\" in",
        ]
        for noun in nouns(table) {
            let verbs = table.filter { $0.path[0] == noun && $0.path.count > 1 }.map { $0.path[1] }
            if !verbs.isEmpty {
                lines.append("        \(noun)) words=\"\(verbs.joined(separator: " "))\" ;;")
            }
        }
        lines += [
            "        esac",
            "    fi",
            "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))",
            "    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))",
            "}",
            "complete -F _accredit accredit",
        ]
        return lines.joined(separator: "\n")
    }

    static func fish(_ table: [Command]) -> String {
        var lines = nouns(table).map { "complete -c accredit -n __fish_use_subcommand -a \($0)" }
        for command in table {
            let seen = command.path.map { "__fish_seen_subcommand_from \($0)" }
            if command.path.count > 1 {
                lines.append(
                    "complete -c accredit -n '\(seen[0])' -a \(command.path[1])"
                        + " -d '\(command.summary.filter { $0 != "'" })'")
            }
            for option in command.allOptions {
                let value = option.placeholder == nil ? "" : " -r"
                lines.append(
                    "complete -c accredit -n '\(seen.joined(separator: "; and "))'"
                        + " -l \(option.name)\(value)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
