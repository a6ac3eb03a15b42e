internal import COpenSSL
import Encoding

extension PrivateKey {
    /// Reads a PKCS#8 PEM file (RFC 7468 sections 10 and 11). Never asks at the terminal.
    /// - Parameter passphrase: needed when the file says `ENCRYPTED PRIVATE KEY`.
    /// - Throws: `.passphrase` when it is missing or wrong, `.unsupported` for other keys,
    ///   `.malformed` for everything else.
    package init(pem: [UInt8], passphrase: [UInt8]? = nil) throws(KeyError) {
        guard pem.count <= Limits.keyFileByteCountMaximum else {
            throw KeyError(
                .malformed, "a key file has at most \(Limits.keyFileByteCountMaximum) bytes")
        }
        // Compared in place: a copy of an open key would stay behind in memory.
        let isEncrypted = pem.starts(with: "-----BEGIN ENCRYPTED PRIVATE KEY-----".utf8)
        guard isEncrypted || pem.starts(with: "-----BEGIN PRIVATE KEY-----".utf8) else {
            throw KeyError(
                .malformed,
                "this is not a PKCS#8 PEM key; 'openssl pkcs8 -topk8 -in OLD -out NEW' makes one")
        }
        if isEncrypted, passphrase == nil {
            throw KeyError(.passphrase, "the key is encrypted and no passphrase was given")
        }
        let passphrase = isEncrypted ? passphrase ?? [] : []
        if isEncrypted { try PrivateKey.check(passphrase) }
        guard let pointer = unsafe PrivateKey.read(pem, passphrase) else {
            let reason = OpenSSL.takeError()
            guard isEncrypted else {
                throw KeyError(.malformed, "the key file cannot be read: \(reason)")
            }
            throw KeyError(
                .passphrase,
                "the passphrase does not open the key, or the key is damaged: \(reason)")
        }
        try unsafe self.init(owning: pointer)
        // Warnings of decoders that were tried and did not fit.
        OpenSSL.takeError()
    }

    package init(pem: String, passphrase: [UInt8]? = nil) throws(KeyError) {
        var bytes = Array(pem.utf8)
        defer { Secret.cleanse(&bytes) }
        try self.init(pem: bytes, passphrase: passphrase)
    }

    /// Writes PKCS#8 PEM; with a passphrase encrypted by PBES2 (RFC 8018): AES-256-CBC under a key
    /// from scrypt (RFC 7914) with the cost and salt in `Limits`.
    /// - Throws: `.unsupported` for a key in a token, of which OpenSSL would write zeros.
    package borrowing func pem(passphrase: [UInt8]?) throws(KeyError) -> [UInt8] {
        guard !isInToken else {
            throw KeyError(.unsupported, "a key in a token cannot be taken out of it")
        }
        let info = unsafe EVP_PKEY2PKCS8(pointer)
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        let output = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(output) }
        let isWritten: Bool
        if let passphrase {
            try PrivateKey.check(passphrase)
            let encrypted = unsafe PrivateKey.encrypt(info, passphrase)
            defer { unsafe X509_SIG_free(encrypted) }
            isWritten = unsafe encrypted != nil && PEM_write_bio_PKCS8(output, encrypted) == 1
        } else {
            isWritten = unsafe PEM_write_bio_PKCS8_PRIV_KEY_INFO(output, info) == 1
        }
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(output))
        let count = unsafe BIO_read(output, &bytes, Int32(clamping: bytes.count))
        guard isWritten, count > 0, Int(count) == bytes.count else {
            throw KeyError(.system, "the key could not be written: \(OpenSSL.takeError())")
        }
        return bytes
    }

    private static func check(_ passphrase: [UInt8]) throws(KeyError) {
        guard (1...Limits.passphraseByteCountMaximum).contains(passphrase.count) else {
            throw KeyError(
                .passphrase,
                "a passphrase has 1 to \(Limits.passphraseByteCountMaximum) bytes, this one has "
                    + "\(passphrase.count)")
        }
    }

    private static func encrypt(
        _ info: OpaquePointer?, _ passphrase: [UInt8]
    ) -> OpaquePointer? {
        let cost = Limits.scryptCost
        guard
            let method = unsafe PKCS5_pbe2_set_scrypt(
                EVP_aes_256_cbc(), nil, Limits.saltByteCount, nil, cost.n, cost.r, cost.p)
        else { return nil }
        let encrypted = unsafe passphrase.withUnsafeBytes { buffer in
            unsafe PKCS8_set0_pbe(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count),
                info, method)
        }
        // On success the method belongs to the result.
        if unsafe encrypted == nil { unsafe X509_ALGOR_free(method) }
        return unsafe encrypted
    }

    private static func read(_ pem: [UInt8], _ passphrase: [UInt8]) -> OpaquePointer? {
        unsafe pem.withUnsafeBytes { file -> OpaquePointer? in
            let input = unsafe BIO_new_mem_buf(file.baseAddress, Int32(clamping: file.count))
            defer { unsafe BIO_free(input) }
            return unsafe passphrase.withUnsafeBytes { secret -> OpaquePointer? in
                var secret = unsafe secret
                return unsafe PEM_read_bio_PrivateKey(input, nil, answerPassphrase, &secret)
            }
        }
    }
}

/// Hands the passphrase to OpenSSL. Without this function it would ask at the terminal and wait;
/// with nothing to hand over it is told so by -1.
private func answerPassphrase(
    _ target: UnsafeMutablePointer<CChar>?, _ capacity: Int32, _ isForWriting: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let target = unsafe target,
        let secret = unsafe context?.assumingMemoryBound(to: UnsafeRawBufferPointer.self).pointee,
        unsafe !secret.isEmpty, secret.count <= Int(capacity),
        let source = secret.baseAddress
    else { return -1 }
    unsafe UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: secret.count)
    return Int32(secret.count)
}
