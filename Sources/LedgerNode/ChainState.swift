import Cryptography
import Encoding
import Ledger
import Synchronization

/// The committed state, shared by the core, which alone changes it, and everybody who reads. Reads
/// are short and run under the lock, so that a commit never finds a copy and has to copy the
/// records.
final class ChainState: Sendable {
    private let state: Mutex<LedgerState>

    init(_ state: LedgerState) { self.state = Mutex(state) }

    func read<T: Sendable>(_ body: (LedgerState) throws -> T) rethrows -> T {
        try state.withLock { try body($0) }
    }

    var tip: Tip { read(\.tip) }

    /// A record after the tip, or nil, and the proof of either.
    func recordProof(
        of name: RecordName
    ) -> (height: UInt64, value: [UInt8]?, proof: RecordProof) {
        read { state in
            let (value, proof) = state.proof(of: name)
            return (state.tip.height, value, proof)
        }
    }

    /// The state itself, for executing a block beside it. To be let go of before `commit`.
    func snapshot() -> LedgerState { state.withLock { $0 } }

    /// - Throws: `block` when the block does not follow.
    func commit(_ executed: ExecutedBlock) throws(LedgerError) {
        try state.withLock { state throws(LedgerError) in try state.commit(executed) }
    }
}
