import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization

/// What the core last said about itself, for requests to read without waiting for it.
final class NodeBoard: Sendable {
    struct View: Sendable {
        /// Monotonic milliseconds since which agreement waits for what it waits for.
        fileprivate(set) var stepSince: Int64 = SystemClock.monotonicMilliseconds()
        /// Why blocks could not be fetched lately, by endpoint.
        var fetchFailures: [String: String] = [:]
        /// Nil while this node takes no part in agreeing on the next block.
        var consensus: ConsensusStatus?
        /// The chain was compared with the peers since the start.
        var isSynchronised = false
        /// Somebody speaks of later heights than the next one.
        var isBehind = false
        /// Many blocks are being fetched: what can wait leaves the processors to them.
        var isCatchingUp = false
        /// Why this node signs nothing although it is a representative.
        var withheld: String?
        /// Monotonic milliseconds of the last commit, or of the start.
        var committedAt: Int64 = 0
        /// The node is being stopped: nobody waits any more.
        var isStopping = false
        /// Set once the node can not go on.
        var failure: String?
    }

    private let state = Mutex(View())

    var view: View { state.withLock { $0 } }

    func update(_ body: (inout View) -> Void) {
        state.withLock { view in
            let before = view.consensus
            body(&view)
            let after = view.consensus
            let isSame =
                before?.height == after?.height && before?.round == after?.round
                && before?.waiting == after?.waiting
            if !isSame { view.stepSince = SystemClock.monotonicMilliseconds() }
        }
    }
}
