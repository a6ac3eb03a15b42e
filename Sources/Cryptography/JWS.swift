import Encoding

/// A compact JSON Web Signature (RFC 7515 section 7.1) that was taken apart and *not* verified. It
/// is kept byte for byte as it came; nothing is encoded again to verify it.
package struct JWS: Sendable, Hashable {
    package let compact: String
    package let header: JWSHeader
    package let payload: [UInt8]
    /// Header and payload as they are in the token, with the dot between them.
    package let signingInput: [UInt8]
    package let signature: [UInt8]
    /// SHA-256 of the signing input: the name of applications and transactions. It leaves the
    /// signature out, of which there can be many for one content.
    package let digest: Digest

    package init(
        _ compact: String, maximumByteCount: Int = Limits.tokenByteCountMaximum
    ) throws(JWSError) {
        guard compact.utf8.count <= maximumByteCount else {
            throw JWSError(.limit, "the token has more than \(maximumByteCount) bytes")
        }
        let bytes = Array(compact.utf8)
        guard let first = bytes.firstIndex(of: UInt8(ascii: ".")),
            let last = bytes.lastIndex(of: UInt8(ascii: ".")), first < last,
            !bytes[(first + 1)..<last].contains(UInt8(ascii: "."))
        else {
            throw JWSError(.malformed, "a compact JWS has three parts with dots between them")
        }
        header = try JWSHeader(bytes: JWS.decode(bytes, 0..<first, "header"))
        payload = try JWS.decode(bytes, (first + 1)..<last, "payload")
        signature = try JWS.decode(bytes, (last + 1)..<bytes.count, "signature")
        signingInput = Array(bytes[..<last])
        digest = Digest.sha256(signingInput)
        self.compact = compact
    }

    /// A token that was put together here: it is not taken apart again to know its parts.
    /// - Parameter digest: that of the signing input.
    init(_ unsigned: UnsignedJWS, signature: [UInt8], digest: Digest) {
        var bytes = unsigned.signingInput
        bytes.reserveCapacity(bytes.count + 1 + Base64URL.encodedCount(signature.count))
        bytes.append(UInt8(ascii: "."))
        Base64URL.encode(signature, to: &bytes)
        compact = String(decoding: bytes, as: UTF8.self)
        header = unsigned.header
        payload = unsigned.payload
        signingInput = unsigned.signingInput
        self.signature = signature
        self.digest = digest
    }

    /// Checks the token against one key.
    /// - Parameter type: the `typ` it must have, exactly; nil when it must have none.
    /// - Throws: `.type`, `.algorithm` when the header's algorithm is not the key's, `.signature`.
    package func verify(key: PublicKey, type: String?) throws(JWSError) -> VerifiedJWS {
        switch (header.type, type) {
        case (nil, nil): break
        case (let actual?, let expected?) where actual.hasSameBytes(as: expected): break
        case (let actual, let expected):
            throw JWSError(
                .type,
                "a token of type \((expected ?? "(none)").quotedForMessage) is expected, not "
                    + (actual ?? "(none)").quotedForMessage)
        }
        guard key.algorithm.accepts(name: header.algorithm) else {
            throw JWSError(
                .algorithm,
                "the key signs with \(key.algorithm.rawValue), the token says "
                    + header.algorithm.quotedForMessage)
        }
        guard key.verify(signature: signature, message: signingInput, digest: digest) else {
            throw JWSError(.signature, "the signature is not one of \(key.did) over this token")
        }
        return VerifiedJWS(jws: self, key: key)
    }

    /// Makes a token.
    /// - Throws: `.signing` when the library fails, `.limit` when the token would be refused.
    package static func sign(
        payload: [UInt8], type: String, keyID: String?, contentType: String? = nil,
        key: borrowing PrivateKey
    ) throws(JWSError) -> JWS {
        let unsigned = UnsignedJWS(
            payload: payload, type: type, keyID: keyID, contentType: contentType,
            key: key.publicKey)
        let signature: [UInt8]
        do {
            signature = try key.sign(unsigned.signingInput)
        } catch let cause {
            throw JWSError(.signing, cause.detail)
        }
        return try unsigned.signed(with: signature)
    }

    private static func decode(
        _ bytes: [UInt8], _ range: Range<Int>, _ part: String
    ) throws(JWSError) -> [UInt8] {
        do {
            return try Base64URL.decode(bytes.span.extracting(range))
        } catch let cause {
            throw JWSError(.malformed, "the \(part) is not base64url: \(cause.detail)")
        }
    }

    package static func == (left: JWS, right: JWS) -> Bool { left.compact == right.compact }

    package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// A token and the key it was verified with. Only `JWS.verify` makes one.
package struct VerifiedJWS: Sendable {
    package let jws: JWS
    package let key: PublicKey

    fileprivate init(jws: JWS, key: PublicKey) {
        self.jws = jws
        self.key = key
    }
}
