import Cryptography
package import Encoding

extension CredentialClaims {
    /// Reads the claims set of a credential.
    ///
    /// Unknown members of the set itself are passed over, as RFC 7519 section 4 and the VC data
    /// model want; the subject is ours alone and may hold nothing unknown. `vc`, `vp` and `nbf`
    /// are refused: another reader would find a second, different statement in them. `aud` is
    /// refused because it names others: whoever it does not name must refuse (RFC 7519 section
    /// 4.1.3), and it can name no verifier of ours.
    /// - Throws: `malformed`, `limit`, or `inconsistent` when two members that must agree do not.
    package init(json: JSON) throws(CredentialError) {
        let (claims, repeated) = try CredentialError.reading { () throws(FormatError) in
            try CredentialClaims.read(json)
        }
        self = claims
        try checkRepeated(repeated)
        try checkTimes(expires: repeated.expires)
    }

    /// The deposit judged, when the policy demanded one.
    package var deposit: HeldDeposit? {
        qualifications["deposit"].flatMap { try? HeldDeposit(json: $0) }
    }

    /// Members that a standard makes us say twice.
    private struct Repeated {
        let iss: String
        let sub: String
        let jti: String
        let expires: Instant
        let confirmation: JSON
    }

    private static func read(
        _ json: JSON
    ) throws(FormatError) -> (CredentialClaims, Repeated) {
        var fields = try Fields(json, "credential")
        for name in ["vc", "vp", "nbf", "aud"] where fields.optionalJSON(name) != nil {
            throw fields.error(name, "has no place in this kind of credential")
        }
        try fields.require(
            "@context", [Vocabulary.credentialsContext, Vocabulary.candidacyContext])
        try fields.require("type", Vocabulary.credentialTypes)
        let id = try fields.identifier("id")
        let issuer = try fields.issuer("issuer")
        let validity = Validity(
            from: try fields.wholeSeconds("validFrom"), until: try fields.wholeSeconds("validUntil")
        )
        var subject = try fields.object("credentialSubject")
        let evidence = try fields.objects("evidence", maximumCount: Limits.evidenceCountMaximum)
        var evaluations: [Evaluation] = []
        for var evaluation in evidence { evaluations.append(try Evaluation(&evaluation)) }
        let repeated = Repeated(
            iss: try fields.string("iss"), sub: try fields.string("sub"),
            jti: try fields.identifier("jti"), expires: try fields.instantSeconds("exp"),
            confirmation: try fields.json("cnf"))
        let issuedAt = try fields.instantSeconds("iat")
        let status = try StatusEntry.read(
            fields.optionalJSON("credentialStatus"), issuer: issuer)
        fields.skipRest()
        let claims = try CredentialClaims(
            id: id, issuer: issuer, validity: validity, issuedAt: issuedAt, evidence: evaluations,
            status: status, subject: &subject)
        return (claims, repeated)
    }

    private init(
        id: String, issuer: String, validity: Validity, issuedAt: Instant,
        evidence: [Evaluation], status: [StatusEntry], subject: inout Fields
    ) throws(FormatError) {
        self.id = id
        self.issuer = issuer
        self.validity = validity
        self.issuedAt = issuedAt
        self.evidence = evidence
        self.status = status
        node = try subject.key("id")
        let type = try subject.string("type")
        guard type.hasSameBytes(as: Vocabulary.subjectType) else {
            throw subject.error("type", "has to be \"\(Vocabulary.subjectType)\"")
        }
        let isGranted = try subject.bool("consent")
        let reason = try subject.optionalText("reason")
        switch (isGranted, reason) {
        case (true, nil): consent = .granted
        case (false, let reason?): consent = .refused(reason: reason)
        case (true, _), (false, nil):
            throw subject.error("reason", "has to be there exactly when consent is false")
        }
        network = try subject.network("network")
        application = try subject.digest("application")
        consensusKey = try subject.consensusKey("consensusKey")
        endpoint = try subject.endpoint("endpoint")
        guard case .object(let qualifications) = try subject.json("qualifications") else {
            throw subject.error("qualifications", "has to be an object")
        }
        self.qualifications = qualifications
        if let deposit = qualifications["deposit"] { _ = try HeldDeposit(json: deposit) }
        try subject.end()
    }

