import Cryptography
import Encoding
import Ledger
import Testing

@testable import accredit

/// Proposing, signing and sending a change of parameters, against a server that answers like a
/// node.
@Suite struct CommandParametersTests {
    private let folder: CommandFolder
    private let node: CommandFakeNode
    /// The representatives' dids.
    private let seated: [String]

    init() throws {
        folder = try CommandFolder()
        node = try CommandFakeNode()
        let keys = KeyFolder(path: folder.file("keys"))
        seated = try (1...4).map {
            try keys.add(try PrivateKey.generate(.es256), name: "n\($0)", passphrase: nil)
                .publicKey.did
        }
        _ = try keys.add(try PrivateKey.generate(.es256), name: "voter", passphrase: nil)
        show(version: 1, network: "test")
        let list = seated.map { JSON.object(JSONObject([("node", .string($0))])) }
        node.state.withLock {
            $0.representatives = ["quorum": 3, "representatives": .array(list)]
        }
    }

    private func show(version: UInt64, network: String) {
        node.state.withLock {
            $0.parameters = [
                "height": 7, "network": .string(network), "supply": "1000", "nextElection": 20,
                "genesis": .string(String(repeating: "0", count: 64)),
                "parameters": [
                    "version": JSON(version), "approval": ["ratio": "2/3"],
                    "electionInterval": 20, "seats": 4, "minimumSeats": 4, "allowance": 10,
                    "votesPerCandidate": 10, "proofOfWorkBits": 0, "blockInterval": 100,
                    "heartbeat": 1000, "termMarginSeconds": 0,
                    "contracts": [
                        "data": [["id": "none", "expression": "false", "message": "no\u{1b}[2J"]]
                    ],
                ],
            ]
        }
    }

    private func run(_ words: [String]) async -> CommandResult {
        await CommandInProcess.run(
            ["parameters"] + words,
            environment: [
                "ACCREDIT_NODE": node.url, "ACCREDIT_KEYS": folder.file("keys"),
                "ACCREDIT_KEY": "voter",
            ])
    }

    /// Proposes fewer votes a candidate and signs that.
    /// - Returns: the files.
    private func agreed(by count: Int) async -> (proposal: String, approvals: [String]) {
        let proposal = folder.file("change.json")
        let proposed = await run(["propose", "votesPerCandidate=5", "--out", proposal])
        #expect(proposed.code == 0, "\(proposed.messages)")
        var approvals: [String] = []
        for place in 1...count {
            let file = folder.file("n\(place).approval")
            let signed = await run(["sign", proposal, "--key", "n\(place)", "--out", file])
            #expect(signed.code == 0, "\(signed.messages)")
            #expect(signed.messages.contains("votesPerCandidate = 5"))
            approvals.append(file)
        }
        return (proposal, approvals)
    }

    private var submitted: [Transaction] { node.state.withLock { $0.submitted } }

    @Test func `parameters are shown with their contract rules, and nothing reaches the terminal`()
        async
    {
        let shown = await run(["show"])
        #expect(shown.code == 0, "\(shown.messages)")
        #expect(shown.output.contains("electionInterval   20"), "\(shown.output)")
        #expect(shown.output.contains("data            none  false       no\\u{1b}[2J"))
        let json = await run(["show", "--output", "json"])
        #expect(json.output.contains("\"votesPerCandidate\": 10"))
    }

    @Test func `a change that a quorum signed offline is sent as one transaction`() async throws {
        let (proposal, approvals) = await agreed(by: 3)
        #expect(
            try folder.read("change.json")
                == #"{"network":"test","replaces":1,"parameters":{"votesPerCandidate":5}}"# + "\n")
        let sent = await run(["submit", proposal] + approvals + [approvals[0]])
        #expect(sent.code == 0, "\(sent.messages)")
        guard case .parametersUpdate(let update) = try #require(submitted.first).body else {
            Issue.record("\(submitted)")
            return
        }
        #expect(update.replaces == 1)
        #expect(update.parameters["votesPerCandidate"] == 5)
        // One approval a node, and each holds for the update that was sent.
        let nodes = try update.approvals.map {
            try ParametersApproval($0, of: update, network: "test").node.text
        }
        #expect(nodes == Array(seated.prefix(3)))
    }

    @Test func `signing asks no server`() async {
        let (proposal, _) = await agreed(by: 1)
        await node.stop()
        let signed = await run(["sign", proposal, "--key", "n2"])
        #expect(signed.code == 0, "\(signed.messages)")
        #expect(signed.output.split(separator: ".").count == 3)
    }

    @Test func `too few approvals are told with who is missing before anything is sent`() async {
        let (proposal, approvals) = await agreed(by: 2)
        let result = await run(["submit", proposal] + approvals)
        #expect(result.code == 6)
        #expect(result.messages.contains("2 of 4 representatives agree, 3 are needed"))
        #expect(result.messages.contains("no approval of \(seated[2]), \(seated[3])"))
        #expect(submitted.isEmpty)
    }

    @Test func `an approval of something else is named`() async throws {
        let (_, approvals) = await agreed(by: 3)
        let other = folder.file("other.json")
        _ = await run(["propose", "minimumSeats=3", "--out", other])
        let result = await run(["submit", other] + approvals)
        #expect(result.code == 6)
        #expect(result.messages.contains("\(approvals[0]) is no approval of this change"))
        #expect(result.messages.contains("other parameters"))
        #expect(submitted.isEmpty)
    }

    @Test(arguments: [(UInt64(2), "test", "version 2"), (1, "other", "the proposal is for test")])
    func `a proposal over parameters that are no longer so is a conflict`(
        version: UInt64, network: String, words: String
    ) async {
        let (proposal, approvals) = await agreed(by: 3)
        show(version: version, network: network)
        let result = await run(["submit", proposal] + approvals)
        #expect(result.code == 7)
        #expect(result.messages.contains(words), "\(result.messages)")
        #expect(submitted.isEmpty)
    }

    @Test(arguments: [
        (["approval=all"], "no parameter that can change"), (["seats=3"], "minimumSeats"),
        (["electionInterval=2o0"], "electionInterval"), (["seats=nodes +"], "seats"),
        (["seats=0"], "seats"),
        (
            [#"contracts={"vote": [{"id": "a", "expression": "sendr.cast > 0", "message": ""}]}"#],
            "sendr"
        ),
    ])
    func `what the ledger would refuse is not proposed`(words: [String], part: String) async {
        let result = await run(["propose"] + words)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.messages.contains(part), "\(result.messages)")
    }

    @Test(arguments: [["electionInterval"], ["=5"], ["minimumSeats=3", "minimumSeats=4"]])
    func `what is not a name and a value is a usage error`(words: [String]) async {
        #expect(await run(["propose"] + words).code == 2)
    }

    @Test func `expressions, JSON and files are values`() async throws {
        let rules = try folder.write(
            "rules.json", #"{"data": [{"id": "a", "expression": "true", "message": "m"}]}"#)
        let result = await run([
            "propose", "seats=math.least(21, 4 + nodes / 10)", "contracts=@\(rules)",
            #"limits={"transactionCount": 100}"#,
        ])
        #expect(result.code == 0, "\(result.messages)")
        let parameters = try JSON.parse(result.output)["parameters"]
        #expect(parameters?["seats"]?.stringValue == "math.least(21, 4 + nodes / 10)")
        #expect(parameters?["contracts"]?["data"]?[0]?["id"]?.stringValue == "a")
        #expect(parameters?["limits"]?["transactionCount"] == 100)
    }
}
