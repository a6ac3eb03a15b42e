package import Cryptography
package import Encoding

/// A node's signed wish for a fresh credential of one auditor for the application it made before.
///
/// All credentials of a bundle are for one application, so one that ends early is replaced under
/// the same application: the auditor judges it again, on evidence of now, and the others'
/// credentials go on counting. JWS with `typ` renewal+jwt and the node's did:key as `kid`; claims
/// network, node, issuer (the auditor asked), application (its digest), credit (optional: a newer
/// statement), iat, nonce. Unknown members are refused.
package struct Renewal: Sendable, Hashable {
    /// The token as signed.
    package let jws: JWS
    package let network: String
    /// The node's did:key.
    package let node: String
    /// The auditor asked.
    package let issuer: String
    package let application: Digest
    /// A credit source's statement that takes the place of the one in the application.
    package let credit: String?
    package let issuedAt: Instant

    package var digest: Digest { jws.digest }

    /// - Parameter now: the auditor's clock.
    /// - Throws: `malformed`, `limit`, `wrongType`, `badSignature`, `inconsistent`, `wrongNetwork`,
    ///   `wrongAuditor`, `stale`, `fromTheFuture`.
    package static func verify(
        _ compact: String, network: String, issuer: String, at now: Instant
    ) throws(CredentialError) -> Renewal {
        let jws = try JWS.reading(
            compact, type: DocumentType.renewal, what: "a renewal",
            maximumByteCount: Limits.renewalByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.renewalByteCountMaximum)
        let (renewal, key) = try CredentialError.reading { () throws(FormatError) in
            try Renewal.read(jws, claims)
        }
        guard let keyID = jws.header.keyID, keyID.hasSameBytes(as: renewal.node) else {
            throw CredentialError(
                .inconsistent, "the kid of a renewal has to be its node, a did:key")
        }
        guard renewal.network.hasSameBytes(as: network) else {
            throw CredentialError(
                .wrongNetwork, "the renewal is for network \(renewal.network), this is \(network)")
        }
        guard renewal.issuer.hasSameBytes(as: issuer) else {
            throw CredentialError(
                .wrongAuditor, "the renewal asks \(renewal.issuer), this is \(issuer)")
        }
        try renewal.checkAge(at: now)
        try jws.verified(by: key, type: DocumentType.renewal, what: "the renewal")
        return renewal
    }

    /// Signs a renewal.
    /// - Parameters:
    ///   - now: in whole seconds.
    ///   - nonce: 16 random bytes.
    package static func sign(
        of application: Digest, network: String, issuer: String, credit: String? = nil,
        at now: Instant, nonce: [UInt8], key: borrowing PrivateKey
    ) throws(CredentialError) -> Renewal {
        let node = key.publicKey.did
        var members: [(String, JSON)] = [
            ("network", .string(network)), ("node", .string(node)), ("issuer", .string(issuer)),
            ("application", .string(application.text)), ("iat", JSON(now.seconds)),
            ("nonce", .string(Base64URL.encode(nonce))),
        ]
        if let credit { members.append(("credit", .string(credit))) }
        let jws = try JWS.signing(
            .object(JSONObject(members)), type: DocumentType.renewal, keyID: node, key: key)
        return try verify(jws.compact, network: network, issuer: issuer, at: now)
    }

    private func checkAge(at now: Instant) throws(CredentialError) {
        guard issuedAt <= now.adding(milliseconds: Limits.applicationAheadMilliseconds) else {
            throw CredentialError(
                .fromTheFuture,
                "the renewal is dated \(issuedAt.rfc3339), the clock here says \(now.rfc3339)")
        }
        guard issuedAt >= now.adding(milliseconds: -Limits.applicationAgeMilliseconds) else {
            throw CredentialError(
                .stale,
                "the renewal was signed at \(issuedAt.rfc3339), more than an hour before "
                    + "\(now.rfc3339). Sign a new one.")
        }
    }

    private static func read(
        _ jws: JWS, _ claims: JSON
    ) throws(FormatError) -> (Renewal, PublicKey) {
        var fields = try Fields(claims, "renewal")
        let network = try fields.network("network")
        let key = try fields.key("node")
        let renewal = Renewal(
            jws: jws, network: network, node: key.did, issuer: try fields.issuer("issuer"),
            application: try fields.digest("application"),
            credit: try fields.optionalString(
                "credit", maximumByteCount: Limits.creditStatementByteCountMaximum),
            issuedAt: try fields.instantSeconds("iat"))
        _ = try fields.bytes("nonce", count: 16)
        try fields.end()
        return (renewal, key)
    }
}
