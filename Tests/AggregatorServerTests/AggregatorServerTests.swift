import AggregatorServer
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import TestSupport
import Testing
import Web

/// The aggregator with real auditors, and with auditors that misbehave.
@Suite struct AggregatorServerTests {
    private let world: AuditWorld
    private let client: HTTPClient

    init() throws {
        world = try AuditWorld()
        client = HTTPClient(trust: world.trust)
    }

    private func startAuditor(_ path: String) async throws -> AuditorServer {
        try await AuditorServer.start(try AuditorConfiguration(path: path), log: { _ in })
    }

    /// Writes the aggregator's configuration beside the set and starts it.
    private func startAggregator(
        _ set: AuditorSet, deadlineMilliseconds: Int = 60_000
    ) async throws -> AggregatorServer {
        let path = world.folder.file("aggregator.json")
        if (try? DurableFile.read(path, maximumByteCount: 65_536)) == nil {
            try KeyFile.write(
                try PrivateKey.generate(.es256), to: world.folder.file("aggregator-key.pem"),
                passphrase: nil)
            let tls = try world.identity("aggregator")
            let port = try await freePort()
            try DurableFile.write(
                set.json.bytes, to: world.folder.file("set.json"), replacing: false)
            let configuration: JSON = [
                "id": JSON("https://127.0.0.1:\(port)"), "listen": JSON("127.0.0.1:\(port)"),
                "tls": [
                    "certificate": JSON(tls.certificateChainPath),
                    "key": JSON(tls.privateKeyPath), "authority": JSON(world.trust.path),
                ],
                "data": "aggregator-data", "network": JSON(AuditWorld.network),
                "key": "aggregator-key.pem", "auditorSet": "set.json",
                "deadlineMilliseconds": JSON(deadlineMilliseconds),
            ]
            try DurableFile.write(configuration.bytes, to: path, replacing: false)
        }
        return try await AggregatorServer.start(
            try AggregatorConfiguration(path: path), log: { _ in })
    }

    private func submit(_ application: Application, to url: String) async throws -> Response {
        let body: JSON = ["application": JSON(application.jws.compact)]
        return try await client.send(
            "POST", "\(url)/v1/applications", headers: [("content-type", "application/json")],
            body: body.bytes, deadlineMilliseconds: 60_000)
    }

    /// Polls until the collection is settled.
    private func settled(_ application: Application, at url: String) async throws -> JSON {
        while true {
            let status = try await client.send(
                "GET", "\(url)/v1/applications/\(application.digest.text)?wait=1000",
                deadlineMilliseconds: 60_000
            ).json()
            if status["state"] == "complete" || status["state"] == "failed" { return status }
        }
    }

    private func outcomes(_ status: JSON) -> [String: String] {
        var outcomes: [String: String] = [:]
        for outcome in status["outcomes"]?.arrayValue ?? [] {
            guard let issuer = outcome["issuer"]?.stringValue else { continue }
            outcomes[issuer] = outcome["outcome"]?.stringValue
        }
        return outcomes
    }

    @Test func `three auditors' answers become one bundle that verifies without us`() async throws {
        let paths = [
            try world.configureAuditor(
                "a1", policy: "device-performance.json", port: try await freePort()),
            try world.configureAuditor(
                "a2", policy: "deposit-and-credit.json", port: try await freePort()),
            try world.configureAuditor(
                "a3", policy: "device-performance.json", port: try await freePort()),
        ]
        var auditors: [AuditorServer] = []
        for path in paths { auditors.append(try await startAuditor(path)) }
        let set = try world.auditorSet(paths)
        let aggregator = try await startAggregator(set)
        let applicant = try TestApplicant(world)
        let application = try applicant.application()

        let accepted = try await submit(application, to: aggregator.service.id)
        #expect(accepted.status == 202)
        let status = try await settled(application, at: aggregator.service.id)

        #expect(status["state"] == "complete")
        #expect(
            outcomes(status) == [
                auditors[0].service.issuer: "consent", auditors[1].service.issuer: "refusal",
                auditors[2].service.issuer: "consent",
            ])
        let bundle = try Bundle(try #require(status["bundle"]?.stringValue))
        try bundle.verifyHolder(aggregator.service.keySet.keys.first)
        #expect(bundle.credentials.count == 3)
        let result = QuorumVerifier.verify(
            bundle, set: set, network: AuditWorld.network, at: SystemClock.now(),
            application: application.digest)
        guard case .met(let verified) = result else {
            Issue.record("the quorum has to be met: \(result)")
            return
        }
        #expect(verified.refusals.count == 1)
        await aggregator.stop()
        for auditor in auditors { await auditor.stop() }
        await applicant.stop()
    }

