package import Credentials
package import Cryptography
package import Encoding

/// The signing keys of one auditor and what each is for now: a state machine whose events are
/// `prepare`, `activate`, `retire` and `revoke`. At most one key is active.
///
///     prepare        activate          retire
///     ──────▶ prepared ──────▶ active ──────▶ retired
///                │               │               │
///                └───────────────┴──── revoke ───┴──▶ revoked
///
/// No state is left backwards, so an older copy of a ring is recognised (`checkFollows`). Times
/// are whole seconds.
package struct KeyRing: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// Published, so that verifiers know it before it signs; signs nothing.
        case prepared
        /// Signs.
        case active
        /// Signs nothing more; what it signed stays good until the end of its window.
        case retired
        /// Lost or stolen: published no more, and nothing it signed is to be believed.
        case revoked

        /// The states that may come after this one.
        func leads(to next: State) -> Bool {
            switch (self, next) {
            case (.prepared, _), (.active, .active), (.active, .retired), (.active, .revoked),
                (.retired, .retired), (.retired, .revoked), (.revoked, .revoked):
                true
            case (.active, .prepared), (.retired, .prepared), (.retired, .active),
                (.revoked, .prepared), (.revoked, .active), (.revoked, .retired):
                false
            }
        }
    }

    /// Where the private half is.
    package enum Source: Sendable, Hashable {
        /// A PEM file, as seen from the ring's folder.
        case file(String)
        /// A token's key by its URI (RFC 7512), without its PIN.
        case token(String)
        /// The socket of a process that signs.
        case signer(String)
    }

    package struct Key: Sendable, Hashable {
        package let publicKey: PublicKey
        /// RFC 7638; what follows `#` in `kid`.
        package let thumbprint: String
        package let source: Source
        package let preparedAt: Instant
        /// When it may sign; every credential ends in it.
        package internal(set) var window: Validity
        package internal(set) var state: State
        package internal(set) var activatedAt: Instant?
        package internal(set) var retiredAt: Instant?
        package internal(set) var revokedAt: Instant?
        /// Why it was revoked.
        package internal(set) var reason: String?

        init(publicKey: PublicKey, window: Validity, source: Source, preparedAt: Instant) {
            self.publicKey = publicKey
            thumbprint = publicKey.thumbprint
            self.source = source
            self.preparedAt = preparedAt
            self.window = window
            state = .prepared
        }

        /// Whether verifiers need it: they may hold something it signed, or soon will.
        package func isPublished(at now: Instant) -> Bool {
            state != .revoked && now < window.until
        }
    }

    /// The auditor's identity, the `iss` of its credentials.
    package let issuer: String
    /// In the order in which they were prepared.
    package internal(set) var keys: [Key]

    /// A ring without keys.
    package init(issuer: String) {
        self.issuer = issuer
        keys = []
    }

    package var active: Key? { keys.first { $0.state == .active } }

    /// The key of exactly this thumbprint; there is no falling through to others.
    package func key(_ thumbprint: String) -> Key? {
        keys.first { $0.thumbprint.hasSameBytes(as: thumbprint) }
    }

    /// What verifiers are given now (RFC 7517): prepared, active, and retired while anything they
    /// signed may be in use; revoked keys are gone at once.
    package func published(at now: Instant) throws(KeyError) -> JWKSet {
        try JWKSet(
            keys.filter { $0.isPublished(at: now) }.map { key in
                JWKSet.Entry(
                    keyID: CredentialClaims.keyID(issuer: issuer, key: key.publicKey),
                    key: key.publicKey)
            })
    }
}

// MARK: - Events

