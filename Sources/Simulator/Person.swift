package import Cryptography
import Encoding
package import Ledger

/// Somebody with an Ed25519 key that is the same in every run.
package final class Person: Sendable {
    package let key: PrivateKey
    package let identity: Identity

    /// The person of this name: a name gives the same key everywhere. No secret.
    /// - Throws: `KeyError` where OpenSSL takes no Ed25519 key.
    package init(_ name: String) throws {
        key = try PrivateKey(pem: Self.pem(seed: name))
        identity = Identity(key.publicKey)
    }

    /// The did:key, as documents name the person.
    package var did: String { identity.text }

    /// PKCS #8 (RFC 8410) whose 32 bytes are the digest of a name.
    private static func pem(seed: String) -> String {
        let prefix: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ]
        let body = Base64URL.encode(prefix + Digest.sha256(Array(seed.utf8)).bytes)
            .map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return "-----BEGIN PRIVATE KEY-----\n\(String(body))\n-----END PRIVATE KEY-----\n"
    }
}
