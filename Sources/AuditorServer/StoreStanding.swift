import Synchronization

/// Whether this auditor's store may be signed from. A store from an old backup has forgotten what
/// was signed since: it would give a second credential for what has one, take revocations back and
/// grow another log under the same name.
final class StoreStanding: Sendable {
    enum State: Sendable, Equatable {
        /// Nobody was asked yet, or nobody answered.
        case unchecked
        /// Somebody answered, and nobody knows more than the store.
        case good
        /// Something that this auditor signed is not in the store.
        case setBack(String)
    }

    private let state = Mutex(State.unchecked)
    private let checker = Mutex<(@Sendable () async -> Void)?>(nil)

    var current: State { state.withLock { $0 } }

    /// Who is asked when somebody wants to sign and nothing is known yet.
    func check(_ body: @escaping @Sendable () async -> Void) { checker.withLock { $0 = body } }

    /// Nobody knows more. A store that was set back stays so until another one takes its place.
    func approve() { state.withLock { if $0 == .unchecked { $0 = .good } } }

    func setBack(_ evidence: String) { state.withLock { $0 = .setBack(evidence) } }

    /// - Throws: `storeSetBack`, or `storeUnchecked`.
    func allowsSigning() throws(AuditorError) {
        switch current {
        case .good: return
        case .unchecked:
            throw AuditorError(
                .storeUnchecked,
                "no ledger node and no other auditor answered yet whether this store is the "
                    + "newest; nothing is signed before one does")
        case .setBack(let evidence): throw AuditorError(.storeSetBack, evidence)
        }
    }

    /// The same, after asking when nobody was asked yet.
    @inline(never)
    func requireSigning() async throws {
        // A check that is under way may have begun before somebody could answer.
        for _ in 0..<2 where current == .unchecked {
            if let checker = checker.withLock({ $0 }) { await checker() }
        }
        try allowsSigning()
    }
}
