package import Consensus
import Cryptography
package import Ledger

/// A chain followed from genesis by the state machine itself, believing nothing: every
/// certificate, every signature and every root is checked again.
package struct ChainReplay: Sendable {
    package private(set) var state: LedgerState
    private let keys = KeyCache()
    /// Transactions followed.
    package private(set) var transactionCount: UInt64 = 0

    /// - Throws: `network` for a genesis file that makes no state.
    package init(genesis: Genesis) throws(ProofError) {
        do { state = try LedgerState(genesis: genesis) } catch {
            throw ProofError(.network, error.detail)
        }
    }

    /// Follows the next block.
    /// - Parameters:
    ///   - transactions: compact.
    ///   - codes: the results that were told with them.
    /// - Throws: `certificate` or `replay`, saying what differs.
    package mutating func follow(
        header bytes: [UInt8], transactions: [String], codes: [String],
        certificate: CommitCertificate
    ) throws(ProofError) {
        let height = state.tip.height + 1
        do {
            let header = try BlockHeader(bytes: bytes)
            let set = try RepresentativeSet(
                try state.representatives(at: height).list.map {
                    try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
                }, approval: ApprovalPolicy(state.parameters.approval),
                genesis: state.genesisDigest, since: state.seatedSince(at: height))
            try certificate.verify(
                set: set, network: state.network, height: height, valueID: header.id)
            let block = try ReceivedBlock(header: header, transactions: transactions)
                .verified(keys: keys)
            let executed = try state.verify(block)
            let results = executed.results.map(\.code.rawValue)
            guard results == codes else {
                throw ProofError(
                    .replay, "the results told with block \(height) are not those of the rules")
            }
            try state.commit(executed)
            transactionCount += UInt64(transactions.count)
        } catch let error as ProofError {
            throw error
        } catch let error as ConsensusError {
            throw ProofError(.certificate, "block \(height): \(error.detail)")
        } catch let error as LedgerError {
            throw ProofError(.replay, "block \(height): \(error.detail)")
        } catch {
            throw ProofError(.replay, "block \(height): \(error)")
        }
    }
}
