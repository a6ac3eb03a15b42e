package import Cryptography
package import Encoding

/// A node's signed request for candidacy. Only `verify` makes one, so whoever holds an
/// `Application` knows that its node signed it.
///
/// JWS with `typ` application+jwt and the node's did:key as `kid`. Claims: network, node, operator,
/// account, endpoint, consensusKey, iat, nonce, validFor (optional), kind, qualifications. Unknown
/// members are refused: we are its only readers.
///
/// A class, because it is handed from step to step and would be copied member by member each time.
package final class Application: Sendable, Hashable {
    static let kind = "candidacy"

    /// The token as signed.
    package let jws: JWS
    /// All claims, as policies see them.
    package let claims: JSON
    package let network: String
    /// The node's did:key.
    package let node: String
    package let nodeKey: PublicKey
    /// Who runs the node, in its own words.
    package let operatorName: String
    /// The did:key of the account that paid the deposits.
    package let account: String
    package let endpoint: String
    package let consensusKey: PublicKey
    package let issuedAt: Instant
    package let nonce: [UInt8]
    package let validForSeconds: Int64?
    package let qualifications: Qualifications

    /// Names this application everywhere: SHA-256 of the token's signing input.
    package var digest: Digest { jws.digest }

    /// Checks shape, signature, network and age of an application.
    /// - Parameter now: the reader's clock; for an application that was accepted before, the time
    ///   of its acceptance.
    /// - Throws: `malformed`, `limit`, `wrongType`, `badSignature`, `inconsistent` when the key
    ///   named is not the node's, `wrongNetwork`, `stale`, `fromTheFuture`.
    package static func verify(
        _ compact: String, network: String, at now: Instant
    ) throws(CredentialError) -> Application {
        try verify(
            JWS.reading(
                compact, type: DocumentType.application, what: "an application",
                maximumByteCount: Limits.applicationByteCountMaximum), network: network, at: now)
    }

    /// The same of a token that was taken apart already.
    package static func verify(
        _ jws: JWS, network: String, at now: Instant
    ) throws(CredentialError) -> Application {
        try jws.require(
            type: DocumentType.application, what: "an application",
            maximumByteCount: Limits.applicationByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.applicationByteCountMaximum)
        let application = try CredentialError.reading { () throws(FormatError) in
            try Application(jws, claims)
        }
        guard let keyID = jws.header.keyID, keyID.hasSameBytes(as: application.node) else {
            throw CredentialError(
                .inconsistent, "the kid of an application has to be its node, a did:key")
        }
        guard application.network.hasSameBytes(as: network) else {
            throw CredentialError(
                .wrongNetwork,
                "the application is for network \(application.network), this is \(network)")
        }
        try application.checkAge(at: now)
        try jws.verified(
            by: application.nodeKey, type: DocumentType.application, what: "an application")
        return application
    }

    /// This application with a newer credit statement, to be judged again: policies see that
    /// statement, the digest stays.
    package func renewed(credit: String?) -> Application {
        guard let credit, case .object(var members) = claims,
            case .object(var stated)? = members["qualifications"]
        else { return self }
        stated["credit"] = .string(credit)
        members["qualifications"] = .object(stated)
        return Application(
            self, claims: .object(members),
            Qualifications(
                device: qualifications.device, deposits: qualifications.deposits, credit: credit,
                evidence: qualifications.evidence))
    }

    package static func == (left: Application, right: Application) -> Bool {
        left.jws == right.jws && left.claims == right.claims
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(jws) }

    private func checkAge(at now: Instant) throws(CredentialError) {
        let latest = now.adding(milliseconds: Limits.applicationAheadMilliseconds)
        guard issuedAt <= latest else {
            throw CredentialError(
                .fromTheFuture,
                "the application is dated \(issuedAt.rfc3339), the clock here says "
                    + "\(now.rfc3339). Correct the clock of the node and sign again.")
        }
        let earliest = now.adding(milliseconds: -Limits.applicationAgeMilliseconds)
        guard issuedAt >= earliest else {
            throw CredentialError(
                .stale,
                "the application was signed at \(issuedAt.rfc3339), more than an hour before "
                    + "\(now.rfc3339). Sign a new one.")
        }
    }

    private init(_ jws: JWS, _ claims: JSON) throws(FormatError) {
        var fields = try Fields(claims, "application")
        network = try fields.network("network")
        nodeKey = try fields.key("node")
        operatorName = try fields.text("operator")
        account = try fields.key("account").did
        endpoint = try fields.endpoint("endpoint")
        consensusKey = try fields.consensusKey("consensusKey")
        issuedAt = try fields.instantSeconds("iat")
        nonce = try fields.bytes("nonce", count: 16)
        validForSeconds = try fields.optionalInt64(
            "validFor", in: 1...Limits.validitySecondsMaximum)
        let kind = try fields.string("kind")
        guard kind.hasSameBytes(as: Application.kind) else {
            throw fields.error("kind", "has to be \"\(Application.kind)\"")
        }
        var qualifications = try fields.object("qualifications")
        self.qualifications = try Qualifications(&qualifications)
        try qualifications.end()
        try fields.end()
        node = nodeKey.did
        self.jws = jws
        self.claims = claims
    }

    /// - Parameter qualifications: those that the claims state.
    private init(_ other: Application, claims: JSON, _ qualifications: Qualifications) {
        jws = other.jws
        self.claims = claims
        network = other.network
        node = other.node
        nodeKey = other.nodeKey
        operatorName = other.operatorName
        account = other.account
        endpoint = other.endpoint
        consensusKey = other.consensusKey
        issuedAt = other.issuedAt
        nonce = other.nonce
        validForSeconds = other.validForSeconds
        self.qualifications = qualifications
    }
}
