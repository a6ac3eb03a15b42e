import Credentials
import Cryptography
import Encoding
package import Ledger
import Storage

extension TestNetwork {
    /// What a node needs to stand: an application, the consent of every auditor, the bundle, and
    /// the proof that it holds its consensus key.
    package func candidacy(of index: Int) throws -> CandidateEntry {
        let node = nodes[index]
        // Credentials are valid from a moment before now, so that the next block takes them.
        let time = Instant(seconds: SystemClock.now().seconds - 2)
        let draft = ApplicationDraft(
            network: network, operatorName: "operator of \(node.name)", endpoint: node.endpoint,
            consensusKey: node.consensus.publicKey, issuedAt: time,
            nonce: SecureRandom.bytes(16),
            qualifications: Qualifications(device: .test(measuredAt: time), deposits: []))
        let application = try draft.sign(with: node.pair.key)
        let bundle = try Bundle.merge(
            try auditors.map { try $0.credential(for: application, at: time) },
            holder: node.pair.did, keyID: node.pair.did, id: SecureRandom.uuid(), at: time,
            key: node.pair.key)
        return CandidateEntry(
            node: node.identity, consensusKey: node.consensus.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: network, node: node.identity, key: node.consensus.key),
            endpoint: node.endpoint, bundle: bundle.jws.compact)
    }
}
