import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

@testable import accredit

/// Reviewers at their terminals: a real auditor, and the command.
@Suite struct CommandReviewTests {
    private let world: ReviewWorld
    private let folder: CommandFolder

    init() async throws {
        world = try await ReviewWorld()
        folder = try CommandFolder()
        for (index, key) in world.reviewers.enumerated() {
            _ = try KeyFolder(path: folder.path).add(
                key.key, name: "r\(index + 1)", passphrase: nil)
        }
    }

    private func run(_ words: String...) async -> CommandResult {
        var words = words
        if words[1] != "sign" {
            words += ["--auditor", world.issuer, "--authority", world.world.trust.path]
        }
        if words[1] != "import" { words += ["--keys", folder.path] }
        return await CommandInProcess.run(words)
    }

    private func decide(_ verb: String, _ id: String, by key: String) async -> CommandResult {
        await run("review", verb, id, "--key", key, "--reason", "known to us")
    }

    @Test func `two reviewers approve at their terminals`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer()
        let id = application.digest.text

        let list = await run("review", "list", "--key", "r1", "--due", "73h")
        #expect(list.code == 0, "\(list.messages)")
        #expect(list.output.contains(id) && list.output.contains("0 of 2"))
        let soon = await run("review", "list", "--due", "1h")
        #expect(soon.output == "no cases\n")
        let claimed = await run("review", "claim", id, "--key", "r1")
        #expect(claimed.code == 0, "\(claimed.messages)")
        let shown = await run(
            "review", "show", id, "--key", "r2", "--node", world.world.ledger.url)
        #expect(shown.code == 0, "\(shown.messages)")
        #expect(shown.output.contains("Reviewer 1 until"))
        #expect(shown.output.contains("signed the score 620"))
        #expect(shown.output.contains("shows the same deposit, held"))
        #expect(shown.output.contains("refers it on these facts here too"))

