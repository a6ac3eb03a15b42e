import Auditing
import AuditorServer
import Credentials
import Encoding
import Storage
import Testing

@testable import accredit

@Suite struct CommandKeyRingTests {
    private let folder: CommandFolder

    init() throws { folder = try CommandFolder() }

    private var ring: KeyRingFolder { KeyRingFolder(path: folder.file("ring")) }

    private func keys(_ words: String...) async -> CommandResult {
        await CommandInProcess.run(
            ["keys"] + words + ["--ring", folder.file("ring"), "--output", "json"],
            environment: ["HOME": folder.path])
    }

    private func prepare() async throws -> String {
        let made = await keys("prepare", "--no-passphrase", "--issuer", "https://a.example")
        #expect(made.code == 0, "\(made.messages)")
        return try #require(try ring.read().keys.last).thumbprint
    }

    @Test func `a ring is begun, its keys follow each other`() async throws {
        let refused = await keys("prepare", "--no-passphrase")
        #expect(refused.code == 2)
        let first = try await prepare()
        #expect(await keys("activate", first).code == 0)
        let second = try await prepare()
        let early = await keys("activate", second)
        #expect(early.code == 1)
        #expect(early.messages.contains("verifiers may not know"))
        #expect(await keys("activate", String(second.prefix(8)), "--at-once").code == 0)
        #expect(try ring.read().keys.map(\.state) == [.retired, .active])
        let revoked = await keys("revoke", first, "--reason", "lost")
        #expect(revoked.code == 0)
        #expect(try ring.read().keys.map(\.state) == [.revoked, .active])
        #expect(await keys("retire", second).code == 0)
        #expect(try ring.read().active == nil)
        #expect(await keys("retire", "nothing").code == ExitCode.notFound.rawValue)
        let shown = await keys("show", String(first.prefix(8)))
        #expect(try JSON.parse(shown.output)["reason"] == "lost")
    }

    @Test func `a plan shows the dates and changes nothing`() async throws {
        let key = try await prepare()
        let before = try folder.read("ring/keyring.json")
        for words in [
            ["prepare"], ["activate", key], ["revoke", key, "--reason", "test"],
        ] {
            let planned = await CommandInProcess.run(
                ["keys"] + words
                    + ["--plan", "--ring", folder.file("ring"), "--output", "json"],
                environment: ["HOME": folder.path])
            #expect(planned.code == 0, "\(planned.messages)")
            #expect(planned.messages.contains("nothing was changed"))
        }
        #expect(try folder.read("ring/keyring.json") == before)
        #expect(await keys("activate", key).code == 0)
        let listed = await keys("list", "--credentials-for", "30d")
        let plan = try JSON.parse(listed.output)["plan"]
        #expect(plan?.arrayValue?.map { $0["step"] } == ["prepare-next", "activate-next", "ends"])
        #expect(plan?[0]?["due"] == false)
        let due = await keys("list", "--credentials-for", "366d")
        #expect(try JSON.parse(due.output)["plan"]?[0]?["due"] == true)
    }
}
