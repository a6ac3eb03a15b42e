import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Ledger
import Storage

/// What became of the change of an auditor's signing key.
struct DemoRotation: Sendable {
    let auditor: String
    /// Thumbprints.
    let old: String
    let new: String
    /// The version of the auditor set that has both, and the block that made it.
    let version: Int64
    let outcome: TransactionOutcome
    /// One credential by each.
    let credentials: [Credential]

    var json: JSON {
        [
            "auditor": JSON(auditor), "old": JSON(old), "new": JSON(new),
            "version": JSON(version), "transaction": outcome.json,
            "credentials": .array(credentials.map { JSON($0.claims.id) }),
        ]
    }
}

extension DemoStory {
    private static let rotating = "a1"

    /// a1 takes another signing key into use while everything runs. What the old key signed stays
    /// good, and both are found in what a1 publishes.
    mutating func changeKey() async throws {
        teller.chapter("13. An auditor changes its signing key")
        let auditor = try auditor(Self.rotating)
        guard let old = try auditor.keyRing.read().active else { return }
        let before = try await credential(of: DemoCast.founders[0], at: auditor)
        let passphrase = try SecretFile.passphrase(network.passphraseFile)
        let new = try auditor.keyRing.prepareNewKey(
            issuer: auditor.place.url, window: old.window, passphrase: passphrase,
            at: SystemClock.now())
        teller.say(
            "\(Self.rotating) prepares key \(new.thumbprint): published, and signing nothing yet.")

        let set = try await ledger.first.auditorSet()
        let draft = AuditorRotation.Draft(
            network: set.network, issuer: auditor.place.url, version: set.version,
            key: new.publicKey, window: new.window)
        let opening = KeyOpening(
            folder: auditor.keyRing, passphrasePath: network.passphraseFile)
        let rotation = try await KeyRotationCommand.sign(
            draft, old: try opening.open(old), new: try opening.open(new))
        teller.step("\(Self.rotating) enters the key into the auditor set")
        let outcome = try await ledger.apply(
            .auditorRotate(rotation: rotation.jws.compact), by: try signer(Self.rotating))
        teller.say(
            "The old key signs for it, the new one proves itself, \(Self.rotating)'s account sends "
                + "it: version \(set.version + 1) of the auditor set has both "
                + "(block \(outcome.height ?? 0)).")
        try await followSet(after: set.version)

        try auditor.keyRing.edit { ring in
            try ring.activate(new.thumbprint, at: SystemClock.now(), isAtOnce: true)
        }
        var after = before
        let end = SystemClock.monotonicMilliseconds() + DemoLedger.timeoutMilliseconds
        while after.keyID == before.keyID, SystemClock.monotonicMilliseconds() < end {
            teller.step("\(Self.rotating) takes the key into use")
            after = try await credential(of: DemoCast.founders[0], at: auditor)
        }
        try await check([before, after], of: auditor)
        teller.say(
            "It activates the key. \(DemoCast.founders[0].name) has a credential by each now, and "
                + "both verify with the keys that \(Self.rotating) publishes and the set names.")
        self.rotation = DemoRotation(
            auditor: Self.rotating, old: old.thumbprint, new: new.thumbprint,
            version: set.version + 1, outcome: outcome, credentials: [before, after])
    }

    /// The aggregator goes by a file, which its operator replaces.
    private func followSet(after version: Int64) async throws {
        var set = try await ledger.first.auditorSet()
        while set.version == version {
            try await Task.sleep(for: .milliseconds(100))
            set = try await ledger.first.auditorSet()
        }
        try DurableFile.write(
            Array((set.json.prettyText + "\n").utf8), to: network.auditorSetFile,
            replacing: true)
    }

    /// An answer to a fresh application, by one auditor alone.
    @inline(never)
    private func credential(
        of node: DemoNode, at auditor: DevelopmentNetwork.Auditor
    ) async throws -> Credential {
        let application = try application(of: node)
        let answer = try await AuditorClient(url: auditor.place.url, http: ledger.http).decide(
            application.jws.compact, digest: application.digest.text, timeoutMilliseconds: 60_000)
        guard let token = answer.credential else {
            throw Failure(
                .remote, "demo.no-credential",
                "\(auditor.place.name) gave \(node.name) no credential",
                why: answer.outcome.reason)
        }
        return try Credential(token)
    }

    private func check(
        _ credentials: [Credential], of auditor: DevelopmentNetwork.Auditor
    ) async throws {
        let service = Service(
            noun: "the auditor", base: auditor.place.url, http: ledger.http)
        let keys = try JWKSet(json: try await service.get("/.well-known/jwks.json"))
        let set = try await ledger.first.auditorSet()
        for credential in credentials {
            guard let key = keys.key(credential.keyID) else {
                throw Failure(
                    .verification, "demo.key",
                    "\(auditor.place.name) publishes no key \(credential.keyID)")
            }
            _ = try credential.jws.verify(key: key, type: DocumentType.credential)
            _ = try set.verify(credential, at: SystemClock.now())
        }
        guard credentials.first?.keyID != credentials.last?.keyID else {
            throw Failure(
                .verification, "demo.key",
                "\(auditor.place.name) has not taken its new key into use")
        }
    }
}
