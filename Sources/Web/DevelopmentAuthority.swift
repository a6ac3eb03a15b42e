import COpenSSL
import Glibc

/// A throw-away certificate authority for networks on one machine, and the server certificates it
/// issues. Its key lies unencrypted beside its certificate: never trust it outside a test network.
package enum DevelopmentAuthority {
    private static let certificateName = "authority.pem"
    private static let keyName = "authority.key"
    private static let authorityDays = 3_650

    /// Makes `authority.pem` (0644) and `authority.key` (0600) in an existing directory. Refuses to
    /// replace either.
    package static func create(directory: String) throws(WebError) -> TrustAnchors {
        let key = try CertificateKey.generate()
        let certificate = try Certificate.issue(
            subject: "Accredit development authority", key: key, by: nil, days: authorityDays,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ])
        try NewFile.write(try key.pem(), to: "\(directory)/\(keyName)", mode: 0o600)
        let path = "\(directory)/\(certificateName)"
        try NewFile.write(try certificate.pem(), to: path, mode: 0o644)
        return TrustAnchors(path: path)
    }

    /// Issues `<server>.pem` (0644) and `<server>.key` (0600) into `directory`, signed by the
    /// authority in `authority` (the same directory by default). `names` are the IP addresses and
    /// host names clients will call.
    package static func issue(
        server: String, names: [String] = ["127.0.0.1", "::1", "localhost"], directory: String,
        authority: String? = nil, days: Int = 365
    ) throws(WebError) -> TLSIdentity {
        let home = authority ?? directory
        guard (1...Limits.certificateNameCount).contains(names.count),
            names.allSatisfy({ Syntax.isHost($0.utf8) }), Syntax.isHost(server.utf8)
        else {
            throw WebError(
                .tls,
                "a certificate needs 1 to \(Limits.certificateNameCount) host names or IP addresses"
            )
        }
        let alternatives = names.map { name in
            let address = SocketAddress(host: name, port: 0)
            return (address.isLiteral ? "IP:" : "DNS:") + name
        }
        let issuer = Certificate.Issuer(
            certificate: try Certificate.read("\(home)/\(certificateName)"),
            key: try CertificateKey.read("\(home)/\(keyName)"))
        let key = try CertificateKey.generate()
        let certificate = try Certificate.issue(
            subject: server, key: key, by: issuer, days: days,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"),
                (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid"),
                (NID_subject_alt_name, alternatives.joined(separator: ",")),
            ])
        let identity = TLSIdentity(
            certificateChainPath: "\(directory)/\(server).pem",
            privateKeyPath: "\(directory)/\(server).key")
        try NewFile.write(try key.pem(), to: identity.privateKeyPath, mode: 0o600)
        try NewFile.write(
            try certificate.pem(), to: identity.certificateChainPath, mode: 0o644)
        return identity
    }
}
