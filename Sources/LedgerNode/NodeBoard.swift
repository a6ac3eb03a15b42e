import Consensus
import Cryptography
import Encoding
import Ledger
import Synchronization

/// What the core last said about itself, for requests to read without waiting for it.
final class NodeBoard: Sendable {
    struct View: Sendable {
        /// Nil while this node takes no part in agreeing on the next block.
        var consensus: ConsensusStatus?
        /// The chain was compared with the peers since the start.
        var isSynchronised = false
        /// Somebody speaks of later heights than the next one.
        var isBehind = false
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

    func update(_ body: (inout View) -> Void) { state.withLock { body(&$0) } }
}
