package import Cryptography
package import Encoding

/// A reviewer's signed word on a referred application. Only `verify` and `Draft.sign` make one, so
/// whoever holds a `ReviewDecision` knows that its reviewer's key signed it.
///
/// JWS with `typ` review+jwt and the reviewer's did:key as `kid`. Claims: network, issuer (the
/// auditor asked), application, policy and facts (digests of what was shown), decision,
/// role (optional), reason, iat, exp, jti. Unknown members are refused.
package struct ReviewDecision: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case approve
        /// Ends the review at once.
        case deny
        /// Counts for nothing; the others read it.
        case comment
    }

    /// The token as signed.
    package let jws: JWS
    /// The did:key of the reviewer.
    package let reviewer: String
    package let draft: Draft

    package var kind: Kind { draft.kind }

    /// From iat until exp: when an approval counts.
    package var validity: Validity { draft.validity }

    /// Checks shape and signature, and nothing of what it is about.
    /// - Throws: `malformed`, `limit`, `wrongType`, `badSignature`.
    package static func verify(_ compact: String) throws(CredentialError) -> ReviewDecision {
        let jws = try JWS.reading(
            compact, type: DocumentType.review, what: "a review decision",
            maximumByteCount: Limits.reviewDecisionByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.reviewDecisionByteCountMaximum)
        let draft = try Draft(json: claims)
        guard let reviewer = jws.header.keyID else {
            throw CredentialError(.malformed, "the kid of a review decision has to be its reviewer")
        }
        let key: PublicKey
        do {
            key = try PublicKey(did: reviewer)
        } catch {
            throw CredentialError(
                .malformed, "the kid of a review decision has to be a did:key: \(error.detail)")
        }
        guard key.did.hasSameBytes(as: reviewer) else {
            throw CredentialError(.malformed, "the kid of a review decision is not canonical")
        }
        try jws.verified(by: key, type: DocumentType.review, what: "a review decision")
        return ReviewDecision(jws: jws, reviewer: reviewer, draft: draft)
    }
}

extension ReviewDecision {
    /// A decision before its reviewer signs it.
    package struct Draft: Sendable, Hashable {
        package let network: String
        /// The auditor whose case it is.
        package let issuer: String
        package let application: Digest
        /// SHA-256 of the policy document.
        package let policy: Digest
        /// SHA-256 of the facts shown: evidence and findings, as the auditor sent them.
        package let facts: Digest
        package let kind: Kind
        /// The role or step in which the reviewer acts, when the policy has such.
        package let role: String?
        /// For people, and for the applicant when it is a refusal. One line.
        package let reason: String
        /// In whole seconds.
        package let validity: Validity
        /// A UUID in lowercase, never used before.
        package let id: String

        package init(
            network: String, issuer: String, application: Digest, policy: Digest, facts: Digest,
            kind: Kind, role: String?, reason: String, validity: Validity, id: String
        ) {
            self.network = network
            self.issuer = issuer
            self.application = application
            self.policy = policy
            self.facts = facts
            self.kind = kind
            self.role = role
            self.reason = reason
            self.validity = validity
            self.id = id
        }

        /// The exact claims that are signed.
        package var json: JSON {
            var members: [(String, JSON)] = [
                ("network", .string(network)), ("issuer", .string(issuer)),
                ("application", .string(application.text)), ("policy", .string(policy.text)),
                ("facts", .string(facts.text)), ("decision", .string(kind.rawValue)),
            ]
            if let role { members.append(("role", .string(role))) }
            members += [
                ("reason", .string(reason)), ("iat", JSON(validity.from.seconds)),
                ("exp", JSON(validity.until.seconds)),
                ("jti", .string(Vocabulary.identifierPrefix + id)),
            ]
            return .object(JSONObject(members))
        }

        /// Signs, and reads the result like a stranger's.
        /// - Throws: `malformed` when nobody could read it, `signing`.
        package func sign(with key: borrowing PrivateKey) throws(CredentialError) -> ReviewDecision
        {
            let jws = try JWS.signing(
                json, type: DocumentType.review, keyID: key.publicKey.did, key: key)
            return try ReviewDecision.verify(jws.compact)
        }

        init(json: JSON) throws(CredentialError) {
            self = try CredentialError.reading { () throws(FormatError) in try Draft.read(json) }
        }

        private static func read(_ json: JSON) throws(FormatError) -> Draft {
            var fields = try Fields(json, "decision")
            let text = try fields.string("decision")
            guard let kind = Kind(rawValue: text) else {
                throw fields.error("decision", "has to be approve, deny or comment")
            }
            let validity = Validity(
                from: try fields.instantSeconds("iat"), until: try fields.instantSeconds("exp"))
            guard validity.from < validity.until else {
                throw fields.error("exp", "has to be after iat")
            }
            let draft = Draft(
                network: try fields.network("network"), issuer: try fields.issuer("issuer"),
                application: try fields.digest("application"),
                policy: try fields.digest("policy"), facts: try fields.digest("facts"), kind: kind,
                role: try fields.optionalText("role"),
                reason: try fields.text(
                    "reason", maximumByteCount: Limits.reviewReasonByteCountMaximum),
                validity: validity, id: try fields.identifier("jti"))
            try fields.end()
            return draft
        }
    }
}
