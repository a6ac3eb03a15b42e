import COpenSSL
import Glibc

/// A P-256 key pair for certificates, freed with its owner.
@safe final class CertificateKey {
    let key: OpaquePointer

    private init(_ key: OpaquePointer) { unsafe self.key = unsafe key }

    deinit { unsafe EVP_PKEY_free(key) }

    static func generate() throws(WebError) -> CertificateKey {
        ERR_clear_error()
        guard let key = unsafe accredit_tls_generate_key() else {
            throw WebError(.tls, "cannot generate a key: \(TLSErrors.text())")
        }
        return unsafe CertificateKey(key)
    }

    static func read(_ path: String) throws(WebError) -> CertificateKey {
        let memory = try MemoryFile(contentsOf: path)
        guard
            let key = unsafe PEM_read_bio_PrivateKey(memory.bio, nil, { _, _, _, _ in -1 }, nil)
        else { throw WebError(.tls, "\(path) holds no private key: \(TLSErrors.text())") }
        return unsafe CertificateKey(key)
    }

    /// PKCS#8, not encrypted.
    func pem() throws(WebError) -> [UInt8] {
        let memory = try MemoryFile()
        guard unsafe PEM_write_bio_PKCS8PrivateKey(memory.bio, key, nil, nil, 0, nil, nil) == 1
        else { throw WebError(.tls, "cannot write a key: \(TLSErrors.text())") }
        return memory.contents
    }
}

/// An X.509 certificate, freed with its owner.
@safe final class Certificate {
    let certificate: OpaquePointer

    struct Issuer {
        let certificate: Certificate
        let key: CertificateKey
    }

    private init(_ certificate: OpaquePointer) {
        unsafe self.certificate = unsafe certificate
    }

    deinit { unsafe X509_free(certificate) }

    static func read(_ path: String) throws(WebError) -> Certificate {
        let memory = try MemoryFile(contentsOf: path)
        guard let certificate = unsafe PEM_read_bio_X509(memory.bio, nil, nil, nil) else {
            throw WebError(.tls, "\(path) holds no certificate: \(TLSErrors.text())")
        }
        return unsafe Certificate(certificate)
    }

    func pem() throws(WebError) -> [UInt8] {
        let memory = try MemoryFile()
        guard unsafe PEM_write_bio_X509(memory.bio, certificate) == 1 else {
            throw WebError(.tls, "cannot write a certificate: \(TLSErrors.text())")
        }
        return memory.contents
    }

    /// A version 3 certificate, good from an hour ago (clocks differ) for `days`; without an issuer
    /// it signs itself.
    static func issue(
        subject: String, key: CertificateKey, by issuer: Issuer?, days: Int,
        extensions: [(Int32, String)], statement: String? = nil
    ) throws(WebError) -> Certificate {
        ERR_clear_error()
        guard let raw = unsafe X509_new() else {
            throw WebError(.tls, "cannot make a certificate: \(TLSErrors.text())")
        }
        let made = unsafe Certificate(raw)
        let signer = issuer?.key ?? key
        let parent = issuer?.certificate ?? made
        guard unsafe X509_set_version(raw, 2) == 1, made.setSerial(),
            unsafe X509_gmtime_adj(X509_getm_notBefore(raw), -3_600) != nil,
            unsafe X509_time_adj_ex(X509_getm_notAfter(raw), Int32(days), 0, nil) != nil,
            unsafe X509_set_pubkey(raw, key.key) == 1, made.setSubject(subject),
            unsafe X509_set_issuer_name(raw, X509_get_subject_name(parent.certificate)) == 1
        else { throw WebError(.tls, "cannot fill in a certificate: \(TLSErrors.text())") }
        for (identifier, value) in extensions {
            guard made.add(identifier, value, parent) else {
                throw WebError(
                    .tls, "cannot write “\(value)” into a certificate: \(TLSErrors.text())")
            }
        }
        if let statement {
            let bytes = Array(statement.utf8)
            guard
                unsafe accredit_tls_add_statement(
                    raw, PeerProtocol.statement, bytes, Int32(bytes.count)) == 1
            else {
                throw WebError(.tls, "cannot write a peer's statement: \(TLSErrors.text())")
            }
        }
        guard unsafe X509_sign(raw, signer.key, EVP_sha256()) > 0 else {
            throw WebError(.tls, "cannot sign a certificate: \(TLSErrors.text())")
        }
        return made
    }

    private func setSerial() -> Bool {
        guard let number = unsafe BN_new() else { return false }
        defer { unsafe BN_free(number) }
        return unsafe BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    private func setSubject(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return unsafe X509_NAME_add_entry_by_NID(
            X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, bytes,
            Int32(bytes.count), -1, 0) == 1
    }

    private func add(_ identifier: Int32, _ value: String, _ parent: Certificate) -> Bool {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, parent.certificate, certificate, nil, nil, 0)
        guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
            return false
        }
        defer { unsafe X509_EXTENSION_free(made) }
        return unsafe X509_add_ext(certificate, made, -1) == 1
    }
}

/// Bytes in memory as OpenSSL reads and writes them.
@safe private final class MemoryFile {
    let bio: OpaquePointer

    init() throws(WebError) {
        guard let bio = unsafe BIO_new(BIO_s_secmem()) else {
            throw WebError(.tls, "cannot make a buffer: \(TLSErrors.text())")
        }
        unsafe self.bio = unsafe bio
    }

    convenience init(contentsOf path: String) throws(WebError) {
        try self.init()
        let bytes = try NewFile.read(path, maximumByteCount: Limits.pemByteCount)
        guard unsafe BIO_write(bio, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw WebError(.tls, "cannot read \(path): \(TLSErrors.text())")
        }
    }

    deinit { unsafe BIO_free_all(bio) }

    var contents: [UInt8] {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe accredit_tls_memory_contents(bio, &start)
        guard let start = unsafe start, count > 0 else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
