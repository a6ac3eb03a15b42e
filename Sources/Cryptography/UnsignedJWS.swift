import Encoding

/// Header and payload of a token, ready to be signed by whoever holds the key: in this process, in
/// a token or in another process.
package struct UnsignedJWS: Sendable, Hashable {
    /// Whose signature it takes.
    package let key: PublicKey
    /// The bytes to sign: header and payload in base64url, with the dot between them.
    package let signingInput: [UInt8]

    /// - Parameters:
    ///   - type: `typ`.
    ///   - keyID: `kid`.
    ///   - contentType: `cty`.
    package init(
        payload: [UInt8], type: String, keyID: String?, contentType: String? = nil, key: PublicKey
    ) {
        var members: [(String, JSON)] = [
            ("alg", .string(key.algorithm.rawValue)), ("typ", .string(type)),
        ]
        if let contentType { members.append(("cty", .string(contentType))) }
        if let keyID { members.append(("kid", .string(keyID))) }
        let header = JSON.object(JSONObject(members)).bytes
        self.key = key
        signingInput = Array((Base64URL.encode(header) + "." + Base64URL.encode(payload)).utf8)
    }

    /// The token with a signature that is taken as it is: its maker is this process.
    func signed(with signature: [UInt8]) throws(JWSError) -> JWS {
        try JWS(
            String(decoding: signingInput, as: UTF8.self) + "." + Base64URL.encode(signature),
            maximumByteCount: .max)
    }

    /// The token with a signature that somebody else made.
    /// - Throws: `.signature` unless it is the key's over these bytes.
    package func adding(_ signature: [UInt8]) throws(JWSError) -> JWS {
        guard key.verify(signature: signature, message: signingInput) else {
            throw JWSError(
                .signature, "what came back is not a signature of \(key.did) over this token")
        }
        return try signed(with: signature)
    }
}
