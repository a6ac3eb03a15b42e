import Cryptography
import Encoding
import Ledger
import Synchronization
import Web

/// The committed state, shared by the core, which alone changes it, and everybody who reads. Reads
/// are short and run under the lock, so that a commit never finds a copy and has to copy the
/// records.
final class ChainState: Sendable {
    private let state: Mutex<LedgerState>
    /// Called by whoever finds that stored records cannot be read any more.
    private let noteFailure: @Sendable () -> Void

    init(_ state: LedgerState, noteFailure: @escaping @Sendable () -> Void = {}) {
        self.state = Mutex(state)
        self.noteFailure = noteFailure
    }

    func read<T: Sendable>(_ body: (LedgerState) throws -> T) rethrows -> T {
        try state.withLock { try body($0) }
    }

    /// `read` for what may need records on the disk: an answer from a record that could not be read
    /// is not given.
    func readRecords<T: Sendable>(_ body: (LedgerState) throws -> T) throws -> T {
        let (answer, failure) = try state.withLock { (try body($0), $0.failure) }
        guard let failure else { return answer }
        noteFailure()
        throw Problem(
            type: "records-unreadable", title: "This node cannot read its records", status: 503,
            detail: failure, fix: "Ask another node of the network.")
    }

    /// Why stored records cannot be read any more; then no block may be executed.
    var failure: String? { read(\.failure) }

    var tip: Tip { read(\.tip) }

    /// A record after the tip, or nil, and the proof of either.
    func recordProof(
        of name: RecordName
    ) throws -> (height: UInt64, value: [UInt8]?, proof: RecordProof) {
        try readRecords { state in
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
