import Encoding

/// A kind of signature key. The raw value is the JOSE name (RFC 7518 section 3.4, RFC 9864).
package enum KeyAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// EdDSA on edwards25519 (RFC 8032).
    case ed25519 = "Ed25519"

    /// Whether a header or key that names `name` may go with a key of this kind. RFC 9864 keeps the
    /// old name `EdDSA` for verification.
    func accepts(name: String) -> Bool {
        switch self {
        case .es256: name.hasSameBytes(as: "ES256")
        case .ed25519: name.hasSameBytes(as: "Ed25519") || name.hasSameBytes(as: "EdDSA")
        }
    }

    /// The multicodec prefix of a public key in `did:key`, as varint bytes.
    var multicodec: [UInt8] {
        switch self {
        case .es256: [0x80, 0x24]
        case .ed25519: [0xED, 0x01]
        }
    }
}
