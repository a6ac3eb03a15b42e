package import Cryptography
package import Encoding

/// One auditor's agreement to a new auditor set: a JWS with `typ` auditor-set+jwt over {"network",
/// "version", "digest"}, so that it can be made on a machine that never sees the network. Whoever
/// holds one has read it; `AuditorSet.updated` says whose it is and whether it counts.
package struct AuditorSetSignature: Sendable, Hashable {
    package let jws: JWS
    /// `kid`: the auditor's address, `#`, and the thumbprint of its key.
    package let keyID: String

    /// - Throws: `malformed`, `limit`, `wrongType`, or `inconsistent` when it is not about `set`.
    package init(_ compact: String, of set: AuditorSet) throws(CredentialError) {
        let what = "a signature over an auditor set"
        jws = try JWS.reading(
            compact, type: DocumentType.auditorSet, what: what,
            maximumByteCount: Limits.auditorStatementByteCountMaximum)
        guard let keyID = jws.header.keyID else {
            throw CredentialError(.malformed, "\(what) names its key in kid")
        }
        // Compared as bytes: one set has one payload.
        guard jws.payload == Self.claims(of: set).bytes else {
            throw CredentialError(
                .inconsistent,
                "\(what) by \(keyID) is over another set, version or network: it has to say "
                    + Self.claims(of: set).text)
        }
        self.keyID = keyID
    }

    /// - Parameters:
    ///   - issuer: the auditor's address.
    ///   - key: a key that the set in force or the new one gives to this auditor.
    package static func sign(
        _ set: AuditorSet, issuer: String, key: borrowing PrivateKey
    ) throws(CredentialError) -> AuditorSetSignature {
        let keyID = CredentialClaims.keyID(issuer: issuer, key: key.publicKey)
        let jws = try JWS.signing(
            claims(of: set), type: DocumentType.auditorSet, keyID: keyID, key: key)
        return try AuditorSetSignature(jws.compact, of: set)
    }

    /// What an auditor signs.
    package static func claims(of set: AuditorSet) -> JSON {
        [
            "network": .string(set.network), "version": JSON(set.version),
            "digest": .string(set.digest.text),
        ]
    }

    package static func == (left: AuditorSetSignature, right: AuditorSetSignature) -> Bool {
        left.jws == right.jws
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(jws) }
}
