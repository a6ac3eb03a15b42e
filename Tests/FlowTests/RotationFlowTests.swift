import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Foundation
import Ledger
import Storage
import TestSupport
import Testing
import Web

@testable import accredit

/// One auditor of a network of real processes changes its signing key: ring, ledger, aggregator.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RotationFlowTests {
    @Test func `credentials verify before, during and after a rotation`() async throws {
        let running = try await RunningNetwork()
        defer { running.stop() }
        let flow = try await Rotation(running)
        let before = try await flow.issued()
        #expect(await flow.keys("prepare").code == 0)
        let ring = try flow.auditor.keyRing.read()
        let (first, next) = (ring.keys[0], ring.keys[1])
        #expect(before.keyID.hasSuffix(first.thumbprint))
        try await running.until("the prepared key has to be published") {
            try await flow.published().entries.count == 2
        }

        let rotated = await flow.keys("rotate")
        #expect(rotated.code == 0, "\(rotated.messages)")
        let set = try await flow.set()
        #expect(set.version == 2)
        #expect(set.auditor(flow.issuer)?.keys.map(\.key) == [first.publicKey, next.publicKey])
        try DurableFile.write(
            set.json.bytes, to: running.network.auditorSetFile, replacing: true)
        let aggregator = running.network.aggregator.url
        try await running.until("the aggregator has to take the set over") {
            try await running.client.send(
                "GET", "\(aggregator)/v1/auditor-set", deadlineMilliseconds: 60_000
            ).json()["version"] == 2
        }
        let during = try await flow.issued()
        #expect(during.keyID == before.keyID)

        #expect(await flow.keys("activate", next.thumbprint, "--at-once").code == 0)
        var after = try await flow.issued()
        for _ in 0..<300 where after.keyID == before.keyID {
            try await Task.sleep(for: .milliseconds(200))
            after = try await flow.issued()
        }
        #expect(after.keyID.hasSuffix(next.thumbprint))
        let keySet = try await flow.published()
        for credential in [before, during, after] {
            let key = try #require(keySet.key(credential.keyID))
            _ = try credential.jws.verify(key: key, type: "vc+jwt")
            _ = try set.verify(credential, at: SystemClock.now())
        }
        // Nothing is left to enter.
        let again = await flow.keys("rotate")
        #expect(again.code == 1)
        #expect(again.messages.contains("every key"))
    }
}

/// What the test does as the auditor's operator, and as an applicant.
private struct Rotation {
    let running: RunningNetwork
    let auditor: DevelopmentNetwork.Auditor
    private let node: DevelopmentNetwork.Node
    private let qualifications: Qualifications

    var issuer: String { auditor.place.url }

    init(_ running: RunningNetwork) async throws {
        self.running = running
        auditor = running.network.auditors[0]
        node = try #require(running.network.nodes.first)
        qualifications = try await running.qualify(node)
    }

    func keys(_ words: String...) async -> CommandResult {
        let folder = running.network.folder
        return await CommandInProcess.run(
            ["keys"] + words + ["--ring", auditor.keyRing.path],
            environment: [
                "ACCREDIT_CONFIG": "\(folder)/clients/\(auditor.place.name).json",
                "ACCREDIT_PASSPHRASE_FILE": running.network.passphraseFile,
            ])
    }

    func published() async throws -> JWKSet {
        try JWKSet(
            json: try await running.client.send(
                "GET", "\(issuer)/.well-known/jwks.json", deadlineMilliseconds: 60_000
            ).json())
    }

    func set() async throws -> AuditorSet { try await running.ledger(node).auditorSet() }

    /// The auditor's credential in a new bundle, which meets the quorum of the ledger's set.
    func issued() async throws -> Credential {
        let (application, progress) = try await running.apply(node, qualifications)
        let bundle = try Credentials.Bundle(try #require(progress.bundle, "\(progress.json)"))
        let result = QuorumVerifier.verify(
            bundle, set: try await set(), network: running.network.network,
            at: SystemClock.now(), application: application.digest)
        guard case .met = result else {
            throw Failure(.failure, nil, "no quorum: \(result)")
        }
        return try #require(bundle.credentials.first { $0.claims.issuer == issuer })
    }
}

extension RunningNetwork {
    /// Waits for servers to notice by themselves.
    func until(_ what: Comment, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<2_400 {
            if (try? await condition()) == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record(what)
    }
}
