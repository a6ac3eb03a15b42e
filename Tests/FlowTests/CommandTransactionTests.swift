import Cryptography
import Encoding
import Ledger
import Testing
import Web

@testable import accredit

/// The commands that send transactions, against a server that answers like a node.
@Suite struct CommandTransactionTests {
    private let folder: CommandFolder
    private let node: CommandFakeNode
    private let voter: KeyFolder.Entry
    private let first: String
    private let second: String

    init() throws {
        folder = try CommandFolder()
        node = try CommandFakeNode()
        let keys = KeyFolder(path: folder.file("keys"))
        voter = try keys.add(try PrivateKey.generate(.es256), name: "voter", passphrase: nil)
        let dids = try (0..<2).map { _ in try PrivateKey.generate(.es256).publicKey.did }
        (first, second) = (dids.min() ?? "", dids.max() ?? "")
    }

    private func run(_ words: [String]) async -> CommandResult {
        await CommandInProcess.run(
            words,
            environment: [
                "ACCREDIT_NODE": node.url, "ACCREDIT_KEYS": folder.file("keys"),
                "ACCREDIT_KEY": "voter",
            ])
    }

    private var submitted: [Transaction] { node.state.withLock { $0.submitted } }

    @Test func `a vote is signed with the next number and waited for`() async throws {
        node.state.withLock { $0.pendingAnswers = 1 }
        let result = await run(
            ["vote", "cast", "\(second)=3", "\(first)=1", "--output", "json"])
        #expect(result.code == 0, "\(result.messages)")
        let sent = try #require(submitted.first)
        #expect(sent.sequence == 41)
        #expect(sent.network == "test")
        #expect(sent.sender.text == voter.publicKey.did)
        #expect(
            sent.body
                == .vote([
                    VoteChange(candidate: try Identity(did: first), votes: 1),
                    VoteChange(candidate: try Identity(did: second), votes: 3),
                ]))
        let json = try JSON.parse(result.output)
        #expect(json["id"]?.stringValue == sent.id.text)
        #expect(json["height"]?.int64Value == 8)
        #expect(result.messages.contains("sending transaction \(sent.id.text)\n"))
    }

    @Test(arguments: [[], ["--no-wait"]])
    func `a number that another program took is left to it`(words: [String]) async throws {
        node.state.withLock { $0.overtaking = 2 }
        let result = await run(["vote", "cast", "\(first)=1"] + words)
        #expect(result.code == 0, "\(result.messages)")
        #expect(submitted.map(\.sequence) == [43])
    }

    @Test func `withdrawing takes votes back`() async throws {
        #expect(await run(["vote", "withdraw", "\(first)=2"]).code == 0)
        #expect(
            submitted.first?.body
                == .vote([VoteChange(candidate: try Identity(did: first), votes: -2)]))
    }

    @Test func `what the ledger refuses is told with its code and exits 1`() async throws {
        node.state.withLock { $0.result = ("allowance-exceeded", "10 votes, 11 cast") }
        let result = await run(["vote", "cast", "\(first)=11", "--output", "json"])
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        let last = result.messages.split(separator: "\n").drop { $0 != "{" }
        let error = try JSON.parse(last.joined(separator: "\n"))["error"]
        #expect(error?["code"]?.stringValue == "allowance-exceeded")
        #expect(error?["why"]?.stringValue == "10 votes, 11 cast")
        #expect(error?["transaction"]?["height"]?.int64Value == 8)
    }

    @Test func `a transaction that is not in a block in time has an unknown outcome`() async throws
    {
        node.state.withLock { $0.pendingAnswers = 1_000 }
        let result = await run(["vote", "cast", "\(first)=1", "--timeout", "1"])
        #expect(result.code == 3)
        let id = try #require(submitted.first).id.text
        #expect(result.messages.contains("accredit: the outcome of transaction \(id) is not known"))
        #expect(result.messages.contains("fix: accredit transaction show \(id)"))
    }

    @Test func `a dry run prints the bytes that would be signed and sends nothing`() async throws {
        let result = await run(["vote", "cast", "\(first)=1", "--dry-run"])
        #expect(result.code == 0, "\(result.messages)")
        #expect(submitted.isEmpty)
        let json = try JSON.parse(result.output)
        #expect(json["type"]?.stringValue == "vote")
        #expect(json["sequence"]?.int64Value == 41)
        #expect(json["body"]?["changes"]?[0]?["candidate"]?.stringValue == first)
        #expect(result.output == json.text + "\n")
    }

    @Test func `without waiting the id is printed at once`() async throws {
        node.state.withLock { $0.pendingAnswers = 1_000 }
        let result = await run(["vote", "cast", "\(first)=1", "--no-wait"])
        #expect(result.code == 0)
        #expect(result.output == "\(try #require(submitted.first).id.text)\n")
        let shown = await run(["transaction", "show", submitted[0].id.text])
        #expect(shown.code == 3)
        #expect(shown.output.contains("pending"))
    }

    @Test func `a node's problem document becomes a message and an exit code`() async {
        node.state.withLock {
            $0.problem = Problem(
                type: "sequence", title: "Conflict", status: 409, detail: "number 41 is taken",
                fix: "ask for the next number")
        }
        let result = await run(["vote", "cast", "\(first)=1"])
        #expect(result.code == 7)
        #expect(result.messages.contains("accredit: number 41 is taken\n"))
        #expect(result.messages.contains("  fix: ask for the next number\n"))
        #expect(result.messages.contains("request urn:uuid:"))
    }

    @Test func `a node that is not there is a remote failure`() async {
        await node.stop()
        let result = await run(["status"])
        #expect(result.code == 3)
        #expect(result.messages.contains("the ledger node at \(node.url) cannot be asked"))
        #expect(result.messages.contains("fix: check the address and that it runs"))
    }

    @Test(arguments: ["=3", "x", "did:key:zNothing=3", "VOTER=0", "VOTER=-1", "VOTER=three"])
    func `a vote that cannot be read is refused before anything is sent`(word: String) async {
        let word = word.replacing("VOTER", with: first)
        let result = await run(["vote", "cast", word])
        #expect(result.code == 2, "\(result.messages)")
        #expect(submitted.isEmpty)
    }

    @Test func `a candidate named twice in one vote is refused`() async {
        #expect(await run(["vote", "cast", "\(first)=1", "\(first)=2"]).code == 2)
    }

    @Test func `transfers, deposits, enrolments and removals carry what was asked`() async throws {
        let id = String(repeating: "ab", count: 32)
        let words = [
            ["account", "transfer", "--to", first, "--amount", "18446744073709551615"],
            ["deposit", "pay", "--auditor", "https://a1.example", "--amount", "5"],
            ["deposit", "refund", id, "--yes"],
            ["account", "enroll", first, "--allowance", "9"],
            ["candidate", "remove"],
        ]
        for words in words { #expect(await run(words).code == 0, "\(words)") }
        let own = try Identity(did: voter.publicKey.did)
        #expect(
            submitted.map(\.body) == [
                .transfer(to: try Identity(did: first), amount: .max),
                .depositPay(auditor: "https://a1.example", node: own, amount: 5),
                .depositRefund(deposit: try Digest(hexadecimal: id)),
                .voterEnroll(account: try Identity(did: first), allowance: 9),
                .candidateRemove(node: own),
            ])
        #expect(submitted.map(\.sequence) == [41, 42, 43, 44, 45])
    }

    @Test(arguments: [
        ["account", "transfer", "--to", "TO", "--amount", "01"],
        ["account", "transfer", "--to", "TO", "--amount", "-1"],
        ["account", "transfer", "--to", "TO", "--amount", "0"],
        ["deposit", "pay", "--auditor", "https://a1.example", "--amount", "0"],
        ["account", "transfer", "--to", "TO"],
        ["deposit", "refund", "AB", "--yes"],
        ["deposit", "refund", "0000000000000000000000000000000000000000000000000000000000000000"],
        ["account", "enroll", "TO", "--allowance", "1e3"],
        ["vote", "cast", "TO=1", "--timeout", "0"],
    ])
    func `amounts, ids and numbers are read strictly`(words: [String]) async {
        let result = await run(words.map { $0.replacing("TO", with: first) })
        #expect(result.code == 2, "\(result.messages)")
        #expect(submitted.isEmpty)
    }

    @Test func `status says who is missing and exits 1 when somebody is`() async throws {
        let healthy = await run(["status"])
        #expect(healthy.code == 0)
        #expect(healthy.output.contains("representatives  2"))
        node.state.withLock { $0.missing = ["did:key:zB"] }
        let degraded = await run(["status"])
        #expect(degraded.code == 1)
        #expect(degraded.messages.contains("waiting for did:key:zB"))
    }

    @Test func `a server's text cannot reach the terminal raw`() async {
        let table = await run(["candidate", "list"])
        #expect(table.output.contains("did:key:zA\\u{1b}[2J"))
        let json = await run(["candidate", "list", "--output", "json"])
        #expect(!json.output.contains("\u{1b}"))
        #expect(!table.output.contains("\u{1b}"))
    }

    @Test func `an account is shown, and its votes`() async {
        let shown = await run(["account", "show"])
        #expect(shown.output.contains("account    \(voter.publicKey.did)"), "\(shown.output)")
        #expect(shown.output.contains("remaining  7"))
        let votes = await run(["vote", "list", first])
        #expect(votes.output.contains("did:key:zA  3"), "\(votes.output)")
    }
}