extension KeyRing {
    /// Takes a new key in. Keys whose window ended long ago are forgotten for it when the ring is
    /// full.
    /// - Throws: `keyRing` for a key that is there already, a window that is empty or over, or a
    ///   ring that is full.
    package mutating func prepare(
        _ key: PublicKey, window: Validity, source: Source, at now: Instant
    ) throws(AuditingError) {
        guard self.key(key.thumbprint) == nil else {
            throw AuditingError(
                .keyRing, "the ring has key \(key.thumbprint) already; every key is used once")
        }
        guard window.from < window.until, now < window.until else {
            throw AuditingError(
                .keyRing,
                "a window from \(window.from.rfc3339) to \(window.until.rfc3339) lets the key "
                    + "sign nothing; give a later end")
        }
        if keys.count >= Limits.ringKeyCountMaximum,
            let old = keys.firstIndex(where: { $0.window.until <= now && $0.state != .active })
        {
            keys.remove(at: old)
        }
        guard keys.count < Limits.ringKeyCountMaximum else {
            throw AuditingError(
                .keyRing,
                "the ring has \(keys.count) keys in their windows, as many as it takes")
        }
        keys.append(
            Key(
                publicKey: key, window: window, source: source,
                preparedAt: Instant(seconds: now.seconds)))
    }

    /// Lets a prepared key sign, and retires the one that did.
    /// - Parameter isAtOnce: also when verifiers have not had the time to learn the key. The first
    ///   key of a ring never waits.
    /// - Throws: `keyRing` for a key that is not prepared, out of its window or published too
    ///   shortly.
    package mutating func activate(
        _ thumbprint: String, at now: Instant, isAtOnce: Bool = false
    ) throws(AuditingError) {
        let index = try index(of: thumbprint)
        let key = keys[index]
        guard key.state == .prepared else { throw wrong(key, "be activated") }
        let now = Instant(seconds: now.seconds)
        guard key.window.contains(now) else {
            throw AuditingError(
                .keyRing,
                "key \(thumbprint) may sign from \(key.window.from.rfc3339) to "
                    + "\(key.window.until.rfc3339), and it is \(now.rfc3339)")
        }
        let known = key.knownFrom
        guard isAtOnce || now >= known || keys.allSatisfy({ $0.state == .prepared }) else {
            throw AuditingError(
                .keyRing,
                "verifiers may not know key \(thumbprint) yet: it was published at "
                    + "\(key.preparedAt.rfc3339) and is to be used from \(known.rfc3339). "
                    + "Wait, or say --at-once if the old key must not sign any longer")
        }
        for other in keys.indices where keys[other].state == .active {
            keys[other].state = .retired
            keys[other].retiredAt = now
        }
        keys[index].state = .active
        keys[index].activatedAt = now
    }

    /// Takes the active key out of use. What it signed stays good; without another key nothing is
    /// signed.
    /// - Throws: `keyRing` for a key that is not active.
    package mutating func retire(
        _ thumbprint: String, at now: Instant
    ) throws(AuditingError) {
        let index = try index(of: thumbprint)
        guard keys[index].state == .active else { throw wrong(keys[index], "be retired") }
        keys[index].state = .retired
        keys[index].retiredAt = Instant(seconds: now.seconds)
    }

    /// Takes a key out for ever: it signs nothing, and is published no more.
    /// - Throws: `keyRing` for a key that is revoked already, or a reason that is empty, too long
    ///   or not one line.
    package mutating func revoke(
        _ thumbprint: String, reason: String, at now: Instant
    ) throws(AuditingError) {
        let index = try index(of: thumbprint)
        guard keys[index].state != .revoked else { throw wrong(keys[index], "be revoked") }
        guard (1...Limits.reasonByteCountMaximum).contains(reason.utf8.count),
            reason.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw AuditingError(
                .keyRing,
                "a reason is one line of 1 to \(Limits.reasonByteCountMaximum) bytes")
        }
        keys[index].state = .revoked
        keys[index].revokedAt = Instant(seconds: now.seconds)
        keys[index].reason = reason
    }

    private func index(of thumbprint: String) throws(AuditingError) -> Int {
        guard let index = keys.firstIndex(where: { $0.thumbprint.hasSameBytes(as: thumbprint) })
        else { throw AuditingError(.keyRing, "the ring has no key \(thumbprint)") }
        return index
    }

    private func wrong(_ key: Key, _ what: String) -> AuditingError {
        AuditingError(
            .keyRing, "key \(key.thumbprint) is \(key.state.rawValue) and cannot \(what)")
    }
}

extension KeyRing.Key {
    /// From when every verifier that keeps to the published lifetime of the set knows the key.
    package var knownFrom: Instant {
        preparedAt.adding(milliseconds: Limits.publicationSeconds * 1000)
    }
}
