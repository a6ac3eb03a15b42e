package import Credentials
package import Cryptography
package import Encoding

/// A network with auditors and one node that applies, all with fresh keys and a fixed time.
package struct TestCandidacy: Sendable {
    package let network = "test-network"
    /// 2026-11-21T09:00:00Z.
    package let now = Instant(seconds: 1_795_251_600)
    package let node: KeyPair
    package let consensusKey: KeyPair
    package let auditors: [TestAuditor]
    package let set: AuditorSet
    package let application: Application

    /// - Parameter operators: the operator of each auditor; their number is that of the auditors.
    package init(
        operators: [String] = ["north", "south", "west"], threshold: Int = 2,
        distinctOperators: Int = 2
    ) throws {
        node = try KeyPair()
        consensusKey = try KeyPair(.ed25519)
        let window = Validity(
            from: now.adding(milliseconds: -86_400_000), until: now.adding(milliseconds: 86_400_000)
        )
        auditors = try operators.enumerated().map { index, name in
            try TestAuditor("a\(index + 1)", operatorName: name, window: window)
        }
        set = try AuditorSet(
            version: 1, network: network, threshold: threshold, operators: distinctOperators,
            auditors: auditors.map(\.entry))
        let draft = ApplicationDraft.test(
            network: network, consensusKey: consensusKey.publicKey, at: now)
        application = try draft.sign(with: node.key)
    }

    /// A bundle of these credentials, merged by a holder with a fresh key.
    package func bundle(_ credentials: [Credential]) throws -> Bundle {
        let holder = try KeyPair()
        return try Bundle.merge(
            credentials, holder: holder.did, keyID: holder.did, id: SecureRandom.uuid(), at: now,
            key: holder.key)
    }

    package func verify(_ bundle: Bundle, at time: Instant? = nil) -> QuorumResult {
        QuorumVerifier.verify(bundle, set: set, network: network, at: time ?? now)
    }
}

extension ApplicationDraft {
    /// A draft with every optional member absent.
    package static func test(
        network: String = "test-network", consensusKey: PublicKey, at time: Instant,
        deposits: [Digest] = [], credit: String? = nil
    ) -> ApplicationDraft {
        ApplicationDraft(
            network: network, operatorName: "Example Ltd.",
            endpoint: "https://127.0.0.1:8443", consensusKey: consensusKey, issuedAt: time,
            nonce: SecureRandom.bytes(16),
            qualifications: Qualifications(
                device: .test(measuredAt: time), deposits: deposits, credit: credit))
    }
}

extension Qualifications.Device {
    package static func test(measuredAt time: Instant) -> Qualifications.Device {
        Qualifications.Device(
            cores: 4, memoryMebibytes: 8192, diskMebibytes: 100_000,
            verificationsPerSecond: 20_000, durableWritesPerSecond: 5_000, measuredAt: time)
    }
}

extension QuorumResult {
    /// The rejections' codes, as "issuer code" or "code"; nil when met.
    package var refusalCodes: [String]? {
        switch self {
        case .met: nil
        case .refused(let rejections):
            rejections.map { ($0.issuer.map { "\($0) " } ?? "") + $0.code.rawValue }
        }
    }

    package var verified: VerifiedBundle? {
        switch self {
        case .met(let bundle): bundle
        case .refused: nil
        }
    }
}
