import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage

/// `keys prepare|activate|retire|revoke|rotate`: the signing keys of an auditor, in its key ring. A running
/// server takes every change over within a second.
enum KeyRingCommands {
    static let all = [prepare, activate, retire, revoke, KeyRotationCommand.rotate]

    static let ring = Option.path("ring", "the auditor's key ring: keyRing in auditor.json")
    static let plan = Option.flag(
        "plan", "show the ring and its dates as they would be; change nothing")
    static let lifetime = Option.value(
        "credentials-for", "DURATION", "how long credentials are valid, for the dates",
        standard: "90d")
    private static let issuer = Option.value(
        "issuer", "URL", "the auditor's identity, for a ring that is new")
    private static let validFor = Option.value(
        "valid-for", "DURATION", "how long the key may sign and credentials of it be valid",
        standard: "365d")
    private static let token = Option.value(
        "pkcs11", "URI", "a P-256 key that stays in its token (RFC 7512)")
    private static let signer = Option.path("signer", "a key of the signer process at this socket")
    private static let noPassphrase = Option.flag(
        "no-passphrase", "store the new key unprotected: whoever reads the file can sign")
    private static let atOnce = Option.flag(
        "at-once", "do not wait until verifiers know the key; for emergencies")
    private static let reason = Option.value("reason", "TEXT", "why, for the audit log")
    private static let key = Argument(
        "KEY", "a thumbprint, as much of its beginning as only one key has, or a kid")

    static let prepare = Command(
        path: ["keys", "prepare"],
        summary: "Publish an auditor's next signing key, before it signs",
        discussion: """
            Makes a P-256 key in the ring's folder, or takes one in from a token or a signer
            process. Verifiers get it at once; it signs after keys activate. Enter it into the
            auditor set meanwhile: accredit keys rotate.
            """,
        options: [
            ring, issuer, validFor, token, signer, noPassphrase, .passphraseFile,
            .passphraseDescriptor, lifetime, plan,
        ],
        examples: [
            .init("accredit keys prepare --ring auditor/keys", "the next key, in a file"),
            .init(
                "accredit keys prepare --ring keys --pkcs11 'pkcs11:token=accredit;object=2027"
                    + "?pin-source=file:/etc/accredit/pin&module-path=/usr/lib/softhsm/"
                    + "libsofthsm2.so'", "a key that was made in a token"),
        ],
        run: { invocation in
            let folder = try folder(invocation)
            let now = SystemClock.now()
            let length = try invocation.seconds(validFor, in: 1...20 * 365 * 86_400) ?? 0
            // Dated back a little, so that the key signs at once where clocks are behind.
            let window = Validity(
                from: Instant(seconds: now.seconds - 60),
                until: Instant(seconds: now.seconds + length))
            let isPlan = invocation.flag(plan)
            let current = try current(folder, invocation)
            if let (publicKey, source) = try await existing(invocation, current) {
                try change(folder, invocation, issuer: current.issuer) { ring in
                    _ = try ring.prepared(publicKey, window, source, at: now)
                }
            } else if isPlan {
                invocation.console.message("the key shown stands for the one that will be made")
                try change(folder, invocation, issuer: current.issuer) { ring in
                    let key = try PrivateKey.generate(.es256).publicKey
                    _ = try ring.prepared(key, window, .file("key-….pem"), at: now)
                }
            } else {
                let passphrase =
                    invocation.flag(noPassphrase)
                    ? nil
                    : try Passphrase.read(
                        for: "the new key in \(folder.path)", isNew: true, invocation)
                _ = try folder.prepareNewKey(
                    issuer: current.issuer, window: window, passphrase: passphrase, at: now)
                try KeyRingReport(try folder.read(), invocation, at: now).show()
            }
        })

    static let activate = Command(
        path: ["keys", "activate"],
        summary: "Let a prepared key sign, and retire the one that did",
        discussion: """
            Refuses a key that was published less than an hour ago, because verifiers may not know
            it yet; --at-once does it all the same. The first key of a ring never waits. The
            auditor set should name the key by now: credentials of others do not count.
            """,
        arguments: [key], options: [ring, atOnce, lifetime, plan],
        examples: [
            .init(
                "accredit keys activate Wqn3x --ring auditor/keys", "from the next credential on"),
            .init("accredit keys activate Wqn3x --ring auditor/keys --plan", "what that would do"),
        ],
        run: { invocation in
            try change(try folder(invocation), invocation) { ring in
                try ring.activate(
                    thumbprint(invocation, ring), at: SystemClock.now(),
                    isAtOnce: invocation.flag(atOnce))
            }
        })

