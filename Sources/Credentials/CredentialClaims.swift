package import Cryptography
package import Encoding

/// An auditor's answer: yes, or no with a reason.
package enum Consent: Sendable, Hashable {
    case granted
    case refused(reason: String)

    package var isGranted: Bool {
        switch self {
        case .granted: true
        case .refused: false
        }
    }
}

/// A deposit that an auditor saw on the ledger.
package struct HeldDeposit: Sendable, Hashable {
    /// The `deposit.pay` transaction.
    package let id: Digest
    package let amount: UInt64
    /// The did:key of the account that paid, to which it goes back.
    package let account: String

    package init(id: Digest, amount: UInt64, account: String) {
        self.id = id
        self.amount = amount
        self.account = account
    }
}

/// One rule's outcome as it travels in a credential.
package struct CredentialFinding: Sendable, Hashable {
    package let rule: String
    package let reason: String
    package let message: String

    package init(rule: String, reason: String, message: String) {
        self.rule = rule
        self.reason = reason
        self.message = message
    }
}

/// How an answer came about.
package struct Evaluation: Sendable, Hashable {
    package enum Mode: String, Sendable {
        case automatic
        case human
    }

    package let mode: Mode
    /// Name and version of the policy.
    package let policy: String
    /// SHA-256 of the policy document's bytes.
    package let policyDigest: Digest
    package let findings: [CredentialFinding]
    /// The did:keys of the people who decided; empty when automatic.
    package let reviewers: [String]
    /// Their decisions as they signed them, compact `review+jwt`, when the auditor passes them on;
    /// `ReviewDecision.verify` says who signed what.
    package let decisions: [String]

    package init(
        mode: Mode, policy: String, policyDigest: Digest, findings: [CredentialFinding],
        reviewers: [String] = [], decisions: [String] = []
    ) {
        self.mode = mode
        self.policy = policy
        self.policyDigest = policyDigest
        self.findings = findings
        self.reviewers = reviewers
        self.decisions = decisions
    }
}

/// What an auditor states in a credential, before it is signed or after it was read.
package struct CredentialClaims: Sendable, Hashable {
    /// A UUID in lowercase; `urn:uuid:` is put before it in `id` and `jti`.
    package var id: String
    package var issuer: String
    /// validFrom and validUntil, in whole seconds; `exp` is validUntil.
    package var validity: Validity
    /// `iat`, in whole seconds: when it was signed.
    package var issuedAt: Instant
    /// The node it is about.
    package var node: PublicKey
    package var consent: Consent
    package var network: String
    package var application: Digest
    package var consensusKey: PublicKey
    package var endpoint: String
    /// The facts judged, by name; amounts and scores are strings.
    package var qualifications: JSONObject
    package var evidence: [Evaluation]
    /// Where to look whether it was revoked or suspended since; empty when nowhere.
    package var status: [StatusEntry]

    package init(
        id: String, issuer: String, validity: Validity, issuedAt: Instant, consent: Consent,
        application: Application, qualifications: JSONObject, evidence: [Evaluation],
        status: [StatusEntry] = []
    ) {
        self.id = id
        self.issuer = issuer
        self.validity = validity
        self.issuedAt = issuedAt
        node = application.nodeKey
        self.consent = consent
        network = application.network
        self.application = application.digest
        consensusKey = application.consensusKey
        endpoint = application.endpoint
        self.qualifications = qualifications
        self.evidence = evidence
        self.status = status
    }

    /// The name that goes into `kid`: a key of this issuer.
    package static func keyID(issuer: String, key: PublicKey) -> String {
        issuer + "#" + key.thumbprint
    }

    /// The token to be signed, for a key that may be somewhere else.
    /// - Parameters:
    ///   - thumbprint: the key's, which its ring knows.
    ///   - payload: these claims as bytes, as they were recorded.
    package func unsigned(
        by key: PublicKey, thumbprint: String, payload: [UInt8]
    ) -> UnsignedJWS {
        UnsignedJWS(
            payload: payload, type: DocumentType.credential, keyID: issuer + "#" + thumbprint,
            contentType: "vc", key: key)
    }

    /// Signs these claims. The caller has recorded them before, and stores the result before it
    /// answers.
    /// - Throws: `malformed` when nobody could read the result, `signing`.
    package func sign(with key: borrowing PrivateKey) throws(CredentialError) -> Credential {
        let keyID = CredentialClaims.keyID(issuer: issuer, key: key.publicKey)
        let jws = try JWS.signing(
            json, type: DocumentType.credential, keyID: keyID, contentType: "vc", key: key)
        return try Credential(jws.compact)
    }
}

extension CredentialClaims {
    /// The claims set of the token, which is the credential itself (there is no `vc` wrapper).
    package var json: JSON {
        let identifier = JSON.string(Vocabulary.identifierPrefix + id)
        var members: [(String, JSON)] = [
            (
                "@context",
                [.string(Vocabulary.credentialsContext), .string(Vocabulary.candidacyContext)]
            ),
            ("id", identifier), ("type", .array(Vocabulary.credentialTypes.map(JSON.string))),
            ("issuer", .string(issuer)), ("validFrom", .string(validity.from.rfc3339)),
            ("validUntil", .string(validity.until.rfc3339)), ("credentialSubject", subject),
            ("evidence", .array(evidence.map(\.json))),
        ]
        if !status.isEmpty { members.append(("credentialStatus", .array(status.map(\.json)))) }
        members += [
            ("iss", .string(issuer)), ("sub", .string(node.did)), ("jti", identifier),
            ("iat", JSON(issuedAt.seconds)), ("exp", JSON(validity.until.seconds)),
            ("cnf", ["jwk": node.jwk]),
        ]
        return .object(JSONObject(members))
    }

    private var subject: JSON {
        var members: [(String, JSON)] = [
            ("id", .string(node.did)), ("type", .string(Vocabulary.subjectType)),
            ("consent", .bool(consent.isGranted)),
        ]
        if case .refused(let reason) = consent { members.append(("reason", .string(reason))) }
        members += [
            ("network", .string(network)), ("application", .string(application.text)),
            ("consensusKey", .string(Base64URL.encode(consensusKey.bytes))),
            ("endpoint", .string(endpoint)),
            ("qualifications", .object(qualifications)),
        ]
        return .object(JSONObject(members))
    }
}

extension Evaluation {
    var json: JSON {
        var members: [(String, JSON)] = [
            ("type", [.string(Vocabulary.evaluationType)]), ("mode", .string(mode.rawValue)),
            ("policy", .string(policy)), ("policyDigest", .string(policyDigest.text)),
            ("findings", .array(findings.map(\.json))),
        ]
        if !reviewers.isEmpty {
            members.append(("reviewers", .array(reviewers.map(JSON.string))))
        }
        if !decisions.isEmpty {
            members.append(("decisions", .array(decisions.map(JSON.string))))
        }
        return .object(JSONObject(members))
    }
}

extension CredentialFinding {
    package var json: JSON {
        ["rule": .string(rule), "reason": .string(reason), "message": .string(message)]
    }
}

extension HeldDeposit {
    /// The form in a credential's qualifications.
    package var json: JSON {
        [
            "id": .string(id.text), "amount": JSON(amount: amount), "account": .string(account),
        ]
    }
}
