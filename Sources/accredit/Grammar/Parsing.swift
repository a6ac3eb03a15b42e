import Encoding

/// What the words of the command line mean, before anything is run.
enum Parsed: Sendable {
    case run(Command, ParsedWords)
    /// Help on everything under these words; empty for the whole command.
    case help([String])
    case version
}

/// Options and arguments as they were given, in order.
struct ParsedWords: Sendable, Equatable {
    /// By option name; a flag has an empty string for each time it stood there.
    var options: [String: [String]] = [:]
    /// By argument name.
    var arguments: [String: [String]] = [:]
}

/// Reads a command line against the table.
struct Parsing: Sendable {
    let table: [Command]

    func parse(_ words: [String]) throws(Failure) -> Parsed {
        var rest = words[...]
        var given = ParsedWords()
        var path: [String] = []
        // The command's words come first; only options that every command has may precede them.
        while let word = rest.first {
            if word == "--help" || word == "-h" { return .help(path) }
            if word == "--version", path.isEmpty { return .version }
            if word.hasPrefix("-"), word != "-" {
                try readOption(&rest, known: Option.everywhere, into: &given, of: nil)
                continue
            }
            if path.isEmpty, word == "help" { return try helpTopic(rest.dropFirst()) }
            path.append(word)
            rest = rest.dropFirst()
            if let command = table.first(where: { $0.path == path }) {
                return try parse(rest, of: command, given)
            }
            try check(path)
        }
        if path.isEmpty { return .help([]) }
        let verbs = table.filter { $0.path.first == path[0] }.map { $0.path[1] }
        throw .usage(
            "\"\(path[0])\" needs a verb", code: "usage.missing-verb",
            why: "it has: \(verbs.joined(separator: ", "))",
            fix: "accredit \(path[0]) \(verbs.first ?? "") --help")
    }

    private func parse(
        _ words: ArraySlice<String>, of command: Command, _ already: ParsedWords
    ) throws(Failure) -> Parsed {
        var rest = words
        var given = already
        var values: [String] = []
        while let word = rest.first {
            if word == "--" {
                values += rest.dropFirst()
                break
            }
            if word == "--help" || word == "-h" { return .help(command.path) }
            if word.hasPrefix("-"), word != "-" {
                try readOption(&rest, known: command.allOptions, into: &given, of: command)
            } else {
                values.append(word)
                rest = rest.dropFirst()
            }
        }
        given.arguments = try assign(values, to: command)
        return .run(command, given)
    }

    private func readOption(
        _ rest: inout ArraySlice<String>, known: [Option], into given: inout ParsedWords,
        of command: Command?
    ) throws(Failure) {
        let word = rest.removeFirst()
        let body = word.dropFirst(word.hasPrefix("--") ? 2 : 1)
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let help = "accredit \(command.map { $0.name + " " } ?? "")--help lists the options"
        guard word.hasPrefix("--"), let option = known.first(where: { $0.name == name }) else {
            let near = Spelling.nearest(to: name, among: known.map(\.name))
            throw .usage(
                "unknown option \(word.hasPrefix("--") ? "--" : "-")\(name)",
                code: "usage.unknown-option",
                why: command == nil
                    ? "before the command only options of every command stand" : nil,
                fix: near.map { "did you mean --\($0)?" } ?? help)
        }
        let value = try value(of: option, parts, &rest)
        if given.options[name] != nil, !option.repeats, option.placeholder != nil {
            throw .usage(
                "--\(name) is given twice", code: "usage.repeated-option",
                fix: "give it once")
        }
        given.options[name, default: []].append(value)
    }

    private func value(
        of option: Option, _ parts: [Substring], _ rest: inout ArraySlice<String>
    ) throws(Failure) -> String {
        guard let placeholder = option.placeholder else {
            guard parts.count == 1 else {
                throw .usage(
                    "--\(option.name) takes no value", code: "usage.unexpected-value",
                    fix: "write --\(option.name) alone")
            }
            return ""
        }
        let value: String
        if parts.count == 2 {
            value = String(parts[1])
        } else if let next = rest.first, next == "-" || !next.hasPrefix("-") {
            value = rest.removeFirst()
        } else {
            throw .usage(
                "--\(option.name) needs a value", code: "usage.missing-value",
                fix: "write --\(option.name) \(placeholder), or --\(option.name)=\(placeholder)"
                    + " when the value begins with a dash")
        }
        try option.check(value, from: "--\(option.name)")
        return value
    }

    private func assign(
        _ values: [String], to command: Command
    ) throws(Failure) -> [String: [String]] {
        var rest = values[...]
        var result: [String: [String]] = [:]
        for argument in command.arguments {
            switch argument.occurrence {
            case .one:
                guard let value = rest.popFirst() else { throw missing(argument, of: command) }
                result[argument.name] = [value]
            case .optional:
                if let value = rest.popFirst() { result[argument.name] = [value] }
            case .many:
                guard !rest.isEmpty else { throw missing(argument, of: command) }
                result[argument.name] = Array(rest)
                rest = []
            }
        }
        if let extra = rest.first {
            throw .usage(
                "\"\(extra)\" is one argument too many", code: "usage.unexpected-argument",
                fix: "usage: \(Help.usage(of: command))")
        }
        return result
    }

    private func missing(_ argument: Argument, of command: Command) -> Failure {
        .usage(
            "\(argument.name) is missing", code: "usage.missing-argument",
            why: "it is \(argument.help)", fix: "usage: \(Help.usage(of: command))")
    }

    /// Refuses words under which no command stands.
    private func check(_ path: [String]) throws(Failure) {
        if table.contains(where: { $0.path.starts(with: path) }) { return }
        let word = path[path.count - 1]
        let above = Array(path.dropLast())
        let known = table.filter { $0.path.count > above.count && $0.path.starts(with: above) }
            .map { $0.path[above.count] }
        let noun = above.joined(separator: " ")
        let near = Spelling.nearest(to: word, among: known)
        throw .usage(
            noun.isEmpty
                ? "there is no command \"\(word)\"" : "\"\(noun)\" has no verb \"\(word)\"",
            code: "usage.unknown-command",
            fix: near.map { "did you mean accredit \((above + [$0]).joined(separator: " "))?" }
                ?? "accredit \(noun.isEmpty ? "" : noun + " ")--help lists what there is")
    }

    private func helpTopic(_ words: ArraySlice<String>) throws(Failure) -> Parsed {
        let path = words.prefix { !$0.hasPrefix("-") }
        if !path.isEmpty { try check(Array(path)) }
        return .help(Array(path))
    }
}

extension Option {
    /// Refuses a value that is not one of the choices, naming where it came from.
    func check(_ value: String, from origin: String) throws(Failure) {
        guard !choices.isEmpty, !choices.contains(value) else { return }
        let near = Spelling.nearest(to: value, among: choices)
        throw .usage(
            "\(origin) is \"\(value)\"", code: "usage.bad-value",
            why: "it must be one of: \(choices.joined(separator: ", "))",
            fix: near.map { "did you mean \($0)?" })
    }
}
