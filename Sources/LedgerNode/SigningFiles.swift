import Cryptography
import Ledger
import Storage

/// What a node's signing rests on, opened and closed together: its hold on the key, the record of
/// what was signed, and the log of what was heard at the height under way.
final class SigningFiles: Sendable {
    let store: SigningStore
    let log: ConsensusLog
    /// What the start found in the log.
    let found: ConsensusLog.Found
    private let keyLock: FileLock

    /// - Parameters:
    ///   - state: after the newest block in the same data folder.
    ///   - mayStartNew: the operator vouches that a missing record may be begun anew.
    ///   - isAccepted: the operator vouches that the key has signed nothing that neither the record
    ///     nor the chain has.
    /// - Throws: `locked` when another process has the key or the record; `signingRecord`;
    ///   `StorageError`.
    init(
        _ configuration: NodeConfiguration, genesis: Digest, key: PublicKey, state: LedgerState,
        mayStartNew: Bool, isAccepted: Bool, passing: (@Sendable (String) -> Void)? = nil
    ) throws {
        keyLock = try FileLock(of: configuration.consensusKey, purpose: "the consensus key")
        store = try SigningStore(
            path: configuration.data + "/signing.sqlite", genesis: genesis,
            consensusKey: key.bytes, chainHeight: state.tip.height, mayStartNew: mayStartNew,
            passing: passing)
        do {
            if isAccepted { try store.vouch(upTo: state.tip.height) }
            let opened = try ConsensusLog.open(
                path: configuration.data + "/consensus.log", record: try store.load(),
                passing: passing)
            log = opened.log
            found =
                isAccepted
                ? ConsensusLog.Found(logged: opened.found.logged, damagedHeight: nil)
                : opened.found
        } catch {
            store.close()
            throw error
        }
    }

    func close() {
        log.close()
        store.close()
        keyLock.release()
    }
}
