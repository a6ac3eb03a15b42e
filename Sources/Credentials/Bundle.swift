package import Cryptography
package import Encoding

/// The credentials of several auditors for one application, in one token signed by whoever
/// collected them. The holder is not trusted: each credential stands in it byte for byte, and
/// whoever verifies a bundle verifies each of them.
package struct Bundle: Sendable, Hashable {
    package let jws: JWS
    /// A UUID in lowercase.
    package let id: String
    /// Who merged it: a did:key or an https address.
    package let holder: String
    package let issuedAt: Instant
    /// The earliest end among the credentials.
    package let expires: Instant
    /// Consents and refusals, ordered by issuer.
    package let credentials: [Credential]

    /// Merges credentials of distinct auditors for one application.
    /// - Parameters:
    ///   - holder: a did:key or an https address.
    ///   - keyID: the holder's did:key, or its address, `#` and the key's thumbprint.
    /// - Throws: `malformed` without credentials, `duplicateAuditor`, `wrongApplication`,
    ///   `wrongNode`, `wrongNetwork`, `wrongConsensusKey` or `wrongEndpoint` when they do not
    ///   belong together, `signing`.
    package static func merge(
        _ credentials: [Credential], holder: String, keyID: String, id: String, at now: Instant,
        key: borrowing PrivateKey
    ) throws(CredentialError) -> Bundle {
        guard let first = credentials.first else {
            throw CredentialError(.malformed, "there is no credential to merge")
        }
        for credential in credentials {
            try credential.claims.checkBelongs(to: first.claims)
        }
        let ordered = credentials.sorted { left, right in
            left.claims.issuer.utf8.lexicographicallyPrecedes(right.claims.issuer.utf8)
        }
        for (left, right) in zip(ordered, ordered.dropFirst())
        where left.claims.issuer.hasSameBytes(as: right.claims.issuer) {
            throw CredentialError(
                .duplicateAuditor, "two credentials are by \(left.claims.issuer)")
        }
        let claims = Bundle.claims(ordered, holder: holder, id: id, at: now)
        let jws = try JWS.signing(
            claims, type: DocumentType.bundle, keyID: keyID, contentType: "vp", key: key)
        return try Bundle(jws.compact)
    }

    /// Reads a bundle without believing anything in it. Credentials that belong to different
    /// applications are read too: `QuorumVerifier` says which.
    /// - Throws: `malformed`, `limit`, `wrongType`, or `inconsistent`.
    package init(_ compact: String) throws(CredentialError) {
        jws = try JWS.reading(
            compact, type: DocumentType.bundle, what: "a bundle",
            maximumByteCount: Limits.bundleByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.bundleByteCountMaximum)
        let read = try CredentialError.reading { () throws(FormatError) in
            try Bundle.read(claims)
        }
        (id, holder, issuedAt, expires) = (read.id, read.holder, read.issuedAt, read.expires)
        var credentials: [Credential] = []
        for (index, token) in read.tokens.enumerated() {
            do {
                credentials.append(try Credential(token))
            } catch {
                throw CredentialError(
                    error.code, "credential \(index + 1) of the bundle: \(error.detail)")
            }
        }
        self.credentials = credentials
        for (left, right) in zip(credentials, credentials.dropFirst())
        where right.claims.issuer.utf8.lexicographicallyPrecedes(left.claims.issuer.utf8) {
            throw CredentialError(.malformed, "the bundle is not ordered by issuer")
        }
        guard credentials.map(\.claims.validity.until).min() == expires else {
            throw CredentialError(
                .inconsistent, "exp of the bundle is not the earliest end of its credentials")
        }
    }

    /// Checks the holder's signature.
    /// - Parameter key: the holder's key; nil when the holder is a did:key and so names it itself.
    /// - Throws: `wrongHolder`, or `badSignature`.
    package func verifyHolder(_ key: PublicKey? = nil) throws(CredentialError) {
        guard let holderKey = key ?? (try? PublicKey(did: holder)) else {
            throw CredentialError(
                .wrongHolder, "\(holder) does not name its key: give the key to check it with")
        }
        let accepted = [holderKey.did, holder + "#" + holderKey.thumbprint]
        guard let keyID = jws.header.keyID, accepted.contains(where: keyID.hasSameBytes(as:)) else {
            throw CredentialError(.wrongHolder, "the kid of the bundle is not the holder's key")
        }
        try jws.verified(by: holderKey, type: DocumentType.bundle, what: "the bundle")
    }
}

