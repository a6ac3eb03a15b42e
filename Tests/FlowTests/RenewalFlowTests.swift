import Credentials
import Cryptography
import Encoding
import Foundation
import Ledger
import Storage
import TestSupport
import Testing

@testable import accredit

/// A candidate's bundle over its life, on real processes: renewed, and then taken back.
@Suite(.serialized) struct RenewalFlowTests {
    /// A running network in which the first node stands, with its bundle in a file.
    private struct Standing {
        let running: RunningNetwork
        let node: DevelopmentNetwork.Node
        let bundle: String

        func command(_ words: [String]) async throws -> CommandResult {
            try await BuiltCommand.run(words, environment: ["ACCREDIT_CONFIG": node.client])
        }

        func candidate() async throws -> JSON? {
            let answer = try await running.ledger(node).service.get("/v1/candidates")
            let did = try running.network.publicKey(node.nodeKey).did
            return answer["candidates"]?.arrayValue?.first { $0["node"]?.stringValue == did }
        }

        /// The consents in the bundle's file.
        func consents() throws -> [Credential] {
            BundleRenewal.consents(try Bundle(InputFile.text(bundle)))
        }
    }

    private func stand(
        _ running: RunningNetwork, validForSeconds: Int64? = nil
    ) async throws -> Standing {
        let node = try #require(running.network.founders.first)
        let qualifications = try await running.qualify(node)
        let (_, progress) = try await running.apply(
            node, qualifications, validForSeconds: validForSeconds)
        let path = "\(node.place.folder)/own.bundle"
        try DurableFile.write(
            Array(try #require(progress.bundle).utf8), to: path, replacing: true)
        let standing = Standing(running: running, node: node, bundle: path)
        let added = try await standing.command([
            "candidate", "add", path, "--consensus-key", node.consensusKey,
        ])
        #expect(added.code == 0, "\(added.messages)")
        return standing
    }

    @Test func `a candidate renews what limits it, and lapses when a credential is taken back`()
        async throws
    {
        let running = try await RunningNetwork()
        defer { running.stop() }
        let standing = try await stand(running)
        let before = try await standing.candidate()
        let old = try standing.consents()
        #expect(old.count == 3)

        let early = try await standing.command(["credential", "needs-renewal", standing.bundle])
        #expect(early.code == 1)
        let idle = try await standing.command(["credential", "renew", standing.bundle])
        #expect(idle.code == 0)
        #expect(try standing.consents() == old)

        // The old statement ends first of all: without a newer one nothing would be gained.
        let useless = try await standing.command([
            "credential", "renew", standing.bundle, "--all", "--submit",
        ])
        #expect(useless.code == 1)
        #expect(try standing.consents() == old)
        let credit = try await newerStatement(standing)
        let renewed = try await standing.command([
            "credential", "renew", standing.bundle, "--all", "--submit", "--credit", credit,
        ])
        #expect(renewed.code == 0, "\(renewed.messages)")
        let fresh = try standing.consents()
        #expect(fresh.count == 3)
        #expect(fresh.allSatisfy { !old.contains($0) })
        #expect(Set(fresh.map(\.claims.application)) == Set(old.map(\.claims.application)))
        let after = try await standing.candidate()
        #expect(after?["validUntil"] != before?["validUntil"])
        #expect(after?["votes"] == before?["votes"])

        try await takeBack(fresh[0], standing)
    }

    @Test func `a watch renews before the end, and the candidacy outlives its first credentials`()
        async throws
    {
        let running = try await RunningNetwork()
        defer { running.stop() }
        // Time enough to stand and to renew, however slow this machine is.
        let node = try #require(running.network.founders.first)
        let seconds = try await 32 + 8 * running.pace(node)
        let standing = try await stand(running, validForSeconds: seconds)
        let end = try Bundle(InputFile.text(standing.bundle)).expires

        let watched = try await standing.command([
            "credential", "renew", standing.bundle, "--submit", "--watch", "--times", "1",
        ])
        #expect(watched.code == 0, "\(watched.messages)")
        #expect(SystemClock.now() < end)
        let fresh = try Bundle(InputFile.text(standing.bundle)).expires
        #expect(fresh > end)
        while SystemClock.now() < end.adding(milliseconds: 2_000) {
            try await Task.sleep(for: .milliseconds(200))
        }
        let height = try await running.height(of: standing.node)
        try await running.wait(for: height + 1, at: standing.node)
        #expect(try await standing.candidate() != nil)
    }

    /// A file with a statement that is good for a month.
    private func newerStatement(_ standing: Standing) async throws -> String {
        let path = "\(standing.node.place.folder)/newer.credit"
        let network = standing.running.network
        let signed = try await standing.command([
            "credit", "sign", "--source", DevelopmentNetwork.creditSourceName, "--account",
            try network.publicKey(standing.node.nodeKey).did, "--score", "742", "--key",
            network.creditSourceKey, "--out", path,
        ])
        #expect(signed.code == 0, "\(signed.messages)")
        return path
    }

    /// The auditor's operator revokes; its server tells the ledger, where the candidate lapses.
    private func takeBack(_ credential: Credential, _ standing: Standing) async throws {
        let auditor = try #require(
            standing.running.network.auditors.first {
                $0.place.url == credential.claims.issuer
            })
        let file = "\(standing.node.place.folder)/revoked.credential"
        try DurableFile.write(Array(credential.jws.compact.utf8), to: file, replacing: true)
        let good = try await standing.command(["credential", "verify", file, "--status"])
        #expect(good.code == 0, "\(good.messages)")

        let revoked = try await standing.command([
            "credential", "revoke", file, "--auditor", auditor.place.url, "--reason",
            "key-compromise", "--key", auditor.operatorKey,
        ])
        #expect(revoked.code == 0, "\(revoked.messages)")
        let bad = try await standing.command(["credential", "verify", file, "--status"])
        #expect(bad.code == 6)
        #expect(bad.output.contains("revoked"))

        let end = SystemClock.monotonicMilliseconds() + 180_000
        while try await standing.candidate() != nil,
            try await standing.candidate()?["status"] != "lapsed",
            SystemClock.monotonicMilliseconds() < end
        {
            try await Task.sleep(for: .milliseconds(200))
        }
        let candidate = try await standing.candidate()
        #expect(candidate == nil || candidate?["status"] == "lapsed")
        let again = try await standing.command([
            "credential", "renew", standing.bundle, "--all", "--submit",
        ])
        #expect(again.code != 0)
    }
}