        let first = await decide("approve", id, by: "r1")
        #expect(first.code == 0, "\(first.messages)")
        #expect(first.messages.contains("\"decision\":\"approve\""))
        #expect(first.messages.contains("SHA-256 of these bytes: "))
        let again = await decide("approve", id, by: "r1")
        #expect(again.code == 7)
        let second = await decide("approve", id, by: "r2")
        #expect(second.output.contains("consent"))
        let late = await decide("deny", id, by: "r3")
        #expect(late.code == 7)
        let closed = await run("review", "list", "--all", "--output", "json")
        #expect(closed.output.contains("\"approved\""))
        await auditor.stop()
    }

    @Test func `a dry run shows the bytes and signs nothing`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer()
        let result = await run(
            "review", "deny", application.digest.text, "--key", "r1", "--reason", "no",
            "--dry-run")
        #expect(result.code == 0, "\(result.messages)")
        let payload = try JSON.parse(result.output.split(separator: "\n").joined())
        #expect(payload["facts"]?.stringValue?.count == 64)
        #expect(try await world.dossier(application).decisions.isEmpty)
        await auditor.stop()
    }

    @Test func `a case is carried away, signed without a network, and brought back once`()
        async throws
    {
        let auditor = try await world.start()
        let application = try await world.refer()
        let id = application.digest.text
        let file = folder.file("case.json")
        let exported = await run("review", "export", id, "--key", "r1", "--out", file)
        #expect(exported.code == 0, "\(exported.messages)")

        // The same view, from the file alone.
        let online = await run("review", "show", id, "--key", "r1", "--output", "json")
        let offline = await run("review", "show", file, "--output", "json")
        #expect(offline.code == 0, "\(offline.messages)")
        let views = try [online, offline].map { try JSON.parse($0.output) }
        #expect(views[0]["checks"] == views[1]["checks"])
        #expect(views[0]["factsDigest"] == views[1]["factsDigest"])

        let decision = folder.file("decision.jws")
        let signed = await run(
            "review", "sign", file, "--decision", "approve", "--reason", "papers seen", "--key",
            "r1", "--out", decision)
        #expect(signed.code == 0, "\(signed.messages)")
        let first = await run("review", "import", decision)
        #expect(first.code == 0, "\(first.messages)")
        let second = await run("review", "import", decision)
        #expect(second.code == 7)
        #expect(second.messages.contains("recorded already"))
        #expect(try await world.dossier(application).decisions.count == 1)
        await auditor.stop()
    }

    @Test func `an altered case is not signed`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer()
        let text = try await world.dossier(application).json.text
        await auditor.stop()
        let changes = [
            ("\\\"score\\\":620", "\\\"score\\\":720"),
            ("\\\"state\\\":\\\"held", "\\\"state\\\":\\\"refunded"),
            ("\"application\":\"ey", "\"application\":\"fy"),
            ("\\\"minimumCreditScore\\\":600", "\\\"minimumCreditScore\\\":630"),
        ]
        for (index, (old, new)) in changes.enumerated() {
            let altered = text.replacing(old, with: new)
            #expect(altered != text, "\(old)")
            let file = try folder.write("altered-\(index).json", altered)
            let result = await run(
                "review", "sign", file, "--decision", "approve", "--reason", "r", "--key", "r1")
            #expect(result.code == 6, "\(index): \(result.messages)")
            #expect(result.output.isEmpty)
        }
    }

    @Test func `an altered decision is not imported`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let decision = try world.decision(.approve, by: world.reviewers[0], dossier)
        let parts = decision.jws.compact.split(separator: ".").map(String.init)
        let payload = String(decoding: decision.jws.payload, as: UTF8.self)
            .replacing("approve", with: "comment")
        let file = try folder.write(
            "altered.jws",
            [parts[0], Base64URL.encode(Array(payload.utf8)), parts[2]].joined(separator: "."))
        #expect(await run("review", "import", file).code == 6)
        await auditor.stop()
    }

    @Test func `an expired decision is not imported`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer()
        let review = try await world.dossier(application).reviewCase()
        let now = Instant(seconds: SystemClock.now().seconds)
        let decision = try ReviewDecision.Draft(
            network: AuditWorld.network, issuer: world.issuer,
            application: application.digest, policy: review.policy.digest,
            facts: review.facts.digest, kind: .approve, role: nil, reason: "r",
            validity: Validity(
                from: now.adding(milliseconds: -10_000), until: now),
            id: SecureRandom.uuid()
        ).sign(with: world.reviewers[0].key)
        let file = try folder.write("expired.jws", decision.jws.compact)
        let result = await run("review", "import", file)
        #expect(result.code != 0)
        #expect(result.messages.contains("Sign a new one"))
        await auditor.stop()
    }

    @Test func `an expired case is not signed`() async throws {
        try ReviewWorld.change(
            "\(world.world.folder.file("a3"))/policy.json",
            [("review", ["approvals": 1, "of": 1, "expiresAfter": "1s"])])
        let auditor = try await world.start()
        let application = try await world.refer()
        let text = try await world.dossier(application).json.text
        _ = try await world.answer(application)
        await auditor.stop()
        let file = try folder.write("case.json", text)
        let result = await run(
            "review", "sign", file, "--decision", "deny", "--reason", "r", "--key", "r1",
            "--valid-for", "1s")
        #expect(result.code == 7)
        #expect(result.messages.contains("decisions were due before"))
    }

    @Test func `a foreign decision is not imported`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer()
        let dossier = try await world.dossier(application)
        let draft = try world.decision(.approve, by: world.reviewers[0], dossier).draft
        let foreign = try ReviewDecision.Draft(
            network: draft.network, issuer: "https://a9.example", application: draft.application,
            policy: draft.policy, facts: draft.facts, kind: .approve, role: nil, reason: "r",
            validity: draft.validity, id: draft.id
        ).sign(with: world.reviewers[0].key)
        let file = try folder.write("foreign.jws", foreign.jws.compact)
        let result = await run("review", "import", file)
        #expect(result.code == 6)
        #expect(result.messages.contains("a9.example"))
        await auditor.stop()
    }

    @Test func `what an applicant wrote cannot drive the reviewer's terminal`() async throws {
        let auditor = try await world.start()
        let application = try await world.refer(
            evidence: [
                "note\u{1b}[2J": "\u{1b}]0;owned\u{7}approve\u{202e}yned\u{2066}\r\nOK  yes"
            ])
        let id = application.digest.text
        for format in ["table", "json"] {
            let shown = await run("review", "show", id, "--output", format)
            #expect(shown.code == 0, "\(shown.messages)")
            #expect(
                !(shown.output + shown.messages).unicodeScalars.contains {
                    Escaping.isUnsafe($0) && $0 != "\n"
                })
        }
        let table = await run("review", "show", id)
        #expect(table.output.contains("note\\u{1b}[2J"))
        #expect(table.output.contains("approve\\u{202e}yned"))
        let approved = await decide("approve", id, by: "r1")
        #expect(!approved.messages.unicodeScalars.contains { $0 == "\u{1b}" })
        await auditor.stop()
    }
}
