package import Cryptography
package import Encoding

/// One list of an auditor, signed for a short while: which of its credentials are revoked, or which
/// are suspended (a `BitstringStatusListCredential`, secured like every other credential).
package struct StatusList: Sendable, Hashable {
    /// The token as signed.
    package let jws: JWS
    /// Its address.
    package let id: String
    package let issuer: String
    package let purpose: StatusPurpose
    /// In whole seconds.
    package let validity: Validity
    package let issuedAt: Instant
    package let bits: StatusBits
    package let keyID: String

    /// Reads a list and believes nothing: `AuditorSet.verify` says whether an auditor signed it.
    /// - Throws: `malformed`, `limit`, `wrongType`, `inconsistent`.
    package init(_ compact: String) throws(CredentialError) {
        jws = try JWS.reading(
            compact, type: DocumentType.credential, what: "a status list",
            maximumByteCount: Limits.statusListByteCountMaximum)
        guard let keyID = jws.header.keyID else {
            throw CredentialError(.malformed, "a status list names its key in kid")
        }
        self.keyID = keyID
        let claims = try jws.claims(maximumByteCount: Limits.statusListByteCountMaximum)
        let read = try CredentialError.reading { () throws(FormatError) in
            try StatusList.read(claims)
        }
        (id, issuer, purpose) = (read.id, read.issuer, read.purpose)
        (validity, issuedAt, bits) = (read.validity, read.issuedAt, read.bits)
        guard validity.until == read.expires, validity.contains(issuedAt),
            read.repeatedIssuer.hasSameBytes(as: issuer)
        else {
            throw CredentialError(
                .inconsistent, "members of the status list that must agree do not")
        }
    }

    /// A list to be signed, for a key that may be somewhere else.
    /// - Parameters:
    ///   - id: its address, below the issuer's.
    ///   - validity: in whole seconds, and in the key's window; it begins when it is signed.
    package static func unsigned(
        _ bits: StatusBits, purpose: StatusPurpose, id: String, issuer: String,
        validity: Validity, key: PublicKey
    ) -> UnsignedJWS {
        let claims: JSON = [
            "@context": [.string(Vocabulary.credentialsContext)],
            "id": .string(id),
            "type": .array(Vocabulary.statusListTypes.map(JSON.string)),
            "issuer": .string(issuer),
            "validFrom": .string(validity.from.rfc3339),
            "validUntil": .string(validity.until.rfc3339),
            "credentialSubject": [
                "id": .string(id + "#list"), "type": .string(Vocabulary.statusListSubjectType),
                "statusPurpose": .string(purpose.rawValue), "encodedList": .string(bits.encoded),
                "ttl": JSON(Limits.statusListCacheMilliseconds),
            ],
            "iss": .string(issuer), "sub": .string(id), "iat": JSON(validity.from.seconds),
            "exp": JSON(validity.until.seconds),
        ]
        return UnsignedJWS(
            payload: claims.bytes, type: DocumentType.credential,
            keyID: CredentialClaims.keyID(issuer: issuer, key: key), contentType: "vc", key: key)
    }

    private struct Content {
        let id: String
        let issuer: String
        let repeatedIssuer: String
        let purpose: StatusPurpose
        let validity: Validity
        let issuedAt: Instant
        let expires: Instant
        let bits: StatusBits
    }

    private static func read(_ json: JSON) throws(FormatError) -> Content {
        var fields = try Fields(json, "status list")
        for name in ["vc", "vp", "nbf", "aud"] where fields.optionalJSON(name) != nil {
            throw fields.error(name, "has no place in a status list")
        }
        try fields.require("type", Vocabulary.statusListTypes)
        let id = try fields.issuer("id")
        let issuer = try fields.issuer("issuer")
        guard id.utf8.starts(with: (issuer + "/").utf8) else {
            throw fields.error("id", "has to be below \(issuer)")
        }
        let validity = Validity(
            from: try fields.wholeSeconds("validFrom"), until: try fields.wholeSeconds("validUntil")
        )
        var subject = try fields.object("credentialSubject")
        let type = try subject.string("type")
        guard type.hasSameBytes(as: Vocabulary.statusListSubjectType) else {
            throw subject.error("type", "has to be \(Vocabulary.statusListSubjectType)")
        }
        guard let purpose = StatusPurpose(rawValue: try subject.string("statusPurpose")) else {
            throw subject.error("statusPurpose", "has to be revocation or suspension")
        }
        let bits = try StatusBits(
            encoded: try subject.string(
                "encodedList", maximumByteCount: Limits.statusListByteCountMaximum))
        let content = Content(
            id: id, issuer: issuer, repeatedIssuer: try fields.string("iss"), purpose: purpose,
            validity: validity, issuedAt: try fields.instantSeconds("iat"),
            expires: try fields.instantSeconds("exp"), bits: bits)
        fields.skipRest()
        return content
    }
}

extension AuditorSet {
    /// Verifies a status list like a credential: an auditor of the set, its own key, the key's
    /// window, the signature, the time.
    /// - Throws: `unknownAuditor`, `unknownKey`, `badSignature`, `outsideKeyWindow`,
    ///   `notYetValid`, `expired`.
    package func verify(_ list: StatusList, at now: Instant) throws(CredentialError) {
        guard let auditor = auditor(list.issuer) else {
            throw CredentialError(
                .unknownAuditor, "\(list.issuer) is not in the auditor set of \(network)")
        }
        let key = auditor.keys.first {
            list.keyID.hasSameBytes(as: $0.keyID(issuer: auditor.issuer))
        }
        guard let key else {
            throw CredentialError(
                .unknownKey, "the auditor set gives \(auditor.issuer) no key \(list.keyID)")
        }
        try list.jws.verified(
            by: key.key, type: DocumentType.credential, what: "the status list")
        guard key.window.contains(list.issuedAt), list.validity.until <= key.window.until else {
            throw CredentialError(
                .outsideKeyWindow, "the status list leaves the window of its key")
        }
        try list.validity.check(at: now, what: "the status list")
    }
}

extension StatusEntry {
    /// Whether the bit is set in a list that was verified.
    /// - Throws: `inconsistent` when it is another list, or has another purpose or too few bits.
    package func isSet(in list: StatusList) throws(CredentialError) -> Bool {
        guard list.id.hasSameBytes(as: self.list), list.purpose == purpose,
            let bit = list.bits[index]
        else {
            throw CredentialError(
                .inconsistent, "\(list.id) is not the list of \(purpose.rawValue) at \(self.list)")
        }
        return bit
    }
}
