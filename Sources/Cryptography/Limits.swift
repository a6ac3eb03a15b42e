/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// Bytes of a compact JWS when its reader names no other bound.
    static let tokenByteCountMaximum = 65_536

    /// Bytes of a decoded JWS header.
    static let headerByteCountMaximum = 4096

    /// Containers inside each other in a JWS header.
    static let headerDepthMaximum = 8

    /// Bytes of a `did:key`: P-256 takes 57, Ed25519 56.
    static let identifierByteCountMaximum = 96

    /// Keys in a JWK set.
    static let keySetCountMaximum = 256

    /// Bytes of a PEM key file.
    static let keyFileByteCountMaximum = 16_384

    /// Bytes of a passphrase: OpenSSL's reader takes no more.
    static let passphraseByteCountMaximum = 1024

    /// Bytes of a token key's URI.
    static let tokenURIByteCountMaximum = 1024

    /// Keys a cache holds when its owner names no other bound.
    static let cachedKeyCount = 8192

    /// scrypt cost of an encrypted key file: N, r, p of RFC 7914; 16 MiB and some 30 ms. It is the
    /// largest power of two that OpenSSL 3.0 opens again under its default memory bound.
    static let scryptCost: (n: UInt64, r: UInt64, p: UInt64) = (16_384, 8, 1)

    /// Random bytes that salt the passphrase of a key file.
    static let saltByteCount: Int32 = 16
}
