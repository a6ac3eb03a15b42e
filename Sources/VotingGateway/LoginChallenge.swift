package import Cryptography
package import Encoding

/// What an account signs to log in at a gateway: `{"gateway","network","account","nonce","expires"}`.
/// Everything it is good for stands in it, so that a signature given to one gateway opens no
/// session at another, on another network, for another account or later.
package struct LoginChallenge: Sendable, Equatable {
    /// The `typ` of the signed answer, a compact JWS whose `kid` is the account.
    package static let jwsType = "login+jwt"

    /// The gateway's own https URL: a client signs only for the gateway that it called.
    package let gateway: String
    package let network: String
    /// `did:key` of the account.
    package let account: String
    /// 32 random bytes in base64url, good once.
    package let nonce: String
    /// The first moment at which the challenge is over.
    package let expires: Instant

    package init(
        gateway: String, network: String, account: String, nonce: String, expires: Instant
    ) {
        self.gateway = gateway
        self.network = network
        self.account = account
        self.nonce = nonce
        self.expires = expires
    }

    package var json: JSON {
        [
            "gateway": JSON(gateway), "network": JSON(network), "account": JSON(account),
            "nonce": JSON(nonce), "expires": JSON(expires.rfc3339),
        ]
    }

    /// - Throws: `FormatError` for another shape or unknown members.
    package init(_ json: JSON) throws(FormatError) {
        var fields = try Fields(json, "challenge")
        gateway = try fields.string("gateway")
        network = try fields.string("network")
        account = try fields.string("account")
        nonce = try fields.string("nonce", maximumByteCount: Limits.nonceByteCountMaximum)
        expires = try fields.instant("expires")
        try fields.end()
    }

    /// The answer: the challenge signed with the account's key.
    package func signed(with key: borrowing PrivateKey) throws(JWSError) -> JWS {
        try JWS.sign(payload: json.bytes, type: Self.jwsType, keyID: account, key: key)
    }
}
