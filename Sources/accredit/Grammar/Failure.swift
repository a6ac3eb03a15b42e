import Encoding

/// What a command throws when it cannot do what it was asked: what happened, why, how to fix it.
struct Failure: Error, Sendable, Equatable {
    let exit: ExitCode
    /// A short stable name for programs, e.g. `usage.unknown-option` or a ledger's result code.
    let code: String
    let what: String
    var why: String?
    var fix: String?
    /// Further members for `--output json`, e.g. the id of a transaction.
    var members: JSONObject = JSONObject([])

    init(
        _ exit: ExitCode, _ code: String? = nil, _ what: String, why: String? = nil,
        fix: String? = nil, members: [(String, JSON)] = []
    ) {
        self.exit = exit
        self.code = code ?? exit.name
        self.what = what
        self.why = why
        self.fix = fix
        self.members = JSONObject(members)
    }

    static func usage(
        _ what: String, code: String = "usage", why: String? = nil, fix: String? = nil
    ) -> Failure {
        Failure(.usage, code, what, why: why, fix: fix)
    }

    /// For people: one line each for what, why and how to fix.
    var text: String {
        var lines = ["accredit: " + Escaping.escaped(what)]
        if let why { lines.append("  why: " + Escaping.escaped(why, keepingLines: true)) }
        if let fix { lines.append("  fix: " + Escaping.escaped(fix, keepingLines: true)) }
        return lines.joined(separator: "\n")
    }

    /// For programs: `{"error": {"exit", "code", "what", "why"?, "fix"?, …}}`.
    var json: JSON {
        var object = JSONObject([
            ("exit", .number(JSONNumber(Int64(exit.rawValue)))),
            ("code", .string(code)),
            ("what", .string(what)),
        ])
        if let why { object["why"] = .string(why) }
        if let fix { object["fix"] = .string(fix) }
        for member in members.members { object[member.name] = member.value }
        return .object(JSONObject([("error", .object(object))]))
    }
}