    private func checkRepeated(_ repeated: Repeated) throws(CredentialError) {
        guard repeated.iss.hasSameBytes(as: issuer) else {
            throw CredentialError(.inconsistent, "iss and issuer of the credential differ")
        }
        guard repeated.sub.hasSameBytes(as: node.did) else {
            throw CredentialError(.inconsistent, "sub and subject of the credential differ")
        }
        guard repeated.jti.hasSameBytes(as: id) else {
            throw CredentialError(.inconsistent, "jti and id of the credential differ")
        }
        guard let jwk = repeated.confirmation["jwk"], isNode(jwk) else {
            throw CredentialError(.inconsistent, "cnf and subject of the credential differ")
        }
    }

    /// Whether a JWK is the node's key: written as it is here, or in any other way.
    private func isNode(_ jwk: JSON) -> Bool {
        jwk == node.jwk || (try? PublicKey(jwk: jwk)) == node
    }

    private func checkTimes(expires: Instant) throws(CredentialError) {
        guard expires == validity.until else {
            throw CredentialError(.inconsistent, "exp and validUntil of the credential differ")
        }
        let latest = validity.from.adding(milliseconds: Limits.backdatingMilliseconds)
        guard validity.from <= issuedAt, issuedAt <= latest, issuedAt < validity.until else {
            throw CredentialError(
                .inconsistent,
                "iat of the credential has to lie in its validity, at most "
                    + "\(Limits.backdatingMilliseconds / 1000) s after validFrom")
        }
        let seconds = validity.until.milliseconds(since: issuedAt) / 1000
        guard seconds <= Limits.validitySecondsMaximum else {
            throw CredentialError(
                .limit,
                "a credential is valid for \(Limits.validitySecondsMaximum) s at most, this one "
                    + "for \(seconds) s")
        }
    }
}

extension Fields {
    /// An array of exactly these strings.
    mutating func require(_ name: String, _ values: [String]) throws(FormatError) {
        let actual = try json(name)
        guard actual == .array(values.map(JSON.string)) else {
            throw error(name, "has to be \(JSON.array(values.map(JSON.string)).text)")
        }
    }

    /// A `urn:uuid:` in lowercase.
    /// - Returns: the UUID alone.
    mutating func identifier(_ name: String) throws(FormatError) -> String {
        let text = try string(name, maximumByteCount: 64)
        let uuid = Array(text.utf8.dropFirst(Vocabulary.identifierPrefix.utf8.count))
        let isUUID =
            uuid.count == 36
            && uuid.indices.allSatisfy { index in
                switch index {
                case 8, 13, 18, 23: uuid[index] == UInt8(ascii: "-")
                default:
                    (uuid[index] >= 0x30 && uuid[index] <= 0x39)
                        || (uuid[index] >= 0x61 && uuid[index] <= 0x66)
                }
            }
        guard isUUID, text.utf8.starts(with: Vocabulary.identifierPrefix.utf8) else {
            throw error(name, "has to be urn:uuid: and a UUID in lowercase")
        }
        return String(decoding: uuid, as: UTF8.self)
    }
}

extension Evaluation {
    init(_ fields: inout Fields) throws(FormatError) {
        try fields.require("type", [Vocabulary.evaluationType])
        let text = try fields.string("mode")
        guard let mode = Mode(rawValue: text) else {
            throw fields.error("mode", "has to be automatic or human")
        }
        self.mode = mode
        policy = try fields.text("policy")
        policyDigest = try fields.digest("policyDigest")
        var findings: [CredentialFinding] = []
        for var finding in try fields.objects("findings", maximumCount: Limits.findingCountMaximum)
        {
            findings.append(
                CredentialFinding(
                    rule: try finding.text("rule"), reason: try finding.text("reason"),
                    message: try finding.text(
                        "message", maximumByteCount: Limits.messageByteCountMaximum)))
            try finding.end()
        }
        self.findings = findings
        reviewers =
            try fields.optionalStrings(
                "reviewers", maximumCount: Limits.reviewerCountMaximum,
                maximumByteCount: Limits.identifierByteCountMaximum) ?? []
        decisions =
            try fields.optionalStrings(
                "decisions", maximumCount: Limits.reviewerCountMaximum,
                maximumByteCount: Limits.reviewDecisionByteCountMaximum) ?? []
        try fields.end()
    }
}

extension HeldDeposit {
    init(json: JSON) throws(FormatError) {
        var fields = try Fields(json, "credentialSubject.qualifications.deposit")
        id = try fields.digest("id")
        amount = try fields.amount("amount")
        account = try fields.key("account").did
        try fields.end()
    }
}
