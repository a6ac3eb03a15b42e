internal import COpenSSL

/// An OpenSSL key that nobody changes after it was made.
///
/// `@unchecked Sendable` because OpenSSL lets threads verify with one key at a time they like as
/// long as none modifies it, and nothing here does.
@safe final class SharedKey: @unchecked Sendable {
    private let pointer: OpaquePointer
    /// Ready to verify over digests, to be copied for each signature: making one anew looks the
    /// scheme up by its name. nil for a scheme that takes messages.
    private let verifier: OpaquePointer?
    /// The second coordinate of the point, 32 bytes; nil for a key without one.
    let ordinate: [UInt8]?

    /// Takes the references over.
    private init(owning pointer: OpaquePointer, verifier: OpaquePointer?, ordinate: [UInt8]?) {
        unsafe self.pointer = pointer
        unsafe self.verifier = verifier
        self.ordinate = ordinate
    }

    deinit {
        unsafe EVP_PKEY_CTX_free(verifier)
        unsafe EVP_PKEY_free(pointer)
    }

    /// A P-256 key from an encoded point; nil when the point is not on the curve.
    static func p256(point encoded: [UInt8]) -> SharedKey? {
        guard let point = uncompressed(encoded),
            let pointer = unsafe EVP_PKEY_dup(OpenSSL.p256Parameters)
        else {
            OpenSSL.takeError()
            return nil
        }
        guard unsafe EVP_PKEY_set1_encoded_public_key(pointer, point, point.count) == 1,
            let verifier = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil)
        else {
            OpenSSL.takeError()
            unsafe EVP_PKEY_free(pointer)
            return nil
        }
        let key = unsafe SharedKey(
            owning: pointer, verifier: verifier, ordinate: Array(point[33...]))
        guard unsafe EVP_PKEY_verify_init(verifier) == 1 else {
            OpenSSL.takeError()
            return nil
        }
        return key
    }

    static func ed25519(_ bytes: [UInt8]) -> SharedKey? {
        guard
            let pointer = unsafe EVP_PKEY_new_raw_public_key(
                EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else {
            OpenSSL.takeError()
            return nil
        }
        return unsafe SharedKey(owning: pointer, verifier: nil, ordinate: nil)
    }

    /// The point with both coordinates, 65 bytes. The second one stands in every credential, and to
    /// ask a finished key for it takes as long as to read the whole document.
    private static func uncompressed(_ encoded: [UInt8]) -> [UInt8]? {
        if encoded.count == 65 { return encoded }
        var output = [UInt8](repeating: 0, count: 65)
        guard let group = unsafe OpenSSL.p256, let point = unsafe EC_POINT_new(group) else {
            OpenSSL.takeError()
            return nil
        }
        defer { unsafe EC_POINT_free(point) }
        guard unsafe EC_POINT_oct2point(group, point, encoded, encoded.count, nil) == 1,
            unsafe EC_POINT_point2oct(
                group, point, POINT_CONVERSION_UNCOMPRESSED, &output, output.count, nil)
                == output.count
        else {
            OpenSSL.takeError()
            return nil
        }
        return output
    }

    static func coordinate(_ name: String, of key: OpaquePointer) -> [UInt8]? {
        var number: OpaquePointer?
        defer { unsafe BN_free(number) }
        var output = [UInt8](repeating: 0, count: 32)
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1,
            unsafe BN_bn2binpad(number, &output, 32) == 32
        else {
            OpenSSL.takeError()
            return nil
        }
        return output
    }

    /// Verifies over a digest that was made before. Giving the library the message costs more than
    /// its hash: for each signature it then looks the hash up by name.
    func verify(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        guard let verifier = unsafe verifier, let context = unsafe EVP_PKEY_CTX_dup(verifier) else {
            OpenSSL.takeError()
            return false
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let result = unsafe EVP_PKEY_verify(
            context, signature, signature.count, digest, digest.count)
        if result != 1 { OpenSSL.takeError() }
        return result == 1
    }

    /// Verifies over a message, for schemes that hash it themselves.
    func verify(_ signature: [UInt8], message: [UInt8]) -> Bool {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        let result =
            if unsafe EVP_DigestVerifyInit(context, nil, nil, nil, pointer) == 1 {
                unsafe EVP_DigestVerify(
                    context, signature, signature.count, message, message.count)
            } else {
                Int32(-1)
            }
        if result != 1 { OpenSSL.takeError() }
        return result == 1
    }
}
