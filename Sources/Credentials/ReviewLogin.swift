package import Cryptography
package import Encoding

/// What a reviewer signs to read an auditor's cases: `{"issuer","network","reviewer","nonce",
/// "expires"}`. Everything it is good for stands in it, so that a signature given to one auditor
/// opens nothing at another.
package struct ReviewLogin: Sendable, Hashable {
    package let issuer: String
    package let network: String
    /// The did:key of the reviewer.
    package let reviewer: String
    /// 32 random bytes in base64url, good once.
    package let nonce: String
    /// The first moment at which the challenge is over.
    package let expires: Instant

    package init(
        issuer: String, network: String, reviewer: String, nonce: String, expires: Instant
    ) {
        self.issuer = issuer
        self.network = network
        self.reviewer = reviewer
        self.nonce = nonce
        self.expires = expires
    }

    package var json: JSON {
        [
            "issuer": JSON(issuer), "network": JSON(network), "reviewer": JSON(reviewer),
            "nonce": JSON(nonce), "expires": JSON(expires.rfc3339),
        ]
    }

    /// - Throws: `malformed` or `limit`.
    package init(json: JSON) throws(CredentialError) {
        self = try CredentialError.reading { () throws(FormatError) in
            var fields = try Fields(json, "challenge")
            let login = ReviewLogin(
                issuer: try fields.issuer("issuer"), network: try fields.network("network"),
                reviewer: try fields.key("reviewer").did,
                nonce: try fields.string(
                    "nonce", maximumByteCount: Limits.loginNonceByteCountMaximum),
                expires: try fields.instant("expires"))
            try fields.end()
            return login
        }
    }

    /// The answer: the challenge signed with the reviewer's key, a compact JWS.
    package func signed(with key: borrowing PrivateKey) throws(CredentialError) -> String {
        try JWS.signing(json, type: DocumentType.reviewLogin, keyID: reviewer, key: key).compact
    }

    /// Reads an answer and checks that the reviewer it names signed it.
    /// - Throws: `malformed`, `limit`, `wrongType`, `badSignature`, `inconsistent`.
    package static func verify(_ compact: String) throws(CredentialError) -> ReviewLogin {
        let jws = try JWS.reading(
            compact, type: DocumentType.reviewLogin, what: "a login",
            maximumByteCount: Limits.reviewDecisionByteCountMaximum)
        let login = try ReviewLogin(
            json: try jws.claims(maximumByteCount: Limits.reviewDecisionByteCountMaximum))
        guard let keyID = jws.header.keyID, keyID.hasSameBytes(as: login.reviewer) else {
            throw CredentialError(.inconsistent, "the kid of a login has to be its reviewer")
        }
        do {
            let key = try PublicKey(did: login.reviewer)
            try jws.verified(by: key, type: DocumentType.reviewLogin, what: "a login")
        } catch let error as CredentialError {
            throw error
        } catch {
            throw CredentialError(.malformed, "the reviewer of a login is no did:key")
        }
        return login
    }
}
