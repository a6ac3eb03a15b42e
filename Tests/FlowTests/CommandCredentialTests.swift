import Credentials
import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing

@testable import accredit

/// Credentials and bundles as files, verified from public files alone.
@Suite struct CommandCredentialTests {
    private let folder: CommandFolder
    private let candidacy: TestCandidacy
    private let set: String
    private let during = "2026-11-21T09:10:00Z"
    private let after = "2026-11-21T11:00:00Z"

    init() throws {
        folder = try CommandFolder()
        candidacy = try TestCandidacy()
        set = try folder.write("set.json", candidacy.set.json.text)
        let keys = KeyFolder(path: folder.file("keys"))
        _ = try keys.add(candidacy.node.key, name: "node", passphrase: nil)
        _ = try keys.add(candidacy.consensusKey.key, name: "consensus", passphrase: nil)
    }

    private func run(
        _ words: [String], _ environment: [String: String] = [:]
    ) async -> CommandResult {
        let own = ["ACCREDIT_KEYS": folder.file("keys"), "ACCREDIT_KEY": "node"]
        return await CommandInProcess.run(
            words, environment: own.merging(environment) { $1 })
    }

    /// The files of the answers of the first auditors, in their order.
    private func credentials(_ consents: [Consent]) throws -> [String] {
        try zip(candidacy.auditors, consents).enumerated().map { index, pair in
            let credential = try pair.0.credential(
                for: candidacy.application, at: candidacy.now, consent: pair.1)
            return try folder.write("a\(index + 1)", credential.jws.compact + "\n")
        }
    }

    @Test func `a credential verifies in its time and not after it`() async throws {
        let file = try credentials([.granted])[0]
        let words = ["credential", "verify", file, "--auditor-set", set, "--at"]
        let good = await run(words + [during])
        #expect(good.code == 0, "\(good.messages)")
        #expect(good.output.contains("https://a1.example: signature"))
        let late = await run(words + [after])
        #expect(late.code == 6)
        #expect(late.output.contains("https://a1.example: expired"))
        #expect(late.messages.contains("accredit: the credential does not verify"))
    }

    @Test func `a changed credential does not verify`() async throws {
        let file = try credentials([.granted])[0]
        let token = try InputFile.text(file)
        let other = try candidacy.auditors[1].credential(
            for: candidacy.application, at: candidacy.now)
        let signature = other.jws.compact.split(separator: ".")[2]
        let forged = token.split(separator: ".").prefix(2).joined(separator: ".") + "." + signature
        let path = try folder.write("forged", forged)
        let result = await run(
            [
                "credential", "verify", path, "--auditor-set", set, "--at", during, "--output",
                "json",
            ])
        #expect(result.code == 6)
        #expect(try JSON.parse(result.output)["ok"]?.boolValue == false)
    }

    @Test func `showing a credential says that it is not verified`() async throws {
        let file = try credentials([.refused(reason: "too slow")])[0]
        let result = await run(["credential", "show", file])
        #expect(result.code == 0)
        #expect(result.messages.contains("not verified"))
        #expect(result.output.contains("refused: too slow"))
    }

    @Test func `credentials collected alone are merged and the bundle verifies`() async throws {
        let files = try credentials([.granted, .granted, .refused(reason: "slow")])
        let out = folder.file("bundle")
        let merged = await run(["bundle", "merge"] + files + ["--out", out])
        #expect(merged.code == 0, "\(merged.messages)")
        let words = ["bundle", "verify", out, "--auditor-set", set, "--output", "json", "--at"]
        let good = await run(words + [during])
        #expect(good.code == 0, "\(good.messages)")
        let json = try JSON.parse(good.output)
        #expect(json["node"]?.stringValue == candidacy.node.did)
        #expect(json["application"]?.stringValue == candidacy.application.digest.text)
        #expect(await run(words + [after]).code == 6)
        let again = await run(["bundle", "merge"] + files + ["--out", out])
        #expect(again.code == 7)
        #expect(again.messages.contains("exists and is not overwritten"))
    }

    @Test func `a bundle without a quorum tells every reason and exits 6`() async throws {
        let files = try credentials([.granted, .refused(reason: "too slow")])
        let merged = await run(["bundle", "merge"] + files)
        let path = try folder.write("bundle", merged.output)
        let result = await run(["bundle", "verify", path, "--auditor-set", set, "--at", during])
        #expect(result.code == 6)
        #expect(result.messages.contains("https://a2.example: refused: too slow"))
        #expect(result.messages.contains("quorum: quorum-not-met"))
    }

    @Test func `without an auditor set or a node nothing is verified`() async throws {
        let file = try credentials([.granted])[0]
        let result = await run(["credential", "verify", file])
        #expect(result.code == 2)
        #expect(result.messages.contains("give --auditor-set FILE, or --node URL"))
    }

    @Test func `the auditor set is taken from the ledger when no file is named`() async throws {
        let node = try CommandFakeNode()
        let json = candidacy.set.json
        node.state.withLock { $0.auditorSet = json }
        let file = try credentials([.granted])[0]
        let result = await run(
            ["credential", "verify", file, "--at", during], ["ACCREDIT_NODE": node.url])
        #expect(result.code == 0, "\(result.messages)")
    }

    @Test func `a candidate is added with the proof of its consensus key`() async throws {
        let node = try CommandFakeNode()
        let merged = try await run(["bundle", "merge"] + credentials([.granted, .granted]))
        let path = try folder.write("bundle", merged.output)
        let environment = ["ACCREDIT_NODE": node.url, "ACCREDIT_NETWORK": candidacy.network]
        let words = ["candidate", "add", path, "--consensus-key"]
        let result = await run(words + ["consensus"], environment)
        #expect(result.code == 0, "\(result.messages)")
        let body = node.state.withLock { $0.submitted.first?.body }
        guard case .candidateAdd(let entries)? = body, let entry = entries.first else {
            Issue.record("no candidate was added")
            return
        }
        #expect(entry.node.text == candidacy.node.did)
        #expect(entry.endpoint == candidacy.application.endpoint)
        let message = ConsensusKeyProof.message(network: candidacy.network, node: entry.node)
        #expect(
            candidacy.consensusKey.publicKey.verify(signature: entry.proof, message: message))
        let wrong = await run(words + ["node"], environment)
        #expect(wrong.code == 1)
        #expect(wrong.messages.contains("is not the one that was audited"))
    }

    @Test func `a file that is no credential is a failure that says so`() async throws {
        let path = try folder.write("junk", "junk")
        #expect(await run(["credential", "show", path]).code == 1)
        #expect(await run(["credential", "show", folder.file("nothing")]).code == 5)
        let verified = await run(["credential", "verify", path, "--auditor-set", set])
        #expect(verified.code == 6)
    }
}
