import Credentials
import Cryptography
import Encoding
import Synchronization
import TestSupport
import Testing
import Web

@testable import accredit

/// `application create`, `apply`, `device measure` and `credit sign`.
@Suite struct CommandApplicationTests {
    private let folder: CommandFolder
    private let device: String

    init() throws {
        folder = try CommandFolder()
        let keys = KeyFolder(path: folder.file("keys"))
        _ = try keys.add(try PrivateKey.generate(.es256), name: "node", passphrase: nil)
        _ = try keys.add(try PrivateKey.generate(.ed25519), name: "consensus", passphrase: nil)
        device = try folder.write(
            "device.json",
            Qualifications.Device.test(measuredAt: Instant(seconds: 1_795_251_600)).json.prettyText)
    }

    private func run(
        _ words: [String], _ environment: [String: String] = [:]
    ) async -> CommandResult {
        let own = [
            "ACCREDIT_KEYS": folder.file("keys"), "ACCREDIT_KEY": "node",
            "ACCREDIT_NETWORK": "test",
        ]
        return await CommandInProcess.run(words, environment: own.merging(environment) { $1 })
    }

    private func create(_ more: [String] = []) async -> CommandResult {
        await run(
            [
                "application", "create", "--consensus-key", "consensus", "--operator", "Acme",
                "--endpoint", "https://127.0.0.1:7001", "--device", device,
            ] + more)
    }

    @Test func `an application carries its qualifications and the node's signature`() async throws {
        let deposit = String(repeating: "0a", count: 32)
        let evidence = try folder.write("evidence.json", #"{"site": "Oslo"}"#)
        let result = await create(
            ["--deposit", deposit, "--evidence", evidence, "--valid-for", "30d"])
        #expect(result.code == 0, "\(result.messages)")
        let application = try ApplicationFile.verified(
            String(result.output.dropLast()), network: "test")
        #expect(application.operatorName == "Acme")
        #expect(application.account == application.node)
        #expect(application.validForSeconds == Int64(2_592_000))
        #expect(application.qualifications.deposits.map(\.text) == [deposit])
        #expect(application.qualifications.evidence?["site"]?.stringValue == "Oslo")
        #expect(result.messages.contains("application \(application.digest.text)"))
    }

    @Test(
        arguments: [
            (["--valid-for", "30x"], 2), (["--valid-for", "-1"], 2), (["--deposit", "xyz"], 2),
            (["--device", "/nowhere"], 2), (["--evidence", "/nowhere"], 5),
            (["--consensus-key", "node"], 2),
        ] as [([String], Int32)])
    func `a wrong qualification is refused before anything is signed`(
        more: [String], code: Int32
    ) async {
        let result = await create(more)
        #expect(result.code == code, "\(result.messages)")
        #expect(result.output.isEmpty)
    }

    @Test func `applying writes the bundle and tells who consented`() async throws {
        let file = try folder.write("application", await create().output)
        let server = try FakeAggregator(state: "quorum", bundle: "a.b.c")
        let out = folder.file("bundle")
        let result = await run(
            ["apply", file, "--out", out], ["ACCREDIT_AGGREGATOR": server.url])
        #expect(result.code == 0, "\(result.messages)")
        #expect(try InputFile.text(out) == "a.b.c")
        #expect(result.output.contains("https://a1.example  consent"))
        let printed = await run(["apply", file], ["ACCREDIT_AGGREGATOR": server.url])
        #expect(printed.output == "a.b.c\n")
    }

    @Test func `a refusal by the quorum tells every auditor's reason and exits 1`() async throws {
        let file = try folder.write("application", await create().output)
        let server = try FakeAggregator(state: "failed", bundle: "of.the.refusals")
        let out = folder.file("bundle")
        let result = await run(
            ["apply", file, "--out", out], ["ACCREDIT_AGGREGATOR": server.url])
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        #expect(throws: Failure.self) { try InputFile.text(out) }
        #expect(result.messages.contains("https://a2.example: refusal, too slow"))
    }

    @Test func `a draft in JSON is signed and handed in`() async throws {
        let key = try KeyFolder(path: folder.file("keys")).entry("consensus").publicKey
        let draft: JSON = [
            "operator": "Acme", "endpoint": "https://127.0.0.1:7001",
            "consensusKey": .string(Base64URL.encode(key.bytes)),
            "qualifications": [
                "device": try JSON.parse(InputFile.read(device)), "deposits": [],
            ],
        ]
        let file = try folder.write("draft.json", draft.text)
        let server = try FakeAggregator(state: "complete", bundle: "a.b.c")
        let result = await run(["apply", file], ["ACCREDIT_AGGREGATOR": server.url])
        #expect(result.code == 0, "\(result.messages)")
        let wrong = try folder.write("wrong.json", draft.text.replacing("operator", with: "owner"))
        #expect(await run(["apply", wrong], ["ACCREDIT_AGGREGATOR": server.url]).code == 1)
    }

    @Test func `an application for another network is not handed in`() async throws {
        let file = try folder.write("application", await create().output)
        let result = await run(
            ["apply", file, "--network", "other"], ["ACCREDIT_AGGREGATOR": "http://127.0.0.1:1"])
        #expect(result.code == 6)
    }

    @Test func `measuring prints exactly the device of an application`() async throws {
        let result = try await BuiltCommand.run(
            ["device", "measure", "--output", "json"], folder: folder.path)
        #expect(result.code == 0, "\(result.messages)")
        let measured = try Qualifications.Device(json: try JSON.parse(result.output))
        #expect(measured.verificationsPerSecond > 0)
        #expect(measured.durableWritesPerSecond > 0)
        #expect(
            result.messages.split(separator: "\n").count == 2, "one line for each step in a log")
    }

