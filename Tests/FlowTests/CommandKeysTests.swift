import Encoding
import Testing

@testable import accredit

@Suite struct CommandKeysTests {
    private let folder: CommandFolder

    init() throws { folder = try CommandFolder() }

    private func run(_ words: [String], input: String = "") async throws -> CommandResult {
        try await BuiltCommand.run(
            words, environment: ["HOME": folder.path], input: input, folder: folder.path)
    }

    @Test func `a key is made encrypted, in files of the right modes, and shown`() async throws {
        let secret = try folder.write("secret", "correct horse\n")
        let made = try await run(
            [
                "keys", "generate", "alice", "--keys", "keys", "--passphrase-file", secret,
                "--output=json",
            ])
        #expect(made.code == 0, "\(made.messages)")
        let json = try JSON.parse(made.output)
        let did = try #require(json["did"]?.stringValue)
        #expect(did.hasPrefix("did:key:zDn"))
        #expect(folder.mode("keys") == 0o700)
        #expect(folder.mode("keys/alice.pem") == 0o600)
        #expect(folder.mode("keys/alice.public.json") == 0o644)
        #expect(
            try folder.read("keys/alice.pem").hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        let listed = try await run(["keys", "list", "--keys", "keys"])
        #expect(listed.output.contains("alice  ES256      \(did)"), "\(listed.output)")
        let shown = try await run(["keys", "show", "alice", "--keys", "keys", "--output", "json"])
        #expect(try JSON.parse(shown.output) == json)
    }

    @Test func `the passphrase may come through a descriptor`() async throws {
        let made = try await run(
            [
                "keys", "generate", "c", "--keys", "k", "--algorithm", "Ed25519", "--passphrase-fd",
                "0",
            ],
            input: "correct horse\n")
        #expect(made.code == 0, "\(made.messages)")
        #expect(made.output.contains("did:key:z6Mk"))
    }

    @Test func `a key is never overwritten`() async throws {
        let words = ["keys", "generate", "alice", "--keys", "keys", "--no-passphrase"]
        #expect(try await run(words).code == 0)
        let before = try folder.read("keys/alice.pem")
        let again = try await run(words)
        #expect(again.code == 7)
        #expect(again.output.isEmpty)
        #expect(again.messages.contains("exists and is not overwritten"))
        #expect(try folder.read("keys/alice.pem") == before)
    }

    @Test func `without a terminal nobody is asked for a passphrase`() async throws {
        let result = try await run(["keys", "generate", "alice", "--keys", "keys"])
        #expect(result.code == 2)
        #expect(
            result.messages == """
                accredit: there is no passphrase for the new key keys/alice.pem
                  why: this is not a terminal, so nobody can be asked
                  fix: give --passphrase-file FILE or --passphrase-fd NUMBER, or --no-passphrase \
                for an unprotected key

                """)
    }

    @Test func `a passphrase file that others can read is refused`() async throws {
        let secret = try folder.write("secret", "correct horse\n", mode: 0o644)
        let result = try await run(
            ["keys", "generate", "alice", "--keys", "keys", "--passphrase-file", secret])
        #expect(result.code == 4)
        #expect(result.messages.contains("chmod 600 \(secret)"))
    }

    @Test func `a missing key is not found, as JSON when asked`() async throws {
        let result = try await run(["keys", "show", "bob", "--keys", "keys", "--output", "json"])
        #expect(result.code == 5)
        let error = try #require(try JSON.parse(result.messages)["error"])
        #expect(error["exit"]?.int64Value == 5)
        #expect(error["code"]?.stringValue == "key.missing")
        #expect(error["fix"]?.stringValue?.contains("accredit keys generate") == true)
    }

    @Test func `keys stand in the working folder's Keys when there is one`() async throws {
        _ = try await run(["keys", "generate", "first", "--keys", "Keys", "--no-passphrase"])
        #expect(try await run(["keys", "generate", "second", "--no-passphrase"]).code == 0)
        #expect(folder.mode("Keys/second.pem") == 0o600)
    }

    @Test func `version and unknown commands answer from the shell`() async throws {
        let version = try await run(["--version"])
        #expect(version.code == 0)
        #expect(version.output == "accredit \(Program.version)\n")
        #expect(try await run(["kyes"]).code == 2)
    }
}
