import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Ledger
import Storage

/// `keys rotate`: brings an auditor's next key into the auditor set on the ledger.
enum KeyRotationCommand {
    private static let new = Option.value(
        "new", "KEY", "the key to enter; the only one that the set lacks when absent")
    private static let old = Option.value(
        "old", "KEY", "the key that signs the rotation; the active one when absent")
    private static let oldUntil = Option.value(
        "old-until", "TIME", "end the old key's window then (RFC 3339), earlier than it would")
    private static let compromised = Option.value(
        "compromised-since", "HEIGHT",
        "the old key is in other hands since this block: what the ledger saw later does not count")
    private static let rotation = Option.path(
        "rotation", "send this rotation, which --out wrote; needs no key ring")
    private static let ringPassphrase = Option.path(
        "ring-passphrase-file", "opens the ring's key files; --passphrase-file when absent")

    static let rotate = Command(
        path: ["keys", "rotate"],
        summary: "Enter an auditor's next key into the auditor set on the ledger",
        discussion: """
            The old key signs, the new one proves itself, and the auditor's account (--key) sends
            the transaction auditor.rotate: a stolen signing key alone rotates nothing. Both keys
            count from the next block on, each in its window. With --out the rotation is written
            to a file, for an account on another machine, and with --auditor-set no server is
            asked. Then: give aggregators the new set (accredit auditor-set show --out), and
            accredit keys activate.
            """,
        options: [
            KeyRingCommands.ring, new, old, oldUntil, compromised, ringPassphrase, rotation,
            .auditorSet, .out,
        ] + Option.transaction,
        examples: [
            .init(
                "accredit keys rotate --ring auditor/keys --key account.pem",
                "the prepared key, from the next block on"),
            .init(
                "accredit keys rotate --ring auditor/keys --out next.rotation",
                "signed here, sent elsewhere"),
            .init(
                "accredit keys rotate --rotation next.rotation --key account.pem",
                "send what was signed elsewhere"),
        ],
        run: { invocation in
            if let file = try invocation.text(rotation) {
                let made = try AuditorRotation(InputFile.text(file))
                return try await invocation.transact(.auditorRotate(rotation: made.jws.compact))
            }
            try invocation.checkOut()
            let made = try await make(invocation)
            if try invocation.text(.out) != nil {
                return try invocation.writeOut(made.jws.compact)
            }
            try await invocation.transact(.auditorRotate(rotation: made.jws.compact))
        })

    /// A rotation that the set in force would take.
    private static func make(_ invocation: Invocation) async throws -> AuditorRotation {
        let folder = try KeyRingCommands.folder(invocation)
        let ring = try folder.read()
        // The set of the settings may be an older one; the ledger's is meant unless one is given.
        let set =
            invocation.all(.auditorSet).isEmpty
            ? try await invocation.ledger().auditorSet() : try await invocation.auditorSet()
        guard let auditor = set.auditor(ring.issuer) else {
            throw Failure(
                .notFound, "keys.unknown-auditor",
                "\(ring.issuer) is not in the auditor set of \(set.network)",
                fix: "it is taken in with accredit auditor-set propose --add")
        }
        let next = try newKey(invocation, ring, auditor)
        let former = try oldKey(invocation, ring, auditor)
        let draft = AuditorRotation.Draft(
            network: set.network, issuer: ring.issuer, version: set.version, key: next.publicKey,
            window: next.window, oldUntil: try time(invocation),
            oldCompromisedSince: try invocation.amount(compromised))
        let opening = KeyOpening(
            folder: folder,
            passphrasePath: try invocation.text(ringPassphrase)
                ?? invocation.text(.passphraseFile))
        let made = try await sign(
            draft, old: try opening.open(former), new: try opening.open(next))
        _ = try set.rotated(by: made, at: SystemClock.now())
        return made
    }

    /// The new key proves itself, then the old one signs, wherever they are.
    static func sign(
        _ draft: AuditorRotation.Draft, old: any AuditorSigning, new: any AuditorSigning
    ) async throws -> AuditorRotation {
        let proof = try await new.sign(
            UnsignedJWS(
                payload: draft.proofClaims.bytes, type: DocumentType.auditorKeyProof,
                keyID: draft.newKeyID, key: new.publicKey))
        let signed = try await old.sign(
            UnsignedJWS(
                payload: draft.claims(proof: proof.compact).bytes,
                type: DocumentType.auditorRotation,
                keyID: CredentialClaims.keyID(issuer: draft.issuer, key: old.publicKey),
                key: old.publicKey))
        return try AuditorRotation(signed.compact)
    }

    private static func newKey(
        _ invocation: Invocation, _ ring: KeyRing, _ auditor: AuditorSet.Auditor
    ) throws -> KeyRing.Key {
        if let text = try invocation.text(new) {
            return try key(try KeyRingCommands.thumbprint(text, ring), ring)
        }
        let lacking = ring.keys.filter { key in
            key.state != .revoked && key.state != .retired && !has(auditor, key)
        }
        guard lacking.count == 1, let only = lacking.first else {
            throw Failure(
                .failure, "keys.new",
                lacking.isEmpty
                    ? "the auditor set has every key of the ring"
                    : "the auditor set lacks \(lacking.count) keys of the ring",
                fix: lacking.isEmpty
                    ? "make the next one with accredit keys prepare" : "name one with --new KEY")
        }
        return only
    }

    /// The active key if the set has it; else the last that signed.
    private static func oldKey(
        _ invocation: Invocation, _ ring: KeyRing, _ auditor: AuditorSet.Auditor
    ) throws -> KeyRing.Key {
        if let text = try invocation.text(old) {
            return try key(try KeyRingCommands.thumbprint(text, ring), ring)
        }
        let known = ring.keys.filter { has(auditor, $0) }
        guard
            let key = known.first(where: { $0.state == .active })
                ?? known.last(where: { $0.state == .retired })
        else {
            throw Failure(
                .failure, "keys.old", "the auditor set has no key of the ring that could sign",
                why: "a rotation is signed by a key of the set",
                fix: "name one with --old KEY; when none is left, the other auditors change the "
                    + "set: accredit auditor-set propose")
        }
        return key
    }

    private static func has(_ auditor: AuditorSet.Auditor, _ key: KeyRing.Key) -> Bool {
        auditor.keys.contains { $0.key == key.publicKey }
    }

    private static func key(_ thumbprint: String, _ ring: KeyRing) throws -> KeyRing.Key {
        guard let key = ring.key(thumbprint) else {
            throw Failure(.notFound, "keys.unknown", "the ring has no key \(thumbprint)")
        }
        return key
    }

    private static func time(_ invocation: Invocation) throws -> Instant? {
        guard let text = try invocation.text(oldUntil) else { return nil }
        do {
            return Instant(seconds: try Instant(rfc3339: text).seconds)
        } catch {
            throw Failure.usage(
                "--old-until is \"\(text)\"", code: "usage.bad-value", why: error.detail,
                fix: "write 2027-01-31T12:00:00Z")
        }
    }
}
