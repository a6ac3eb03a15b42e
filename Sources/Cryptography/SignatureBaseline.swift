internal import COpenSSL

/// OpenSSL's own rate of a signature algorithm: the limit that benchmarks hold this target's work
/// against. Key, message, signature (DER for ES256) and context are prepared, and nothing is left
/// to do but OpenSSL's calls. Not for verifying anything that matters, and not to be shared by
/// threads: each makes its own.
@safe package final class SignatureBaseline {
    private let key: OpaquePointer
    private let context: OpaquePointer
    private let digest: OpaquePointer?
    private let message: [UInt8]
    private var signature: [UInt8]
    private var output: [UInt8]

    /// - Throws: `.system` when the library fails.
    package init(_ key: borrowing PrivateKey, message: [UInt8]) throws(KeyError) {
        guard let context = unsafe EVP_MD_CTX_new() else {
            throw KeyError(.system, "no context: \(OpenSSL.takeError())")
        }
        unsafe EVP_PKEY_up_ref(key.pointer)
        unsafe self.key = key.pointer
        unsafe self.context = context
        unsafe digest = key.algorithm == .es256 ? OpenSSL.sha256 : nil
        self.message = message
        output = [UInt8](repeating: 0, count: 80)
        signature = []
        guard let count = sign() else {
            throw KeyError(.system, "the message could not be signed: \(OpenSSL.takeError())")
        }
        signature = Array(output[..<count])
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_PKEY_free(key)
    }

    /// Signs the message.
    /// - Returns: how many bytes the signature has; nil when the library failed.
    package func sign() -> Int? {
        var count = output.count
        let isGood =
            unsafe EVP_DigestSignInit(context, nil, digest, nil, key) == 1
            && EVP_DigestSign(context, &output, &count, message, message.count) == 1
        return isGood ? count : nil
    }

    /// Verifies the signature made in `init`.
    package func verify() -> Bool {
        unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
            && EVP_DigestVerify(
                context, signature, signature.count, message, message.count) == 1
    }
}