    @Test func `a stopped auditor does not stop the others, and is asked again when needed`()
        async throws
    {
        let paths = [
            try world.configureAuditor(
                "a1", policy: "device-performance.json", port: try await freePort()),
            try world.configureAuditor(
                "a2", policy: "device-performance.json", port: try await freePort()),
        ]
        let first = try await startAuditor(paths[0])
        let set = try world.auditorSet(paths)
        let aggregator = try await startAggregator(set)
        let applicant = try TestApplicant(world)
        let application = try applicant.application()

        _ = try await submit(application, to: aggregator.service.id)
        let failed = try await settled(application, at: aggregator.service.id)
        #expect(failed["state"] == "failed")
        #expect(outcomes(failed).values.sorted() == ["consent", "unreachable"])

        let second = try await startAuditor(paths[1])
        _ = try await submit(application, to: aggregator.service.id)
        let complete = try await settled(application, at: aggregator.service.id)
        #expect(complete["state"] == "complete")
        #expect(outcomes(complete).values.sorted() == ["consent", "consent"])
        await aggregator.stop()
        await first.stop()
        await second.stop()
        await applicant.stop()
    }

    @Test func `a restarted aggregator goes on and repeats what it had`() async throws {
        let path = try world.configureAuditor(
            "a1", policy: "device-performance.json", port: try await freePort())
        let set = try world.auditorSet([path], threshold: 1)
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        let aggregator = try await startAggregator(set)
        _ = try await submit(application, to: aggregator.service.id)
        let auditor = try await startAuditor(path)
        await aggregator.stop()

        let restarted = try await startAggregator(set)
        _ = try await submit(application, to: restarted.service.id)
        let complete = try await settled(application, at: restarted.service.id)
        #expect(complete["state"] == "complete")
        let bundle = complete["bundle"]
        await restarted.stop()

        let again = try await startAggregator(set)
        _ = try await submit(application, to: again.service.id)
        #expect(try await settled(application, at: again.service.id)["bundle"] == bundle)
        await again.stop()
        await auditor.stop()
        await applicant.stop()
    }

    @Test func `credentials collected alone are merged, strangers are not`() async throws {
        let paths = [
            try world.configureAuditor(
                "a1", policy: "device-performance.json", port: try await freePort()),
            try world.configureAuditor(
                "a2", policy: "device-performance.json", port: try await freePort()),
        ]
        var auditors: [AuditorServer] = []
        for path in paths { auditors.append(try await startAuditor(path)) }
        let aggregator = try await startAggregator(try world.auditorSet(paths))
        let applicant = try TestApplicant(world)
        let application = try applicant.application()
        var tokens: [JSON] = []
        for auditor in auditors {
            let answer = try await submit(application, to: auditor.service.issuer).json()
            tokens.append(try #require(answer["credential"]))
        }
        func merge(_ tokens: [JSON]) async throws -> Response {
            try await client.send(
                "POST", "\(aggregator.service.id)/v1/bundles",
                headers: [("content-type", "application/json")],
                body: JSON.object(JSONObject([("credentials", .array(tokens))])).bytes,
                deadlineMilliseconds: 60_000)
        }

        let merged = try await merge(tokens)
        #expect(merged.status == 200)
        let bundle = try Bundle(try #require(merged.json()["bundle"]?.stringValue))
        #expect(bundle.credentials.count == 2)
        #expect(try await merge([tokens[0], tokens[0]]).status == 422)
        let other = try await submit(
            try applicant.application(), to: auditors[1].service.issuer
        ).json()
        let mixed = try await merge([tokens[0], try #require(other["credential"])])
        #expect(mixed.status == 422)
        #expect(try mixed.json()["type"] == "urn:accredit:problem:wrong-application")
        await aggregator.stop()
        for auditor in auditors { await auditor.stop() }
        await applicant.stop()
    }
}
