package import Cryptography

/// A private key that tests can pass around.
package final class KeyPair: Sendable {
    package let key: PrivateKey

    package init(_ algorithm: KeyAlgorithm = .es256) throws {
        key = try PrivateKey.generate(algorithm)
    }

    package var publicKey: PublicKey { key.publicKey }
    package var did: String { key.publicKey.did }
}
