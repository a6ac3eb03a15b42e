internal import COpenSSL

/// A key that signs. It cannot be copied, lives where it was made, and OpenSSL wipes it on release.
///
/// `@unchecked Sendable` because the handle is never changed after `init`, and OpenSSL lets threads
/// sign with one key at the same time.
@safe package struct PrivateKey: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer
    package let publicKey: PublicKey
    /// Whether the private half is in a token: then it cannot be written anywhere.
    let isInToken: Bool
    /// Ready to sign digests, to be copied for each signature: making one anew looks the scheme up
    /// by its name. nil for a scheme that takes messages, and for a token.
    private let signer: OpaquePointer?

    package var algorithm: KeyAlgorithm { publicKey.algorithm }

    /// Takes the handle over, also when it throws.
    init(owning pointer: OpaquePointer) throws(KeyError) {
        do {
            publicKey = try unsafe PrivateKey.publicKey(of: pointer)
        } catch {
            unsafe EVP_PKEY_free(pointer)
            throw error
        }
        unsafe self.pointer = pointer
        isInToken = false
        unsafe signer = publicKey.algorithm == .es256 ? PrivateKey.signer(of: pointer) : nil
    }

    /// Takes over the handle of a key in a token, whose public half is known.
    init(inToken pointer: OpaquePointer, publicKey: PublicKey) {
        unsafe self.pointer = pointer
        self.publicKey = publicKey
        isInToken = true
        unsafe signer = nil
    }

    deinit {
        unsafe EVP_PKEY_CTX_free(signer)
        unsafe EVP_PKEY_free(pointer)
    }

    /// - Throws: `.system` when the library has no randomness or memory.
    package static func generate(_ algorithm: KeyAlgorithm) throws(KeyError) -> PrivateKey {
        let pointer =
            switch algorithm {
            case .es256: unsafe accredit_generate_p256()
            case .ed25519: unsafe accredit_generate_ed25519()
            }
        guard let pointer = unsafe pointer else {
            throw KeyError(.system, "a key could not be generated: \(OpenSSL.takeError())")
        }
        return try unsafe PrivateKey(owning: pointer)
    }

    /// The signature over `message`: raw r‖s for ES256, 64 bytes either way.
    /// - Throws: `.system` when the library fails.
    package borrowing func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 80)
        var count = output.count
        guard sign(message, &output, &count) else {
            throw KeyError(.system, "the message could not be signed: \(OpenSSL.takeError())")
        }
        output.removeLast(output.count - count)
        switch algorithm {
        case .ed25519: return output
        case .es256:
            guard let raw = P256Signature.raw(der: output) else {
                throw KeyError(.system, "the signature has no raw form: \(OpenSSL.takeError())")
            }
            return raw
        }
    }

    private borrowing func sign(
        _ message: [UInt8], _ output: inout [UInt8], _ count: inout Int
    ) -> Bool {
        if let signer = unsafe signer {
            let context = unsafe EVP_PKEY_CTX_dup(signer)
            defer { unsafe EVP_PKEY_CTX_free(context) }
            let digest = Digest.sha256(message).bytes
            return unsafe context != nil
                && EVP_PKEY_sign(context, &output, &count, digest, digest.count) == 1
        }
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        let digest = unsafe algorithm == .es256 ? OpenSSL.sha256 : nil
        return unsafe EVP_DigestSignInit(context, nil, digest, nil, pointer) == 1
            && EVP_DigestSign(context, &output, &count, message, message.count) == 1
    }

    /// nil when the library has none: then each signature asks it anew.
    private static func signer(of pointer: OpaquePointer) -> OpaquePointer? {
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil)
        guard unsafe context != nil, unsafe EVP_PKEY_sign_init(context) == 1 else {
            OpenSSL.takeError()
            unsafe EVP_PKEY_CTX_free(context)
            return nil
        }
        return unsafe context
    }

    private static func publicKey(of pointer: OpaquePointer) throws(KeyError) -> PublicKey {
        if unsafe EVP_PKEY_is_a(pointer, "ED25519") == 1 {
            var bytes = [UInt8](repeating: 0, count: 32)
            var count = bytes.count
            guard unsafe EVP_PKEY_get_raw_public_key(pointer, &bytes, &count) == 1 else {
                throw KeyError(.malformed, "no public half: \(OpenSSL.takeError())")
            }
            return try PublicKey(algorithm: .ed25519, bytes: bytes)
        }
        guard unsafe EVP_PKEY_is_a(pointer, "EC") == 1,
            unsafe groupName(of: pointer) == "prime256v1"
        else {
            throw KeyError(.unsupported, "only P-256 and Ed25519 keys are used here")
        }
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_pairwise_check(context) == 1,
            let x = unsafe SharedKey.coordinate("qx", of: pointer),
            let y = unsafe SharedKey.coordinate("qy", of: pointer)
        else {
            throw KeyError(
                .malformed, "the private and the public half do not fit: \(OpenSSL.takeError())")
        }
        return try PublicKey(algorithm: .es256, bytes: [4] + x + y)
    }

    private static func groupName(of pointer: OpaquePointer) -> String? {
        var name = [UInt8](repeating: 0, count: 64)
        var count = 0
        let isKnown = unsafe name.withUnsafeMutableBytes { buffer in
            unsafe EVP_PKEY_get_group_name(
                pointer, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count,
                &count) == 1
        }
        guard isKnown, count < name.count else {
            OpenSSL.takeError()
            return nil
        }
        return String(decoding: name[..<count], as: UTF8.self)
    }
}
