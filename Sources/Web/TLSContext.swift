import COpenSSL
import Glibc

/// The files a server shows itself with: its certificate chain, leaf first, and the leaf's key.
package struct TLSIdentity: Sendable, Hashable {
    package let certificateChainPath: String
    package let privateKeyPath: String

    package init(certificateChainPath: String, privateKeyPath: String) {
        self.certificateChainPath = certificateChainPath
        self.privateKeyPath = privateKeyPath
    }
}

/// The file of authorities (PEM) a client takes certificates from; nothing else is trusted.
package struct TrustAnchors: Sendable, Hashable {
    package let path: String

    package init(path: String) { self.path = path }
}

/// TLS 1.3 and 1.2 as every connection here has it: forward secrecy and authenticated encryption
/// only, no tickets, no resumption, no renegotiation, no compression, `http/1.1` by ALPN.
/// OpenSSL lets threads share a context that is no longer changed, which is why it is Sendable.
@safe final class TLSContext: @unchecked Sendable {
    let context: OpaquePointer
    private let isServer: Bool
    /// What peers are shown; nil where there are none. OpenSSL holds it by its address.
    private let offer: PeerOffer?

    private static let groups = "X25519:P-256:P-384"
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    private static let protocols: [UInt8] = [8] + Array("http/1.1".utf8)

    init(isServer: Bool, offer: PeerOffer? = nil) throws(WebError) {
        ERR_clear_error()
        let method = isServer ? unsafe TLS_server_method() : unsafe TLS_client_method()
        guard let context = unsafe SSL_CTX_new(method) else {
            throw WebError(.tls, "cannot make a TLS context: \(TLSErrors.text())")
        }
        unsafe self.context = unsafe context
        self.isServer = isServer
        self.offer = offer
        unsafe accredit_tls_restrict(context)
        guard unsafe accredit_tls_set_versions(context, TLS1_2_VERSION, TLS1_3_VERSION) == 1,
            unsafe accredit_tls_set_groups(context, Self.groups) == 1,
            unsafe SSL_CTX_set_cipher_list(context, Self.ciphers) == 1
        else { throw WebError(.tls, "cannot set up TLS: \(TLSErrors.text())") }
        // Without this, OpenSSL asks the terminal for the passphrase of an encrypted key.
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
    }

    deinit { unsafe SSL_CTX_free(context) }

    static func server(
        _ identity: TLSIdentity, peers offer: PeerOffer? = nil
    ) throws(WebError) -> TLSContext {
        let made = try TLSContext(isServer: true, offer: offer)
        try requirePrivate(identity.privateKeyPath)
        let chain = identity.certificateChainPath
        guard unsafe SSL_CTX_use_certificate_chain_file(made.context, chain) == 1 else {
            throw WebError(
                .tls,
                "cannot read the certificate chain \(chain): \(TLSErrors.text()); "
                    + "name a PEM file with the server's certificate first")
        }
        let key = identity.privateKeyPath
        guard unsafe SSL_CTX_use_PrivateKey_file(made.context, key, SSL_FILETYPE_PEM) == 1,
            unsafe SSL_CTX_check_private_key(made.context) == 1
        else {
            throw WebError(
                .tls,
                "cannot use the private key \(key): \(TLSErrors.text()); "
                    + "name the unencrypted PEM key that belongs to \(chain)")
        }
        made.chooseProtocol()
        if let offer { made.welcomePeers(offer) }
        return made
    }

    /// Agrees on the peers' protocol where peers are welcome and it is offered, and on `http/1.1`
    /// otherwise.
    private func chooseProtocol() {
        let welcoming = unsafe offer.map { unsafe Unmanaged.passUnretained($0).toOpaque() }
        unsafe SSL_CTX_set_alpn_select_cb(
            context,
            { _, output, outputLength, list, count, welcoming in
                let names =
                    unsafe welcoming == nil
                    ? [TLSContext.protocols] : [PeerProtocol.name, TLSContext.protocols]
                for name in names {
                    if let place = unsafe TLSContext.place(of: name, in: list, Int(count)) {
                        unsafe output?.pointee = unsafe place
                        unsafe outputLength?.pointee = name[0]
                        return SSL_TLSEXT_ERR_OK
                    }
                }
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }, welcoming)
    }

    /// Finds a name in a client's list of length-prefixed names (RFC 7301 §3.1).
    private static func place(
        of name: [UInt8], in list: UnsafePointer<UInt8>?, _ count: Int
    ) -> UnsafePointer<UInt8>? {
        guard let list = unsafe list else { return nil }
        let bytes = unsafe UnsafeBufferPointer(start: list, count: count)
        var index = 0
        while index < count {
            let end = unsafe index + 1 + Int(bytes[index])
            guard end <= count else { return nil }
            if unsafe bytes[index..<end].elementsEqual(name) {
                return unsafe list + index + 1
            }
            index = end
        }
        return nil
    }

    static func client(_ anchors: TrustAnchors) throws(WebError) -> TLSContext {
        let made = try TLSContext(isServer: false)
        guard unsafe SSL_CTX_load_verify_locations(made.context, anchors.path, nil) == 1 else {
            throw WebError(
                .tls,
                "cannot read authorities from \(anchors.path): \(TLSErrors.text()); "
                    + "name a PEM file with the authority's certificate")
        }
        unsafe SSL_CTX_set_verify(made.context, SSL_VERIFY_PEER, nil)
        let list = protocols
        guard unsafe SSL_CTX_set_alpn_protos(made.context, list, UInt32(list.count)) == 0 else {
            throw WebError(.tls, "cannot set up ALPN: \(TLSErrors.text())")
        }
        return made
    }

    /// A session over a connected socket. A client's session accepts a certificate for exactly
    /// the host or IP address it calls.
    func session(descriptor: Int32, calling host: SocketAddress?) throws(WebError) -> TLSSession {
        ERR_clear_error()
        guard let session = unsafe SSL_new(context) else {
            throw WebError(.tls, "cannot begin a TLS session: \(TLSErrors.text())")
        }
        let made = unsafe TLSSession(session)
        guard unsafe SSL_set_fd(session, descriptor) == 1 else {
            throw WebError(.tls, "cannot begin a TLS session: \(TLSErrors.text())")
        }
        guard let host else {
            precondition(isServer, "a client's session has to name whom it calls")
            unsafe SSL_set_accept_state(session)
            return made
        }
        if let offer {
            guard unsafe Self.show(offer.identity(), in: session) else {
                throw WebError(.tls, "cannot show a peer's certificate: \(TLSErrors.text())")
            }
            unsafe SSL_set_connect_state(session)
            return made
        }
        let isSet: Bool
        if host.isLiteral {
            let parameters = unsafe SSL_get0_param(session)
            isSet = unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host.host) == 1
        } else {
            unsafe SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            isSet =
                unsafe SSL_set1_host(session, host.host) == 1
                && accredit_tls_set_server_name(session, host.host) == 1
        }
        guard isSet else {
            throw WebError(.tls, "cannot demand a certificate for \(host.host)")
        }
        unsafe SSL_set_connect_state(session)
        return made
    }

    private static func requirePrivate(_ path: String) throws(WebError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw WebError(.tls, "cannot read the private key \(path): \(systemText(errno))")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw WebError(
                .tls, "others can read the private key \(path); run: chmod 600 \(path)")
        }
    }
}
