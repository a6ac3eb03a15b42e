import Encoding

/// Header and payload of a token, ready to be signed by whoever holds the key: in this process, in
/// a token or in another process.
package struct UnsignedJWS: Sendable, Hashable {
    /// Whose signature it takes.
    package let key: PublicKey
    /// The bytes to sign: header and payload in base64url, with the dot between them.
    package let signingInput: [UInt8]
    let header: JWSHeader
    let payload: [UInt8]
    private let headerByteCount: Int

    /// - Parameters:
    ///   - type: `typ`.
    ///   - keyID: `kid`.
    ///   - contentType: `cty`.
    package init(
        payload: [UInt8], type: String, keyID: String?, contentType: String? = nil, key: PublicKey
    ) {
        header = JWSHeader(
            algorithm: key.algorithm, type: type, contentType: contentType, keyID: keyID)
        let header = header.json.bytes
        var input: [UInt8] = []
        input.reserveCapacity(
            Base64URL.encodedCount(header.count) + 1 + Base64URL.encodedCount(payload.count))
        Base64URL.encode(header, to: &input)
        input.append(UInt8(ascii: "."))
        Base64URL.encode(payload, to: &input)
        self.key = key
        self.payload = payload
        headerByteCount = header.count
        signingInput = input
    }

    /// The token with a signature that is taken as it is: its maker is this process.
    func signed(with signature: [UInt8]) throws(JWSError) -> JWS {
        try signed(with: signature, .sha256(signingInput))
    }

    /// The token with a signature that somebody else made.
    /// - Throws: `.signature` unless it is the key's over these bytes.
    package func adding(_ signature: [UInt8]) throws(JWSError) -> JWS {
        let digest = Digest.sha256(signingInput)
        guard key.verify(signature: signature, message: signingInput, digest: digest) else {
            throw JWSError(
                .signature, "what came back is not a signature of \(key.did) over this token")
        }
        return try signed(with: signature, digest)
    }

    /// - Parameter digest: that of the signing input.
    /// - Throws: `.limit` for a header that no reader takes.
    private func signed(with signature: [UInt8], _ digest: Digest) throws(JWSError) -> JWS {
        guard headerByteCount <= Limits.headerByteCountMaximum else {
            throw JWSError(
                .limit,
                "the header has \(headerByteCount) bytes; at most "
                    + "\(Limits.headerByteCountMaximum) are read")
        }
        return JWS(self, signature: signature, digest: digest)
    }
}
