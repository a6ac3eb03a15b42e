package import Cryptography
package import Encoding

/// An auditor's change of its own keys in the auditor set: a new key, and how long the old one
/// still counts. Whoever holds one has read it; `AuditorSet.rotated` says whether it is the
/// auditor's.
///
/// JWS with `typ` auditor-rotation+jwt, signed by a key that the set gives to the auditor. Claims:
/// network, issuer, version (of the set that it changes), jwk (the new key), from, until,
/// oldUntil (optional), oldCompromisedSince (optional), proof (by the new key, so that nobody
/// enters a key that another owns). Unknown members are refused.
package struct AuditorRotation: Sendable, Hashable {
    /// What an auditor wants changed, before it is signed.
    package struct Draft: Sendable, Hashable {
        package var network: String
        package var issuer: String
        /// The version of the set that this changes; it takes effect once, on that one alone.
        package var version: Int64
        package var key: PublicKey
        /// The new key's, in whole seconds.
        package var window: Validity
        /// Cuts the window of the key that signs this.
        package var oldUntil: Instant?
        /// Height of the last block up to which the key that signs this is to be trusted.
        package var oldCompromisedSince: UInt64?

        package init(
            network: String, issuer: String, version: Int64, key: PublicKey, window: Validity,
            oldUntil: Instant? = nil, oldCompromisedSince: UInt64? = nil
        ) {
            self.network = network
            self.issuer = issuer
            self.version = version
            self.key = key
            self.window = window
            self.oldUntil = oldUntil
            self.oldCompromisedSince = oldCompromisedSince
        }
    }

    /// The token as signed.
    package let jws: JWS
    package let draft: Draft
    /// `kid`: the auditor's address, `#`, and the thumbprint of the key that signed.
    package let keyID: String
    let proof: String

    /// - Throws: `malformed`, `limit`, `wrongType`, or `badSignature` when the new key's proof is
    ///   none.
    package init(_ compact: String) throws(CredentialError) {
        jws = try JWS.reading(
            compact, type: DocumentType.auditorRotation, what: "a rotation",
            maximumByteCount: Limits.auditorRotationByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.auditorRotationByteCountMaximum)
        (draft, proof) = try CredentialError.reading { () throws(FormatError) in
            try Self.read(claims)
        }
        guard let keyID = jws.header.keyID else {
            throw CredentialError(.malformed, "a rotation names the key that signed it in kid")
        }
        self.keyID = keyID
        try draft.check(proof: proof)
    }

    private static func read(_ claims: JSON) throws(FormatError) -> (Draft, proof: String) {
        var fields = try Fields(claims, "rotation")
        let network = try fields.network("network")
        let issuer = try fields.issuer("issuer")
        let version = try fields.int64("version", in: 1 ... .max)
        let key = try fields.jwk("jwk")
        let window = Validity(
            from: try fields.wholeSeconds("from"), until: try fields.wholeSeconds("until"))
        let oldUntil = try fields.optionalWholeSeconds("oldUntil")
        let oldCompromisedSince = try fields.optionalHeight("oldCompromisedSince")
        let proof = try fields.string(
            "proof", maximumByteCount: Limits.auditorStatementByteCountMaximum)
        try fields.end()
        let draft = Draft(
            network: network, issuer: issuer, version: version, key: key, window: window,
            oldUntil: oldUntil, oldCompromisedSince: oldCompromisedSince)
        return (draft, proof)
    }

    package static func == (left: AuditorRotation, right: AuditorRotation) -> Bool {
        left.jws == right.jws
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(jws) }
}

extension AuditorRotation.Draft {
    /// Signs with the old key, once the new key has signed `proofClaims`.
    /// - Parameters:
    ///   - oldKey: a key that the set gives to the auditor.
    ///   - newKey: the key that `key` is the public half of.
    package func sign(
        oldKey: borrowing PrivateKey, newKey: borrowing PrivateKey
    ) throws(CredentialError) -> AuditorRotation {
        let proof = try JWS.signing(
            proofClaims, type: DocumentType.auditorKeyProof, keyID: newKeyID, key: newKey)
        let keyID = CredentialClaims.keyID(issuer: issuer, key: oldKey.publicKey)
        let jws = try JWS.signing(
            claims(proof: proof.compact), type: DocumentType.auditorRotation, keyID: keyID,
            key: oldKey)
        return try AuditorRotation(jws.compact)
    }

    /// `kid` of the proof.
    package var newKeyID: String { CredentialClaims.keyID(issuer: issuer, key: key) }

    /// What the new key signs, as `typ` auditor-key-proof+jwt: {"network", "issuer", "version",
    /// "thumbprint"}.
    package var proofClaims: JSON {
        [
            "network": .string(network), "issuer": .string(issuer), "version": JSON(version),
            "thumbprint": .string(key.thumbprint),
        ]
    }

    /// What the old key signs.
    /// - Parameter proof: compact.
    package func claims(proof: String) -> JSON {
        var members: [(String, JSON)] = [
            ("network", .string(network)), ("issuer", .string(issuer)),
            ("version", JSON(version)), ("jwk", key.jwk),
            ("from", .string(window.from.rfc3339)), ("until", .string(window.until.rfc3339)),
        ]
        if let oldUntil { members.append(("oldUntil", .string(oldUntil.rfc3339))) }
        if let oldCompromisedSince {
            members.append(("oldCompromisedSince", JSON(oldCompromisedSince)))
        }
        members.append(("proof", .string(proof)))
        return .object(JSONObject(members))
    }

    fileprivate func check(proof: String) throws(CredentialError) {
        let what = "the proof of a new key"
        let jws = try JWS.reading(
            proof, type: DocumentType.auditorKeyProof, what: what,
            maximumByteCount: Limits.auditorStatementByteCountMaximum)
        // Compared as bytes: one rotation has one proof's payload.
        guard jws.header.keyID?.hasSameBytes(as: newKeyID) == true,
            jws.payload == proofClaims.bytes
        else {
            throw CredentialError(
                .badSignature,
                "\(what) is for another key, auditor, network or version: it has to say "
                    + proofClaims.text)
        }
        try jws.verified(by: key, type: DocumentType.auditorKeyProof, what: what)
    }
}
