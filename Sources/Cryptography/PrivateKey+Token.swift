internal import COpenSSL

extension PrivateKey {
    /// The head of a P-256 key's SubjectPublicKeyInfo (RFC 5480): what follows is the point.
    private static let p256Head: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
        0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]

    /// A key that stays in its PKCS#11 token: each signature is made there, on the calling thread.
    /// It signs once here, to show that token and public half belong together. P-256 only: that is
    /// what tokens can do through OpenSSL's engine.
    /// - Parameter pin: opens the token. A wrong one counts as an attempt, and tokens lock.
    /// - Throws: `.passphrase` or `.system` with the library's reason, `.unsupported` for another
    ///   kind of key.
    package static func inToken(
        _ uri: TokenURI, pin: [UInt8]
    ) throws(KeyError) -> PrivateKey {
        let asked = uri.asking(pin: pin)
        let loaded = unsafe asked.withUnsafeBytes { bytes in
            unsafe accredit_token_key(
                uri.modulePath, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        }
        guard let pointer = unsafe loaded else {
            let reason = OpenSSL.takeError()
            throw KeyError(
                .system,
                "the token gives no such key (\(uri.path)): \(reason). Is the engine installed "
                    + "(Debian: libengine-pkcs11-openssl), the module there, the token in its slot "
                    + "and the PIN right? It is not tried again by itself: tokens lock")
        }
        OpenSSL.takeError()
        guard let point = unsafe PrivateKey.p256Point(of: pointer) else {
            unsafe EVP_PKEY_free(pointer)
            throw KeyError(.unsupported, "the token's key is none of P-256")
        }
        let publicKey: PublicKey
        do {
            publicKey = try PublicKey(algorithm: .es256, bytes: point)
        } catch {
            unsafe EVP_PKEY_free(pointer)
            throw error
        }
        let key = unsafe PrivateKey(inToken: pointer, publicKey: publicKey)
        let message = Array("accredit: is this the key?".utf8)
        guard publicKey.verify(signature: try key.sign(message), message: message) else {
            throw KeyError(.malformed, "the token's private and public half do not fit")
        }
        return key
    }

    /// The uncompressed point; nil for another kind of key.
    private static func p256Point(of pointer: OpaquePointer) -> [UInt8]? {
        let count = Int(unsafe i2d_PUBKEY(pointer, nil))
        guard count == p256Head.count + 65 else { return nil }
        var encoded = [UInt8](repeating: 0, count: count)
        let written = unsafe encoded.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return unsafe i2d_PUBKEY(pointer, &place)
        }
        guard Int(written) == count, encoded.starts(with: p256Head) else { return nil }
        return Array(encoded.dropFirst(p256Head.count))
    }
}
