import Auditing
import Cryptography
import Encoding
import TestSupport
import Testing

@testable import AuditorServer
@testable import accredit

/// `policy check`, `test`, `explain` and `diff` as an author of policies types them.
@Suite struct CommandPolicyTests {
    private let folder: CommandFolder
    private let policy: String
    private let cases: String

    private static func policy(minimum: Int, rule: String = "size") -> String {
        """
        {"name": "sizes", "version": "1", "parameters": {"minimum": \(minimum)},
         "rules": [{"id": "\(rule)", "expression": "application.n >= parameters.minimum",
                    "message": "too small", "reason": "Small"}], "validFor": "1h"}
        """
    }

    init() throws {
        folder = try CommandFolder()
        policy = try folder.write("sizes.json", Self.policy(minimum: 2))
        cases = try folder.write(
            "sizes.test.json",
            """
            {"now": "2026-11-21T09:00:00Z", "cases": [
              {"name": "two", "application": {"n": 2}, "expect": {"verdict": "granted"}},
              {"name": "one", "application": {"n": 1},
               "expect": {"verdict": "refused", "findings": ["size"]}}]}
            """)
    }

    private func run(_ words: String...) async -> CommandResult {
        await CommandInProcess.run(["policy"] + words)
    }

    // MARK: What is right

    @Test func `a policy is checked, tested and explained`() async {
        let checked = await run("check", policy)
        #expect(checked.code == 0)
        #expect(checked.output.contains("application.n >= parameters.minimum"))
        let tested = await run("test", policy, "--minimum-coverage", "100")
        #expect(tested.code == 0, "\(tested.messages)")
        #expect(tested.output.contains("2 of 2 pass"))
        let explained = await run("explain", policy, cases, "--case", "one")
        #expect(explained.code == 0)
        #expect(explained.output.contains("application.n"))
    }

    @Test func `a case that goes otherwise fails the test`() async throws {
        let other = try folder.write("other.json", Self.policy(minimum: 3))
        let result = await run("test", other, "--cases", cases)
        #expect(result.code == 6)
        #expect(result.output.contains("FAIL  two"))
    }

    // MARK: Differences

    @Test func `a policy agrees with itself`() async {
        let result = await run("diff", policy, policy)
        #expect(result.code == 0)
        #expect(result.output.contains("the policies agree"))
    }

    @Test func `cases between two thresholds are named, and files without cases left out`()
        async throws
    {
        let new = try folder.write("new.json", Self.policy(minimum: 3))
        let result = await run("diff", policy, new, "--against", folder.path)
        #expect(result.code == 0)
        #expect(result.output.contains("parameter minimum: 2 → 3"))
        let count = "1 of 2 judged otherwise, 1 of them with another verdict"
        #expect(result.output.contains(count))
        #expect(result.output.contains("sizes.test.json: two: granted → refused"))
        #expect(result.output.contains("now refused by size"))
        #expect(result.messages.contains("new.json holds no cases and is left out"))
    }

    @Test func `a renamed rule refuses the same applications by another name`() async throws {
        let new = try folder.write("new.json", Self.policy(minimum: 2, rule: "large"))
        let result = await run("diff", policy, new, "--against", folder.path, "--output", "json")
        let json = try JSON.parse(result.output)
        #expect(json["judged"] == 2)
        let text = await run("diff", policy, new, "--against", folder.path).output
        #expect(text.contains("sizes.test.json: one: still refused, by other rules"))
        #expect(json["otherwise"]?.arrayValue?.count == 1)
        #expect(json["otherwise"]?[0]?["old"] == json["otherwise"]?[0]?["new"])
        #expect(json["otherwise"]?[0]?["rules"]?[1] == ["id": "large", "onlyInNew": true])
    }

