package import Cryptography
package import Encoding

/// A credential that was read and not verified: well-formed and without contradictions, but anybody
/// may have written it. `AuditorSet.verify` says whether an auditor did.
package struct Credential: Sendable, Hashable {
    /// The token as signed.
    package let jws: JWS
    package let claims: CredentialClaims
    /// `kid`: issuer, `#`, thumbprint. Nothing but a name to look the key up by.
    package let keyID: String

    /// - Throws: `malformed`, `limit`, `wrongType`, or `inconsistent`.
    package init(_ compact: String) throws(CredentialError) {
        jws = try JWS.reading(
            compact, type: DocumentType.credential, what: "a credential",
            maximumByteCount: Limits.credentialByteCountMaximum)
        claims = try CredentialClaims(
            json: try jws.claims(maximumByteCount: Limits.credentialByteCountMaximum))
        guard let keyID = jws.header.keyID else {
            throw CredentialError(.malformed, "a credential names its key in kid")
        }
        self.keyID = keyID
    }

    package static func == (left: Credential, right: Credential) -> Bool { left.jws == right.jws }

    package func hash(into hasher: inout Hasher) { hasher.combine(jws) }
}

/// A credential that an auditor of a set signed, in its time. Only `AuditorSet.verify` makes one.
package struct VerifiedCredential: Sendable, Hashable {
    package let credential: Credential
    /// Who signed it.
    package let auditor: AuditorSet.Auditor
    /// The key it was signed with.
    package let key: PublicKey
    /// The height since which the key is not trusted; nil for a key in good hands. What was first
    /// seen later does not count, which only the ledger knows.
    package let compromisedSince: UInt64?

    package var claims: CredentialClaims { credential.claims }

    /// Half-open: from validFrom up to, not including, validUntil.
    package func isValid(at instant: Instant) -> Bool { claims.validity.contains(instant) }

    fileprivate init(
        credential: Credential, auditor: AuditorSet.Auditor, key: AuditorSet.Key
    ) {
        self.credential = credential
        self.auditor = auditor
        self.key = key.key
        compromisedSince = key.compromisedSince
    }
}

extension AuditorSet {
    /// Verifies one credential against this set at one time.
    ///
    /// The credential's issuer must be an auditor of the set, its `kid` must name a key that the
    /// set gives to this auditor (there is no falling through to other keys), the key's window must
    /// hold `iat` and reach to the credential's end, the signature must fit, and the time must lie
    /// in the credential's validity. A refusal verifies like a consent.
    /// - Throws: `wrongNetwork`, `unknownAuditor`, `unknownKey`, `badSignature`,
    ///   `outsideKeyWindow`, `notYetValid`, `expired`.
    package func verify(
        _ credential: Credential, at now: Instant
    ) throws(CredentialError) -> VerifiedCredential {
        let claims = credential.claims
        guard claims.network.hasSameBytes(as: network) else {
            throw CredentialError(
                .wrongNetwork, "the credential is for network \(claims.network), not \(network)")
        }
        guard let auditor = auditor(claims.issuer) else {
            throw CredentialError(
                .unknownAuditor, "\(claims.issuer) is not in the auditor set of \(network)")
        }
        guard
            let key = auditor.keys.first(where: {
                credential.keyID.hasSameBytes(as: $0.keyID(issuer: auditor.issuer))
            })
        else {
            throw CredentialError(
                .unknownKey, "the auditor set gives \(auditor.issuer) no key \(credential.keyID)")
        }
        try credential.jws.verified(
            by: key.key, type: DocumentType.credential, what: "the credential")
        guard key.window.contains(claims.issuedAt), claims.validity.until <= key.window.until
        else {
            throw CredentialError(
                .outsideKeyWindow,
                "signed at \(claims.issuedAt.rfc3339) and valid until "
                    + "\(claims.validity.until.rfc3339), but the key's window is "
                    + "\(key.window.from.rfc3339) to \(key.window.until.rfc3339)")
        }
        try claims.validity.check(at: now, what: "the credential")
        return VerifiedCredential(credential: credential, auditor: auditor, key: key)
    }
}
