import TestSupport
import Testing

@testable import accredit

/// Files that are not there, or are something else: the message has the name, why, and what to do.
@Suite struct CommandFileTests {
    private let folder: CommandFolder

    init() throws { folder = try CommandFolder() }

    private func run(
        _ words: [String], _ environment: [String: String] = [:]
    ) async throws -> CommandResult {
        try await BuiltCommand.run(
            words, environment: environment.merging(["HOME": folder.path]) { $1 },
            folder: folder.path)
    }

    @Test func `a file that is something else is told by its name, with why and a way out`()
        async throws
    {
        try folder.write("junk", "{")
        try folder.write("empty", "{}")
        let cases: [([String], String, ExitCode)] = [
            (["credential", "show", "junk"], "junk is not a credential", .failure),
            (["credential", "forecast", "junk"], "junk is not a bundle", .failure),
            (
                ["credential", "needs-renewal", "junk"], "junk is not a bundle or a credential",
                .failure
            ),
            (["bundle", "verify", "junk"], "junk is not a bundle", .failure),
            (
                ["bundle", "verify", "junk", "--auditor-set", "empty"], "junk is not a bundle",
                .failure
            ),
            (
                ["credential", "verify", "junk", "--auditor-set", "empty"],
                "empty is not an auditor set", .failure
            ),
            (
                ["apply", "junk", "--network", "n", "--aggregator", "http://127.0.0.1:1"], "junk",
                .failure
            ),
            (
                ["receipt", "verify", "junk", "--genesis", "empty"],
                "empty is not the genesis file of a network", .failure
            ),
            (
                ["ledger", "verify", "--genesis", "junk", "--file", "x"], "junk is not the",
                .failure
            ),
            (["review", "import", "junk"], "junk is not a signed decision", .failure),
            (["ledger", "snapshot", "--data", "nobody"], "no ledger in nobody", .notFound),
        ]
        for (words, name, exit) in cases {
            let result = try await run(words)
            #expect(result.code == exit.rawValue, "\(words): \(result.messages)")
            #expect(result.messages.contains(name), "\(words): \(result.messages)")
            #expect(result.messages.contains("why: "), "\(words): \(result.messages)")
            #expect(result.messages.contains("fix: "), "\(words): \(result.messages)")
        }
    }

    @Test(arguments: ["auditor", "aggregator", "gateway", "signer", "node"])
    func `a server's configuration that does not fit is told by its name`(noun: String) async throws
    {
        try folder.write("empty.json", "{}")
        try folder.write("junk.json", "{")
        for name in ["empty.json", "junk.json"] {
            let result = try await run([noun, "serve", "--config", name])
            #expect(result.code == ExitCode.usage.rawValue, "\(result.messages)")
            #expect(result.messages.contains(name))
            #expect(!result.messages.contains("\(name): \(name)"))
            #expect(result.messages.lowercased().contains("correct the file"))
        }
    }

    @Test func `a config file that is not there is told with what names it`() async throws {
        let named = try await run(["status"], ["ACCREDIT_CONFIG": "nobody.json"])
        #expect(named.code == ExitCode.notFound.rawValue)
        #expect(named.messages.contains("no config file nobody.json"))
        #expect(named.messages.contains("ACCREDIT_CONFIG names it"))
        let flagged = try await run(["status", "--config", "nobody.json"])
        #expect(flagged.messages.contains("--config names it"))
    }
}
