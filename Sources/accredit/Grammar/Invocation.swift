/// One run of a command: what was given, with settings behind it, and where results go.
struct Invocation: Sendable {
    let command: Command
    let words: ParsedWords
    let settings: Settings
    let console: Console

    var environment: [String: String] { settings.environment }

    // MARK: Arguments

    /// The argument of this name; nil when it is optional and absent.
    func argument(_ name: String) -> String? { words.arguments[name]?.first }

    /// An argument which the grammar has already made sure of.
    func requiredArgument(_ name: String) throws(Failure) -> String {
        guard let value = argument(name) else {
            throw .usage("\(name) is missing", fix: "usage: \(Help.usage(of: command))")
        }
        return value
    }

    func arguments(_ name: String) -> [String] { words.arguments[name] ?? [] }

    // MARK: Options

    func flag(_ option: Option) -> Bool { words.options[option.name] != nil }

    func all(_ option: Option) -> [String] { words.options[option.name] ?? [] }

    /// Flag, then environment, then config file; without the default.
    func resolved(_ option: Option) throws(Failure) -> Settings.Resolved? {
        if let text = words.options[option.name]?.last {
            return Settings.Resolved(text: text, origin: "--\(option.name)")
        }
        return try settings.value(of: option)
    }

    /// The value in force, the default included where it is a plain value.
    func text(_ option: Option) throws(Failure) -> String? {
        let text = try resolved(option)?.text ?? option.standard
        guard option.isPath else { return text }
        return text.map { Folders.expanded($0, environment) }
    }

    func required(_ option: Option) throws(Failure) -> String {
        if let text = try text(option) { return text }
        var ways = ["--\(option.name) \(option.placeholder ?? "")"]
        if case .setting = option.source {
            ways += [option.environmentName, "\"\(option.memberName)\" in the config file"]
        }
        throw .usage(
            "--\(option.name) is missing", code: "usage.missing-option",
            why: "it is \(option.help)",
            fix: "give " + ways.joined(separator: ", or "))
    }

    /// A whole number in a range.
    func integer(_ option: Option, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
        guard let text = try text(option) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw .usage(
                "--\(option.name) is \"\(text)\"", code: "usage.bad-value",
                why: "it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// An amount: decimal digits without sign or leading zero.
    func amount(_ option: Option) throws(Failure) -> UInt64? {
        guard let text = try text(option) else { return nil }
        return try Self.amount(text, from: "--\(option.name)")
    }

    static func amount(_ text: String, from origin: String) throws(Failure) -> UInt64 {
        guard let value = UInt64(text), String(value) == text else {
            throw .usage(
                "\(origin) is \"\(text)\"", code: "usage.bad-value",
                why: "an amount is a whole number from 0 to \(UInt64.max), digits only")
        }
        return value
    }

    /// What is to be paid; the ledger takes no payment of nothing.
    func requiredPayment(_ option: Option) throws(Failure) -> UInt64 {
        let origin = "--\(option.name)"
        let value = try Self.amount(try required(option), from: origin)
        guard value > 0 else {
            throw .usage(
                "\(origin) is 0", code: "usage.bad-value", why: "nothing would be paid",
                fix: "give a whole number from 1")
        }
        return value
    }

    /// `--timeout` in milliseconds.
    var timeoutMilliseconds: Int64 {
        get throws(Failure) { try (integer(.timeout, in: 1...86_400) ?? 60) * 1000 }
    }

    /// The folder of keys in force.
    var keyFolder: String {
        get throws(Failure) {
            guard let folder = try resolved(.keys)?.text else { return Folders.keys(environment) }
            return Folders.expanded(folder, environment)
        }
    }
}
