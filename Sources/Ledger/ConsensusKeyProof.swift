package import Cryptography

/// The proof that a node holds the consensus key it names: an Ed25519 signature by that key, so
/// that nobody stands with somebody else's key.
package enum ConsensusKeyProof {
    /// What is signed: a domain line, the network's name, a line feed, the node's did.
    package static func message(network: String, node: Identity) -> [UInt8] {
        Array("accredit/v1/consensus-key\n\(network)\n\(node.text)".utf8)
    }

    /// 64 bytes.
    package static func sign(
        network: String, node: Identity, key: borrowing PrivateKey
    ) throws -> [UInt8] {
        try key.sign(message(network: network, node: node))
    }

    static func holds(_ entry: CandidateEntry, network: String) -> Bool {
        do {
            let key = try PublicKey(algorithm: .ed25519, bytes: entry.consensusKey)
            return key.verify(
                signature: entry.proof, message: message(network: network, node: entry.node))
        } catch {
            return false
        }
    }
}
