import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import Synchronization
import TestSupport
import Testing
import Web

/// Policies that change while applications are judged.
@Suite struct PolicyReloadTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    private func start(
        _ path: String, log: @escaping @Sendable (JSON) -> Void = { _ in }
    ) async throws -> AuditorServer {
        try await AuditorServer.start(try AuditorConfiguration(path: path), log: log)
    }

    private func submit(_ application: Application, to issuer: String) async throws -> JSON {
        let body: JSON = ["application": JSON(application.jws.compact)]
        return try await client.send(
            "POST", "\(issuer)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000
        ).json()
    }

    private func get(_ path: String, of issuer: String) async throws -> Response {
        try await client.send("GET", "\(issuer)\(path)", deadlineMilliseconds: 60_000)
    }

    /// A policy that asks for no evidence, and refuses by a rule of its own name if it does.
    private static func policy(
        _ name: String, grants: Bool, _ members: [(String, JSON)] = []
    ) -> [UInt8] {
        var document = JSONObject([
            ("name", JSON(name)), ("version", "1"), ("validFor", "1h"),
            ("rules", [["id": JSON(name), "expression": grants ? "true" : "false"]]),
        ])
        for member in members { document[member.0] = member.1 }
        return JSON.object(document).bytes
    }

    private func write(_ policy: [UInt8], _ file: String = "policy.json") throws {
        try DurableFile.write(policy, to: world.folder.file("a1/\(file)"), replacing: true)
    }

    /// An auditor named a1 with a free port, this policy and further members in its configuration;
    /// null takes one out.
    private func configure(
        _ policy: [UInt8], _ members: [(String, JSON)] = []
    ) async throws -> (path: String, issuer: String) {
        let port = try await freePort()
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: port)
        var object = try #require(
            JSON.parse(DurableFile.read(path, maximumByteCount: 65_536)).objectValue)
        for (name, value) in members { object[name] = value == .null ? JSON?.none : value }
        try DurableFile.write(JSON.object(object).bytes, to: path, replacing: true)
        try write(policy)
        return (path, "https://127.0.0.1:\(port)")
    }

    /// Whether an answer was given by exactly the policy it names.
    private func isConsistent(_ answer: JSON, grants: Digest, refuses: Digest) throws -> Bool {
        let credential = try Credential(try #require(answer["credential"]?.stringValue))
        let digest = try #require(credential.claims.evidence.first?.policyDigest)
        return digest == (credential.claims.consent.isGranted ? grants : refuses)
    }

    private func wait(
        _ what: Comment, until condition: () async throws -> Bool
    ) async throws {
        for _ in 0..<2_400 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record(what)
    }

    @Test func `a changed file comes into force without a restart`() async throws {
        let (path, issuer) = try await configure(Self.policy("one", grants: true))
        let auditor = try await start(path)
        let applicant = try TestApplicant(world)
        #expect(
            try await submit(applicant.application(cores: 1), to: issuer)["outcome"] == "consent")

        let refusing = Self.policy("two", grants: false)
        try write(refusing)
        let digest = JSON(Digest.sha256(refusing).text)
        try await wait("the policy has to change") {
            try await get("/v1/policies", of: issuer).json()["policies"]?[0]?["digest"] == digest
        }
        let answer = try await submit(applicant.application(cores: 2), to: issuer)
        #expect(answer["outcome"] == "refusal")
        #expect(answer["findings"]?[0]?["rule"] == "two")
        let kept = try await get("/v1/policies/\(Digest.sha256(refusing).text)", of: issuer)
        #expect(kept.body == refusing)
        await auditor.stop()
        await applicant.stop()
    }

    @Test(arguments: ["{", #"{"name":"x","version":"1","validFor":"1h","rules":[]}"#, ""])
    func `a broken policy leaves the old one in force and says so`(_ broken: String) async throws {
        let events = Mutex<[JSON]>([])
        let (path, issuer) = try await configure(Self.policy("one", grants: true))
        let auditor = try await start(path) { event in events.withLock { $0.append(event) } }
        let applicant = try TestApplicant(world)

        try write(Array(broken.utf8))
        await auditor.reload()

        let told = try await get("/v1/policies", of: issuer).json()
        #expect(told["policies"]?[0]?["policy"] == "one@1")
        #expect(told["refused"]?["file"] == "policy.json")
        #expect(told["refused"]?["reason"]?.stringValue?.isEmpty == false)
        #expect(events.withLock { $0.contains { $0["event"] == "policies-refused" } })
        let metrics = String(decoding: try await get("/metrics", of: issuer).body, as: UTF8.self)
        #expect(metrics.contains("accredit_policy_refused 1"))
        #expect(metrics.contains("accredit_policy_reloads_total{result=\"refused\"} 1"))
        #expect(try await submit(applicant.application(), to: issuer)["outcome"] == "consent")

        try write(Self.policy("three", grants: false))
        await auditor.reload()
        let mended = try await get("/v1/policies", of: issuer).json()
        #expect(mended["refused"] == nil)
        #expect(mended["policies"]?[0]?["policy"] == "three@1")
        await auditor.stop()
        // What is broken at the start stops it.
        try write(Array(broken.utf8))
        await #expect(throws: (any Error).self) { try await start(path) }
        await applicant.stop()
    }

    @Test
    func
        `under load, with changes and a stop in the middle, each is judged by the policy it names`()
        async throws
    {
        let (granting, refusing) = (
            Self.policy("grants", grants: true), Self.policy("refuses", grants: false)
        )
        let (grants, refuses) = (Digest.sha256(granting), Digest.sha256(refusing))
        let (path, issuer) = try await configure(granting)
        let applicant = try TestApplicant(world)
        let applications = try (1...48).map { try applicant.application(cores: $0) }
        var answers: [Digest: JSON] = [:]
        for round in 0..<2 {
            let auditor = try await start(path)
            let changing = Task {
                for turn in 0..<200 where !Task.isCancelled {
                    try write(turn % 2 == 0 ? refusing : granting)
                    await auditor.reload()
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            await withTaskGroup(of: (Digest, JSON?).self) { group in
                for application in applications {
                    group.addTask {
                        (application.digest, try? await submit(application, to: issuer))
                    }
                }
                // In the first round the server goes away under the later half.
                for await (digest, answer) in group {
                    if let answer, answer["credential"] != nil {
                        #expect(answers[digest] == nil || answers[digest] == answer)
                        answers[digest] = answer
                    }
                    if round == 0, answers.count == applications.count / 2 {
                        await auditor.stop()
                    }
                }
            }
            changing.cancel()
            _ = await changing.result
            await auditor.stop()
        }
        #expect(answers.count == applications.count)
        for answer in answers.values {
            #expect(try isConsistent(answer, grants: grants, refuses: refuses))
        }
        let store = try AuditorStore(folder: world.folder.file("a1/data"))
        for application in applications {
            let record = try #require(try store.record(application.digest))
            let credential = try Credential(try #require(record.credential))
            #expect(credential.claims.evidence.first?.policyDigest == record.policyDigest)
        }
        store.close()
        await applicant.stop()
    }

    @Test func `of several policies each judges the applications it is for`() async throws {
        let condition: JSON = [
            ["name": "small", "expression": "application.qualifications.device.cores < 4"]
        ]
        let (path, issuer) = try await configure(
            Self.policy("small", grants: false, [("matchConditions", condition)]),
            [("policy", .null), ("policies", ["policy.json", ["policy": "rest.json"]])])
        try write(
            Self.policy("rest", grants: true, [("appliesTo", ["candidacy"])]), "rest.json")
        let auditor = try await start(path)
        let applicant = try TestApplicant(world)
        let small = try await submit(applicant.application(cores: 3), to: issuer)
        let large = try await submit(applicant.application(cores: 4), to: issuer)
        #expect(small["outcome"] == "refusal" && small["findings"]?[0]?["rule"] == "small")
        #expect(large["outcome"] == "consent")
        let told = try await get("/v1/policies", of: issuer).json()
        #expect(told["policies"]?.arrayValue?.map { $0["policy"] } == ["small@1", "rest@1"])

        // One that takes everything before another can get it is no good, then as before.
        try write(Self.policy("all", grants: true))
        await auditor.reload()
        let refused = try await get("/v1/policies", of: issuer).json()["refused"]
        #expect(refused?["reason"]?.stringValue?.contains("could never be chosen") == true)

        // When none is for an application, the first refuses it without asking anybody.
        try write(Self.policy("other", grants: true, [("appliesTo", ["other"])]))
        try write(Self.policy("renewal", grants: true, [("appliesTo", ["renewal"])]), "rest.json")
        await auditor.reload()
        let none = try await submit(applicant.application(cores: 5), to: issuer)
        #expect(none["outcome"] == "refusal")
        #expect(none["findings"]?[0]?["reason"] == "NotApplicable")
        await auditor.stop()
        await applicant.stop()
    }

    @Test(
        arguments: [
            [("policy", JSON.null)], [("policies", ["policy.json"])],
            [("policy", .null), ("policies", [])],
            [("policy", .null), ("policies", ["policy.json"]), ("shadow", "policy.json")],
            [("policy", .null), ("policies", [["shadow": "policy.json"]])],
        ] as [[(String, JSON)]])
    func `a configuration that names policies in two ways, or none, is refused`(
        _ members: [(String, JSON)]
    ) async throws {
        let (path, _) = try await configure(Self.policy("one", grants: true), members)
        #expect(throws: (any Error).self) { try AuditorConfiguration(path: path) }
    }

    // MARK: On trial

    @Test func `a policy on trial is asked about the same evidence, and told to the operator`()
        async throws
    {
        let strict: JSON = [
            [
                "id": "speed", "reason": "Slow",
                "expression": "evidence.device.answered && evidence.device.milliseconds < 0",
            ]
        ]
        let (path, issuer) = try await configure(
            Self.policy("one", grants: true), [("shadow", "next.json")])
        try write(Self.policy("next", grants: true, [("rules", strict)]), "next.json")
        let auditor = try await start(path)
        let applicant = try TestApplicant(world)
        for cores in 1...3 {
            let answer = try await submit(
                applicant.application(cores: Int64(cores)), to: issuer)
            #expect(answer["outcome"] == "consent" && answer["findings"] == [])
        }
        try await wait("three trials have to be recorded") {
            let report = try await get("/v1/policies/shadow", of: issuer).json()
            return report["shadows"]?[0]?["judged"] == 3
        }
        let report = try await get("/v1/policies/shadow", of: issuer).json()
        #expect(report["shadows"]?[0]?["differing"] == 3)
        #expect(report["shadows"]?[0]?["verdicts"]?[0]?["shadowVerdict"] == "fail")
        let differing = try #require(report["differing"]?[0])
        #expect(differing["node"] == JSON(applicant.did))
        #expect(differing["findings"]?[0]?["reason"] == "Slow")

        // The one in force is replaced by the one on trial: nothing differs any more.
        try write(Self.policy("next", grants: true, [("rules", strict)]))
        await auditor.reload()
        #expect(
            try await submit(applicant.application(cores: 9), to: issuer)["outcome"] == "refusal")
        await auditor.stop()
        await applicant.stop()
        let store = try AuditorStore(folder: world.folder.file("a1/data"))
        #expect(try store.unfinished().isEmpty)
        store.close()
    }

    @Test(arguments: [
        "{",
        #"{"name":"n","version":"1","validFor":"1h","rules":[{"id":"a","expression":"1/0==1"}]}"#,
    ])
    func `a policy on trial that is none, or fails, harms nobody`(_ shadow: String) async throws {
        let (path, issuer) = try await configure(
            Self.policy("one", grants: true), [("shadow", "next.json")])
        try write(Array(shadow.utf8), "next.json")
        let auditor = try await start(path)
        let applicant = try TestApplicant(world)
        #expect(try await submit(applicant.application(), to: issuer)["outcome"] == "consent")
        let told = try await get("/v1/policies", of: issuer).json()
        #expect((told["refusedShadows"] != nil) == (shadow == "{"))
        #expect((told["policies"]?[0]?["shadow"] != nil) == (shadow != "{"))
        await auditor.stop()
        await applicant.stop()
    }
}