    @Test func `what an auditor was handed in is judged on the evidence it had`() async throws {
        let old = try folder.write("old.json", Self.evidencePolicy(minimum: 2))
        let new = try folder.write("new.json", Self.evidencePolicy(minimum: 3))
        let data = folder.file("data")
        let store = try AuditorStore(folder: data)
        defer { store.close() }
        let now = Instant(seconds: 1_795_251_600)
        let digest = Digest.sha256(Array("policy".utf8))
        try store.keep(policy: Array("policy".utf8), digest: digest, at: now)
        for (place, score) in [1, 2, 3].enumerated() {
            let (id, token) = try Self.application(place)
            try await store.accept(id, application: token, node: "n", policy: digest, at: now)
            let facts = ReviewFacts(
                referredAt: now, evidence: ["score": JSON(score)], findings: [], device: nil)
            try await store.refer(id, facts: facts, due: now, at: now)
        }
        let (waiting, token) = try Self.application(9)
        try await store.accept(waiting, application: token, node: "n", policy: digest, at: now)

        let result = await run("diff", old, new, "--store", data)

        #expect(result.code == 0, "\(result.messages)")
        #expect(result.output.contains("1 of 3 judged otherwise"))
        #expect(result.output.contains("\(try Self.application(1).id.text): granted → refused"))
        #expect(result.messages.contains("1 applications are not judged yet"))
    }

    private static func evidencePolicy(minimum: Int) -> String {
        policy(minimum: minimum).replacing("application.n >=", with: "evidence.score >=")
    }

    private static func application(_ number: Int) throws -> (id: Digest, token: String) {
        let key = try PrivateKey.generate(.ed25519)
        let token = try JWS.sign(
            payload: JSON.object(JSONObject([("n", JSON(number))])).bytes, type: "application+jwt",
            keyID: key.publicKey.did, key: key)
        return (Digest.sha256([UInt8(number)]), token.compact)
    }

    // MARK: What is wrong

    @Test func `a policy in place of cases, and cases in place of a policy, are told apart`()
        async
    {
        let swapped = await run("check", cases)
        #expect(swapped.code == 6)
        #expect(swapped.messages.contains("this is a file of cases"))
        let other = await run("test", policy, "--cases", policy)
        #expect(other.code == 1)
        #expect(other.messages.contains("this is a policy"))
    }

    @Test(
        arguments: [
            (["check"], 2, "FILE is missing"), (["chek", "x"], 2, "accredit policy check"),
            (["check", "/nowhere/p.json"], 5, "/nowhere/p.json"),
            (["check", "a", "b"], 2, "one argument too many"),
            (["check", "a", "--strict"], 2, "--strict"),
            (["test"], 2, "FILE is missing"), (["test", "/nowhere/p.json"], 5, "/nowhere/p.json"),
            (["explain", "/nowhere/p.json"], 2, "APPLICATION is missing"),
            (["diff", "/nowhere/p.json"], 2, "NEW is missing"),
            (["diff", "/nowhere/p.json", "x"], 5, "/nowhere/p.json"),
        ] as [([String], Int32, String)])
    func `words that are wrong are answered with what is right`(
        _ words: [String], _ code: Int32, _ part: String
    ) async {
        let result = await CommandInProcess.run(["policy"] + words)
        #expect(result.code == code)
        #expect(result.messages.contains(part), "\(result.messages)")
    }

    @Test(
        arguments: [
            (["test", "P", "--minimum-coverage", "101"], 2, "from 0 to 100"),
            (["test", "P", "--cases", "/nowhere/c.json"], 5, "/nowhere/c.json"),
            (["explain", "P", "C"], 2, "choose with --case"),
            (["explain", "P", "C", "--case", "tow"], 5, "did you mean \"two\"?"),
            (["explain", "P", "C", "--case", "two", "--rule", "seize"], 5, "it has: size"),
            (["explain", "P", "C", "--case", "two", "--at", "yesterday"], 2, "RFC 3339"),
            (["explain", "P", "C", "--case", "two", "--evidence", "T"], 1, "T holds no evidence"),
            (["explain", "P", "T"], 1, "neither an application token nor JSON"),
            (["check", "T"], 6, "is no policy an auditor would load"),
            (["diff", "P", "C"], 6, "this is a file of cases"),
            (["diff", "P", "P", "--against", "/nowhere"], 5, "there is no such folder"),
            (["diff", "P", "P", "--store", "/nowhere"], 5, "/nowhere has no auditor.sqlite"),
        ] as [([String], Int32, String)])
    func `files and values that are wrong are named`(
        _ words: [String], _ code: Int32, _ part: String
    ) async throws {
        let text = try folder.write("T", "no JSON at all")
        let files = ["P": policy, "C": cases, "T": text]
        let result = await CommandInProcess.run(["policy"] + words.map { files[$0] ?? $0 })
        #expect(result.code == code, "\(result.messages)")
        #expect(result.messages.contains(part), "\(result.messages)")
    }
}
