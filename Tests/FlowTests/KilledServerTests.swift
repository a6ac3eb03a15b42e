import Credentials
import Cryptography
import Encoding
import Ledger
import Testing

@testable import accredit

/// Any one server may be ended without warning: the rest go on, and restarted it catches up.
@Suite(.serialized) struct KilledServerTests {
    @Test func `the ledger goes on without any one node, which catches up when it is back`()
        async throws
    {
        let running = try await RunningNetwork()
        defer { running.stop() }
        let nodes = running.network.nodes
        let voter = try running.signer(running.network.voterKey(1), isProtected: false)
        for killed in nodes {
            let other = try #require(nodes.first { $0 != killed })
            running.supervisor.kill(killed.place.name)
            let before = try await running.height(of: other)

            // Acknowledged while one of four is gone, so it must never be lost.
            let transaction = try await running.ledger(other).sign(
                .data(content: "without \(killed.place.name)"), by: voter,
                network: running.network.network)
            let outcome = try await running.ledger(other).commit(
                transaction, timeoutMilliseconds: 180_000)
            #expect(outcome.code == "ok")
            try await running.wait(for: before + 2, at: other)

            try running.supervisor.start(killed.place.name)
            try await running.supervisor.waitUntilReady(
                [killed.place], progress: Progress(.quiet))
            let tip = try await running.height(of: other)
            try await running.wait(for: tip, at: killed)
            let found = try await running.ledger(killed).outcome(of: transaction.id.text)
            #expect(found.code == "ok")
        }
        // Every node holds the same chain.
        let common = try await running.height(of: nodes[0])
        var headers: Set<String> = []
        for node in nodes {
            try await running.wait(for: common, at: node)
            let block = try await running.block(common, of: node)
            headers.insert(try #require(block["header"]?.stringValue))
        }
        #expect(headers.count == 1)
    }

    @Test func `applications go on without any one auditor, which keeps its word when it is back`()
        async throws
    {
        let running = try await RunningNetwork()
        defer { running.stop() }
        let node = try #require(running.network.founders.first)
        let qualifications = try await running.qualify(node)
        let (first, before) = try await running.apply(node, qualifications)
        #expect(before.state == .complete)
        #expect(before.outcomes.map(\.outcome) == ["consent", "consent", "consent"])
        for killed in running.network.auditors {
            running.supervisor.kill(killed.place.name)

            let (application, progress) = try await running.apply(node, qualifications)
            #expect(progress.hasQuorum)
            let outcome = progress.outcomes.first { $0.issuer == killed.place.url }?.outcome
            #expect(outcome == "unreachable")

            try running.supervisor.start(killed.place.name)
            try await running.supervisor.waitUntilReady(
                [killed.place], progress: Progress(.quiet))
            let auditor = Service(noun: "auditor", base: killed.place.url, http: running.client)
            let old = try await auditor.post(
                "/v1/applications", ["application": JSON(first.jws.compact)])
            let again = try await auditor.get("/v1/applications/\(first.digest.text)")
            #expect(old["credential"] != nil)
            #expect(old["credential"] == again["credential"])
            #expect(
                before.bundle.map { bundle in
                    old["credential"]?.stringValue.map { isEnveloped($0, in: bundle) } ?? false
                } == true)
            let new = try await auditor.post(
                "/v1/applications", ["application": JSON(application.jws.compact)])
            #expect(new["outcome"] == "consent")
        }
    }

    @Test func `a killed aggregator repeats what it had and goes on`() async throws {
        let running = try await RunningNetwork()
        defer { running.stop() }
        let node = try #require(running.network.founders.first)
        let qualifications = try await running.qualify(node)
        let (application, before) = try await running.apply(node, qualifications)

        running.supervisor.kill(running.network.aggregator.name)
        try running.supervisor.start(running.network.aggregator.name)
        try await running.supervisor.waitUntilReady(
            [running.network.aggregator], progress: Progress(.quiet))

        let after = try await running.progress(of: application)
        #expect(after.bundle == before.bundle)
        let (_, next) = try await running.apply(node, qualifications)
        #expect(next.state == .complete)
    }

    /// Whether a bundle's payload carries this credential byte for byte.
    private func isEnveloped(_ credential: String, in bundle: String) -> Bool {
        let parts = bundle.split(separator: ".")
        guard parts.count == 3, let payload = try? Base64URL.decode(String(parts[1])) else {
            return false
        }
        return String(decoding: payload, as: UTF8.self).contains(
            "data:application/vc+jwt,\(credential)\"")
    }
}