    static let retire = Command(
        path: ["keys", "retire"],
        summary: "Take the active key out of use; what it signed stays good",
        discussion: "Without another active key the auditor answers 503 until one is activated.",
        arguments: [key], options: [ring, lifetime, plan],
        examples: [
            .init("accredit keys retire Wqn3x --ring auditor/keys", "stop signing"),
            .init("accredit keys retire Wqn3x --ring auditor/keys --plan", "what that would do"),
        ],
        run: { invocation in
            try change(try folder(invocation), invocation) { ring in
                try ring.retire(thumbprint(invocation, ring), at: SystemClock.now())
            }
        })

    static let revoke = Command(
        path: ["keys", "revoke"],
        summary: "Take a lost or stolen key out for ever",
        discussion: """
            It signs nothing more and is published no more. The ledger still believes it: tell it
            with accredit keys rotate --compromised-since HEIGHT.
            """,
        arguments: [key], options: [ring, reason, lifetime, plan],
        examples: [
            .init(
                "accredit keys revoke Wqn3x --ring auditor/keys --reason stolen",
                "at once"),
            .init(
                "accredit keys revoke Wqn3x --ring auditor/keys --reason test --plan",
                "what that would do"),
        ],
        run: { invocation in
            let reason = try invocation.required(reason)
            try change(try folder(invocation), invocation) { ring in
                try ring.revoke(
                    thumbprint(invocation, ring), reason: reason, at: SystemClock.now())
            }
        })

    // MARK: - Parts

    static func folder(_ invocation: Invocation) throws -> KeyRingFolder {
        KeyRingFolder(path: try invocation.required(ring))
    }

    /// Changes the ring, or with `--plan` a copy of it, and shows it.
    private static func change(
        _ folder: KeyRingFolder, _ invocation: Invocation, issuer: String? = nil,
        _ body: (inout KeyRing) throws -> Void
    ) throws {
        let changed: KeyRing
        if invocation.flag(plan) {
            var copy = try folder.current(issuer)
            try body(&copy)
            changed = copy
            invocation.console.message("nothing was changed")
        } else {
            changed = try folder.edit(issuer: issuer) { ring in
                try body(&ring)
                return ring
            }
        }
        try KeyRingReport(changed, invocation, at: SystemClock.now()).show()
    }

    /// The ring there is, or a new one of `--issuer`.
    private static func current(
        _ folder: KeyRingFolder, _ invocation: Invocation
    ) throws -> KeyRing {
        do {
            return try folder.current(try invocation.text(issuer))
        } catch let error as StorageError where error.code == .missing {
            throw Failure.usage(
                "there is no key ring in \(folder.path)", code: "keys.no-ring",
                fix: "give --issuer URL, the auditor's identity, to begin one")
        }
    }

    /// The key of `--pkcs11` or `--signer`; nil when a new one is to be made.
    private static func existing(
        _ invocation: Invocation, _ ring: KeyRing
    ) async throws -> (PublicKey, KeyRing.Source)? {
        if let uri = try invocation.text(token) {
            return (try TokenSigner(uri: uri).publicKey, .token(uri))
        }
        guard let socket = try invocation.text(signer) else { return nil }
        let path = Folders.absolute(socket)
        let new = try await RemoteSigner.keys(of: path).filter { ring.key($0.thumbprint) == nil }
        guard new.count == 1, let only = new.first else {
            throw Failure(
                .failure, "keys.signer",
                "the signer has \(new.count) keys that are not in the ring yet",
                why: "one has to be meant", fix: "configure one new key at a time")
        }
        return (only, .signer(path))
    }

    /// The whole thumbprint of the key that `KEY` begins.
    static func thumbprint(_ invocation: Invocation, _ ring: KeyRing) throws -> String {
        try thumbprint(try invocation.requiredArgument("KEY"), ring)
    }

    static func thumbprint(_ text: String, _ ring: KeyRing) throws -> String {
        // A kid ends in `#` and the thumbprint; one that begins with a hyphen is written that way.
        let wanted = text.split(separator: "#").last.map(String.init) ?? text
        let found = ring.keys.map(\.thumbprint).filter { $0.hasPrefix(wanted) }
        guard found.count == 1, let only = found.first else {
            throw Failure(
                .notFound, "keys.unknown",
                found.isEmpty
                    ? "the ring has no key \(text)" : "\(found.count) keys begin with \(text)",
                fix: "accredit keys list --ring FOLDER shows the keys")
        }
        return only
    }
}
