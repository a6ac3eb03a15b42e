import Cryptography

/// A private key that several tasks may share: an account, a node, a registrar.
final class Signer: Sendable {
    let key: PrivateKey
    let did: String

    init(_ key: consuming PrivateKey) {
        did = key.publicKey.did
        self.key = key
    }
}
