import Cryptography
import Encoding
import Storage

/// The two private keys of a node.
final class NodeKeys: Sendable {
    /// Names the node: its did, and what it signs applications and device answers with.
    let node: PrivateKey
    /// Ed25519; signs consensus messages and nothing else.
    let consensus: PrivateKey

    /// - Throws: `StorageError` for a file that is missing or that others can read, `KeyError` for
    ///   a wrong passphrase, `key` for a key of the wrong kind.
    init(_ configuration: NodeConfiguration) throws {
        let passphrase = try configuration.passphraseFile.map(SecretFile.passphrase)
        node = try KeyFile.read(configuration.nodeKey, passphrase: passphrase)
        consensus = try KeyFile.read(configuration.consensusKey, passphrase: passphrase)
        guard consensus.algorithm == .ed25519 else {
            throw NodeError(
                .key,
                "\(configuration.consensusKey) holds a \(consensus.algorithm.rawValue) key; a "
                    + "consensus key is Ed25519: accredit keys generate --type Ed25519")
        }
    }

    var identity: String { node.publicKey.did }
}
