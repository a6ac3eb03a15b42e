import COpenSSL
package import Cryptography

/// What a server of one kind shows itself with to another of its kind, on both ends of a
/// connection: a P-256 key that never leaves this process and a certificate it signs itself. The
/// certificate carries a statement, in which the owner of a longer-lived key vouches for this one;
/// what a statement has to say is for the caller to decide. No authority takes part.
///
/// Sendable because neither is changed after `init`, and OpenSSL counts who holds them.
@safe package final class PeerIdentity: @unchecked Sendable {
    let certificate: Certificate
    let key: CertificateKey

    private static let days = 3_650

    /// - Parameter statement: given the SHA-256 of the new key's SubjectPublicKeyInfo. How long it
    ///   vouches is written there: the certificate's own dates say nothing.
    /// - Throws: `tls`, or what `statement` throws.
    package init(stating statement: (_ keyDigest: Digest) throws -> String) throws {
        key = try CertificateKey.generate()
        let text = try statement(try key.digest())
        guard text.utf8.count <= Limits.peerStatementByteCount else {
            throw WebError(
                .tls,
                "a peer's statement has at most \(Limits.peerStatementByteCount) bytes, not "
                    + "\(text.utf8.count)")
        }
        certificate = try Certificate.issue(
            subject: "Accredit peer", key: key, by: nil, days: Self.days,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth,clientAuth"),
            ], statement: text)
    }
}

/// The certificate that the other end of a peer connection showed, and whose key it has proved to
/// hold by the handshake. Nothing of it is believed yet but that.
package struct PeerCertificate: Sendable, Hashable {
    /// SHA-256 of the certificate's SubjectPublicKeyInfo.
    package let keyDigest: Digest
    /// What the certificate carries in its statement; nil when it has none, or one too long.
    package let statement: String?

    package init(keyDigest: Digest, statement: String?) {
        self.keyDigest = keyDigest
        self.statement = statement
    }
}

/// How peers ask for each other: an ALPN name of its own (RFC 7301), so that an ordinary client is
/// neither asked for a certificate nor shown one that no authority signed, on the same port.
enum PeerProtocol {
    /// A length byte and the name, as ALPN lists hold it.
    static let name: [UInt8] = [15] + Array("accredit-peer/1".utf8)

    /// The object identifier of the statement's extension, under the arc for UUIDs (X.667).
    static let statement = "2.25.57927081996047767770954599350133298169"

    /// Whether a list of length-prefixed names holds `name`.
    static func isOffered(in list: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < list.count {
            let end = unsafe index + 1 + Int(list[index])
            guard end <= list.count else { return false }
            if unsafe list[index..<end].elementsEqual(name) { return true }
            index = end
        }
        return false
    }
}

/// The identity that a server shows to peers now; renewed behind its back.
final class PeerOffer: Sendable {
    let identity: @Sendable () -> PeerIdentity

    init(_ identity: @escaping @Sendable () -> PeerIdentity) { self.identity = identity }
}

extension TLSContext {
    /// Lets peers in beside ordinary clients: whoever offers the peers' protocol is shown `offer`'s
    /// certificate instead of the server's, over TLS 1.3, and asked for one.
    func welcomePeers(_ offer: PeerOffer) {
        unsafe SSL_CTX_set_cert_verify_callback(context, { _, _ in 1 }, nil)
        let box = unsafe Unmanaged.passUnretained(offer).toOpaque()
        unsafe SSL_CTX_set_client_hello_cb(
            context,
            { session, alert, box in
                guard let session = unsafe session, let box = unsafe box else {
                    return SSL_CLIENT_HELLO_ERROR
                }
                guard unsafe TLSContext.isPeer(session) else { return SSL_CLIENT_HELLO_SUCCESS }
                let offer = unsafe Unmanaged<PeerOffer>.fromOpaque(box).takeUnretainedValue()
                guard unsafe TLSContext.show(offer.identity(), in: session) else {
                    unsafe alert?.pointee = SSL_AD_INTERNAL_ERROR
                    return SSL_CLIENT_HELLO_ERROR
                }
                // Without one the session stands too: the routes say in words what is missing.
                unsafe SSL_set_verify(session, SSL_VERIFY_PEER, nil)
                return SSL_CLIENT_HELLO_SUCCESS
            }, box)
    }