extension Bundle {
    private static func claims(
        _ credentials: [Credential], holder: String, id: String, at now: Instant
    ) -> JSON {
        let expires = credentials.map(\.claims.validity.until).min() ?? now
        let identifier = JSON.string(Vocabulary.identifierPrefix + id)
        return [
            "@context": [
                .string(Vocabulary.credentialsContext), .string(Vocabulary.candidacyContext),
            ],
            "id": identifier,
            "type": .array(Vocabulary.bundleTypes.map(JSON.string)),
            "holder": ["id": .string(holder)],
            "verifiableCredential": .array(
                credentials.map { credential in
                    [
                        "@context": .string(Vocabulary.credentialsContext),
                        "type": .string(Vocabulary.envelopeType),
                        "id": .string(Vocabulary.envelopePrefix + credential.jws.compact),
                    ]
                }),
            "iss": .string(holder),
            "jti": identifier,
            "iat": JSON(now.seconds),
            "exp": JSON(expires.seconds),
        ]
    }

    private struct Content {
        let id: String
        let holder: String
        let issuedAt: Instant
        let expires: Instant
        let tokens: [String]
    }

    private static func read(_ json: JSON) throws(FormatError) -> Content {
        var fields = try Fields(json, "bundle")
        for name in ["vc", "vp", "nbf", "aud"] where fields.optionalJSON(name) != nil {
            throw fields.error(name, "has no place in a bundle")
        }
        try fields.require(
            "@context", [Vocabulary.credentialsContext, Vocabulary.candidacyContext])
        try fields.require("type", Vocabulary.bundleTypes)
        let id = try fields.identifier("id")
        guard try fields.identifier("jti").hasSameBytes(as: id) else {
            throw fields.error("jti", "has to be the id")
        }
        var holder = try fields.object("holder")
        let name = try holder.string("id", maximumByteCount: Limits.addressByteCountMaximum)
        try holder.end()
        guard try fields.string("iss").hasSameBytes(as: name) else {
            throw fields.error("iss", "has to be the holder")
        }
        let envelopes = try fields.objects(
            "verifiableCredential", maximumCount: Limits.auditorCountMaximum)
        guard !envelopes.isEmpty else {
            throw fields.error("verifiableCredential", "has to hold a credential")
        }
        var tokens: [String] = []
        for var envelope in envelopes { tokens.append(try token(&envelope)) }
        let issuedAt = try fields.instantSeconds("iat")
        let expires = try fields.instantSeconds("exp")
        fields.skipRest()
        return Content(
            id: id, holder: name, issuedAt: issuedAt, expires: expires, tokens: tokens)
    }

    private static func token(_ envelope: inout Fields) throws(FormatError) -> String {
        let context = try envelope.string("@context")
        let type = try envelope.string("type")
        guard context.hasSameBytes(as: Vocabulary.credentialsContext),
            type.hasSameBytes(as: Vocabulary.envelopeType)
        else { throw envelope.error("type", "has to be \"\(Vocabulary.envelopeType)\"") }
        let prefix = Vocabulary.envelopePrefix
        let address = try envelope.string(
            "id", maximumByteCount: prefix.utf8.count + Limits.credentialByteCountMaximum)
        guard address.utf8.starts(with: prefix.utf8) else {
            throw envelope.error("id", "has to begin with \(prefix)")
        }
        try envelope.end()
        return String(decoding: address.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

extension CredentialClaims {
    /// Whether these claims answer the same application as others.
    func checkBelongs(to other: CredentialClaims) throws(CredentialError) {
        guard network.hasSameBytes(as: other.network) else {
            throw CredentialError(.wrongNetwork, "\(issuer) judged for network \(network)")
        }
        guard application == other.application else {
            throw CredentialError(
                .wrongApplication,
                "\(issuer) judged application \(application), not \(other.application)")
        }
        guard node == other.node else {
            throw CredentialError(.wrongNode, "\(issuer) judged node \(node.did)")
        }
        guard consensusKey == other.consensusKey else {
            throw CredentialError(
                .wrongConsensusKey, "\(issuer) judged a node with another consensus key")
        }
        guard endpoint.hasSameBytes(as: other.endpoint) else {
            throw CredentialError(.wrongEndpoint, "\(issuer) judged a node at \(endpoint)")
        }
    }
}
