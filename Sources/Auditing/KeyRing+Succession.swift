package import Credentials
package import Encoding

/// What became of one key between two copies of a ring.
package struct KeyChange: Sendable, Hashable {
    package let key: KeyRing.Key
    /// nil for a key that was not there.
    package let before: KeyRing.State?
}

extension KeyRing {
    /// What happened between `earlier` and this copy, in the order of the ring.
    /// - Throws: `keyRing` when this is no later copy: a key came back to a state it had left, has
    ///   another window or is gone before its end. A restored backup looks like that, and would
    ///   let a stolen key sign again.
    package func changes(since earlier: KeyRing, at now: Instant) throws(AuditingError)
        -> [KeyChange]
    {
        guard issuer.hasSameBytes(as: earlier.issuer) else {
            throw AuditingError(.keyRing, "the ring is of \(issuer), not \(earlier.issuer)")
        }
        for old in earlier.keys {
            guard let new = key(old.thumbprint) else {
                guard old.window.until <= now else {
                    throw AuditingError(
                        .keyRing,
                        "key \(old.thumbprint), in use until \(old.window.until.rfc3339), is "
                            + "not in the ring any more: it is an older copy, or was edited")
                }
                continue
            }
            guard old.state.leads(to: new.state) else {
                throw AuditingError(
                    .keyRing,
                    "key \(old.thumbprint) is \(new.state.rawValue) in the ring and was "
                        + "\(old.state.rawValue): the ring is an older copy. Restore the newest")
            }
            guard new.window.from == old.window.from, new.window.until <= old.window.until else {
                throw AuditingError(
                    .keyRing, "the window of key \(old.thumbprint) was widened, which it cannot be")
            }
        }
        return keys.compactMap { key in
            let before = earlier.key(key.thumbprint)?.state
            return before == key.state ? nil : KeyChange(key: key, before: before)
        }
    }
}

extension CredentialClaims {
    /// The same answer once more, for another key: with a new identifier and date, ending in the
    /// window of that key. Needed when the key it was meant for was revoked before it signed.
    /// - Throws: `keyWindow`, or `noValidity` when the answer is over.
    package func remade(
        id: String, at now: Instant, keyWindow: Validity
    ) throws(AuditingError) -> CredentialClaims {
        let issuedAt = Instant(seconds: now.seconds)
        guard keyWindow.contains(issuedAt) else {
            throw AuditingError(.keyWindow, "the signing key may not sign at \(now.rfc3339)")
        }
        let end = min(validity.until, Instant(seconds: keyWindow.until.seconds))
        guard issuedAt < end else {
            throw AuditingError(
                .noValidity, "the credential would have ended at \(end.rfc3339)")
        }
        var claims = self
        claims.id = id
        claims.issuedAt = issuedAt
        claims.validity = Validity(
            from: issuedAt.adding(milliseconds: -Limits.backdatingMilliseconds), until: end)
        return claims
    }
}