    /// Whether the hello being read offers the peers' protocol.
    private static func isPeer(_ session: OpaquePointer) -> Bool {
        var start: UnsafePointer<UInt8>?
        var count = 0
        let type = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
        // The list stands behind its length in two bytes (RFC 7301 §3.1).
        guard unsafe SSL_client_hello_get0_ext(session, type, &start, &count) == 1, count > 2,
            let start = unsafe start
        else { return false }
        return unsafe PeerProtocol.isOffered(
            in: UnsafeBufferPointer(start: start + 2, count: count - 2))
    }

    /// Has one session show this identity and no other, over TLS 1.3 only.
    static func show(_ identity: PeerIdentity, in session: OpaquePointer) -> Bool {
        unsafe SSL_certs_clear(session)
        return unsafe SSL_use_certificate(session, identity.certificate.certificate) == 1
            && SSL_use_PrivateKey(session, identity.key.key) == 1
            && accredit_tls_require_newest(session) == 1
    }

    /// A context for calling peers. The handshake proves that they hold their certificate's key;
    /// whom it belongs to is for the caller to judge.
    static func calling(_ offer: PeerOffer) throws(WebError) -> TLSContext {
        let made = try TLSContext(isServer: false, offer: offer)
        unsafe SSL_CTX_set_cert_verify_callback(made.context, { _, _ in 1 }, nil)
        unsafe SSL_CTX_set_verify(made.context, SSL_VERIFY_PEER, nil)
        let list = PeerProtocol.name
        guard unsafe SSL_CTX_set_alpn_protos(made.context, list, UInt32(list.count)) == 0 else {
            throw WebError(.tls, "cannot set up ALPN: \(TLSErrors.text())")
        }
        return made
    }
}

extension TLSSession {
    /// What the other side showed, when both speak the peers' protocol and it showed anything.
    var peerCertificate: PeerCertificate? {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(session, &start, &count)
        let name = unsafe UnsafeBufferPointer(start: start, count: Int(count))
        guard unsafe name.elementsEqual(PeerProtocol.name.dropFirst()),
            let certificate = unsafe SSL_get0_peer_certificate(session)
        else { return nil }
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let digest = unsafe CertificateKey.digest(X509_get_X509_PUBKEY(certificate)) else {
            return nil
        }
        var text = [UInt8](repeating: 0, count: Limits.peerStatementByteCount)
        let length = unsafe accredit_tls_statement(
            certificate, PeerProtocol.statement, &text, Int32(text.count))
        return PeerCertificate(
            keyDigest: digest,
            statement: length > 0
                ? String(validating: text[..<Int(length)], as: UTF8.self) : nil)
    }
}

extension CertificateKey {
    func digest() throws(WebError) -> Digest {
        var made: OpaquePointer?
        guard unsafe X509_PUBKEY_set(&made, key) == 1, let made = unsafe made else {
            throw WebError(.tls, "cannot write a public key: \(TLSErrors.text())")
        }
        defer { unsafe X509_PUBKEY_free(made) }
        guard let digest = unsafe Self.digest(made) else {
            throw WebError(.tls, "cannot write a public key: \(TLSErrors.text())")
        }
        return digest
    }

    /// SHA-256 of a SubjectPublicKeyInfo.
    static func digest(_ key: OpaquePointer?) -> Digest? {
        let count = unsafe i2d_X509_PUBKEY(key, nil)
        guard count > 0, count <= Limits.pemByteCount else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let isWritten = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            return unsafe i2d_X509_PUBKEY(key, &position) == count
        }
        return isWritten ? Digest.sha256(bytes) : nil
    }
}
