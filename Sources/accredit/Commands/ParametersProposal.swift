import Encoding
import Ledger

/// A change of parameters that representatives are asked to sign: a file `{"network", "replaces",
/// "parameters"}`, which has all that a signature covers, so that signing needs no server.
struct ParametersProposal: Sendable {
    let network: String
    /// Without approvals.
    let update: ParametersUpdate

    var json: JSON {
        [
            "network": .string(network), "replaces": JSON(update.replaces),
            "parameters": .object(update.parameters),
        ]
    }

    /// - Parameter words: `NAME=VALUE` each.
    /// - Throws: `usage`, or the ledger's error for parameters that would not be applied.
    init(_ words: [String], network: String, over current: Parameters) throws {
        var changes = JSONObject([])
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
                throw Failure.usage(
                    "\"\(word)\" is not NAME=VALUE", code: "usage.bad-value",
                    why: "parameters that can change are "
                        + Parameters.changeable.joined(separator: ", "),
                    fix: "write electionInterval=200")
            }
            let name = String(word[..<equals])
            guard changes[name] == nil else {
                throw Failure.usage(
                    "\(name) stands there twice", code: "usage.bad-value",
                    fix: "give one value for it")
            }
            changes[name] = try Self.value(String(word[word.index(after: equals)...]))
        }
        self.network = network
        update = ParametersUpdate(
            replaces: current.version, parameters: changes, approvals: [])
        do { _ = try current.updated(changes) } catch {
            throw Failure.usage(
                "the change cannot be made", code: "usage.bad-value",
                why: Failure(mapping: error).what,
                fix: "accredit parameters show prints the parameters as they are")
        }
    }

    /// `@FILE` is the JSON in a file; what is not JSON is text, so that expressions need no quotes.
    private static func value(_ text: String) throws -> JSON {
        if text.hasPrefix("@") { return try InputFile.json(String(text.dropFirst())) }
        return (try? JSON.parse(text)) ?? .string(text)
    }

    /// Reads the file that `propose` wrote.
    init(file: String) throws {
        var fields = try Fields(InputFile.json(file), file)
        network = try fields.string("network")
        let replaces = try fields.uint64("replaces")
        guard let changes = try fields.json("parameters").objectValue, !changes.members.isEmpty
        else { throw fields.error("parameters", "is an object of the parameters that change") }
        try fields.end()
        update = ParametersUpdate(replaces: replaces, parameters: changes, approvals: [])
    }

    /// What a signature agrees to, for the person who makes it.
    var description: String {
        "\(network): replaces version \(update.replaces) of the parameters\n"
            + update.parameters.members.map { "  \($0.name) = \($0.value.text)" }
            .joined(separator: "\n")
    }
}