    @Test func `a credit source signs a statement that an auditor accepts`() async throws {
        let keys = KeyFolder(path: folder.file("keys"))
        let account = try keys.entry("node").publicKey.did
        let bureau = try keys.add(
            try PrivateKey.generate(.es256), name: "bureau", passphrase: nil)
        let result = await run([
            "credit", "sign", "--source", "bureau", "--account", account, "--score", "742",
            "--key", "bureau",
        ])
        #expect(result.code == 0, "\(result.messages)")
        let token = String(result.output.dropLast())
        let claims = try JSON.parse(try JWS(token).payload)
        let issued = Instant(seconds: try #require(claims["iat"]?.int64Value))
        let statement = try CreditStatement.verify(
            token, sources: [CreditSource(name: "bureau", key: bureau.publicKey)],
            network: "test", account: account, at: issued)
        #expect(statement.score == 742)
    }
}

/// A server that answers like an aggregator which has asked two auditors.
private final class FakeAggregator: Sendable {
    let url: String
    private let server: HTTPServer

    init(state: String, bundle: String?) throws {
        var router = Router()
        router.on("POST", "/v1/applications") { request in
            let compact = try request.json()["application"]?.stringValue ?? ""
            let application = try ApplicationFile.verified(compact, network: "test")
            return .json(["id": .string(application.digest.text), "interval": 1], status: 202)
        }
        router.on("GET", "/v1/applications/{id}") { request in
            var answer = JSONObject([
                ("id", .string(request["id"])), ("state", .string(state)),
                (
                    "outcomes",
                    [
                        ["issuer": "https://a1.example", "outcome": "consent", "reason": ""],
                        [
                            "issuer": "https://a2.example", "outcome": "refusal",
                            "reason": "too slow",
                        ],
                    ]
                ),
            ])
            answer["bundle"] = bundle.map(JSON.string)
            return .json(.object(answer))
        }
        server = HTTPServer(router: router, address: try SocketAddress("127.0.0.1:0"))
        url = "http://\(try server.start())"
    }
}
