package import Cryptography
package import Encoding

/// An application before its node signs it.
package struct ApplicationDraft: Sendable, Hashable {
    package var network: String
    /// Who runs the node, in words.
    package var operatorName: String
    /// The account that paid the deposits, a did:key; the node's own when nil.
    package var account: String?
    /// Where the node's server is reached and challenged.
    package var endpoint: String
    /// Ed25519, apart from the node's key.
    package var consensusKey: PublicKey
    package var issuedAt: Instant
    /// 16 random bytes: two applications with the same content differ.
    package var nonce: [UInt8]
    /// The longest validity asked for.
    package var validForSeconds: Int64?
    package var qualifications: Qualifications

    package init(
        network: String, operatorName: String, account: String? = nil, endpoint: String,
        consensusKey: PublicKey, issuedAt: Instant, nonce: [UInt8], validForSeconds: Int64? = nil,
        qualifications: Qualifications
    ) {
        self.network = network
        self.operatorName = operatorName
        self.account = account
        self.endpoint = endpoint
        self.consensusKey = consensusKey
        self.issuedAt = issuedAt
        self.nonce = nonce
        self.validForSeconds = validForSeconds
        self.qualifications = qualifications
    }

    /// The application, signed by the node it is about and checked like a stranger's.
    package func sign(with key: borrowing PrivateKey) throws(CredentialError) -> Application {
        let node = key.publicKey.did
        let jws = try JWS.signing(
            claims(of: node), type: DocumentType.application, keyID: node, key: key)
        return try Application.verify(jws.compact, network: network, at: issuedAt)
    }

    /// The claims of the node with this did:key.
    package func claims(of node: String) -> JSON {
        var members: [(String, JSON)] = [
            ("network", .string(network)), ("node", .string(node)),
            ("operator", .string(operatorName)), ("account", .string(account ?? node)),
            ("endpoint", .string(endpoint)),
            ("consensusKey", .string(Base64URL.encode(consensusKey.bytes))),
            ("iat", JSON(issuedAt.seconds)), ("nonce", .string(Base64URL.encode(nonce))),
        ]
        if let validForSeconds { members.append(("validFor", JSON(validForSeconds))) }
        members.append(("kind", .string(Application.kind)))
        members.append(("qualifications", qualifications.json))
        return .object(JSONObject(members))
    }
}
