import Cryptography
import Encoding

@testable import Ledger

/// Somebody with a key that is the same in every run.
final class Person: Sendable {
    let key: PrivateKey
    let identity: Identity

    init(_ name: String) throws {
        key = try PrivateKey(pem: Array(Self.pem(seed: name).utf8), passphrase: nil)
        identity = Identity(key.publicKey)
    }

    var did: String { identity.text }

    /// An Ed25519 key in PKCS #8 (RFC 8410) whose 32 bytes are the digest of a name.
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

/// SplitMix64: the same numbers for the same seed.
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) % bound
    }
}
