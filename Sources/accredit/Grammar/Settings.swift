import Encoding

/// Values that stand outside the command line: the environment, then the config file.
struct Settings: Sendable {
    /// A value and where it came from, so that a message can name the place to change.
    struct Resolved: Sendable, Equatable {
        let text: String
        let origin: String
    }

    let environment: [String: String]
    /// The config file that was read; nil when there is none.
    let path: String?
    private let members: [String: String]

    init(environment: [String: String], path: String? = nil, members: [String: String] = [:]) {
        self.environment = environment
        self.path = path
        self.members = members
    }

    /// Reads the config file: the one named on the command line, else `ACCREDIT_CONFIG`, else the
    /// usual place. One that was named must be there; the usual one need not.
    static func load(flag: String?, environment: [String: String]) throws(Failure) -> Settings {
        let named = flag ?? environment[Option.config.environmentName].flatMap(nonEmpty)
        if named == nil, environment["HOME"] == nil { return Settings(environment: environment) }
        let path = named ?? Folders.configuration(environment) + "/config.json"
        let bytes: [UInt8]
        do {
            bytes = try InputFile.read(path, maximumByteCount: Limits.configByteCountMaximum)
        } catch let failure {
            guard failure.exit == .notFound else { throw failure }
            guard named != nil else { return Settings(environment: environment) }
            throw Failure(
                failure.exit, failure.code, "there is no config file \(path)",
                why: flag == nil
                    ? "\(Option.config.environmentName) names it" : "--config names it",
                fix: "correct the name, or leave it out")
        }
        return Settings(
            environment: environment, path: path, members: try parse(bytes, path: path))
    }

    private static func parse(_ bytes: [UInt8], path: String) throws(Failure) -> [String: String] {
        let json: JSON
        do { json = try JSON.parse(bytes) } catch let error {
            throw Failure(
                .usage, "config.format", "the config file \(path) is not JSON",
                why: error.detail, fix: "correct the file, or name another with --config")
        }
        guard let object = json.objectValue else {
            throw Failure(
                .usage, "config.format", "the config file \(path) is not a JSON object",
                fix: "write {\"node\": \"https://…\"}")
        }
        let known = Option.settings
        var members: [String: String] = [:]
        for member in object.members {
            guard let option = known.first(where: { $0.memberName == member.name }) else {
                let near = Spelling.nearest(to: member.name, among: known.map(\.memberName))
                throw Failure(
                    .usage, "config.unknown-member",
                    "the config file \(path) has an unknown member \"\(member.name)\"",
                    why: "known are: \(known.map(\.memberName).joined(separator: ", "))",
                    fix: near.map { "did you mean \"\($0)\"?" } ?? "remove it")
            }
            guard let text = member.value.stringValue else {
                throw Failure(
                    .usage, "config.format", "\"\(member.name)\" in \(path) is not a string",
                    fix: "write \"\(member.name)\": \"…\"")
            }
            try option.check(text, from: "\"\(member.name)\" in \(path)")
            members[member.name] = text
        }
        return members
    }

    /// What the environment or else the config file says; paths in the file count from its folder.
    func value(of option: Option) throws(Failure) -> Resolved? {
        guard case .setting = option.source else { return nil }
        if let text = environment[option.environmentName].flatMap(Self.nonEmpty) {
            try option.check(text, from: option.environmentName)
            return Resolved(text: text, origin: option.environmentName)
        }
        guard let path, let text = members[option.memberName] else { return nil }
        var resolved = text
        // A bare word for a key is its name in the key folder, not a file beside the config.
        let named = option.name == Option.key.name && !text.utf8.contains(UInt8(ascii: "/"))
        if option.isPath, !named, !text.hasPrefix("/"), !text.hasPrefix("~/") {
            resolved = Folders.parent(of: path) + "/" + text
        }
        return Resolved(text: resolved, origin: "\"\(option.memberName)\" in \(path)")
    }

    /// An empty variable counts as unset, as in the shell's own `${NAME:-…}`.
    private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}
