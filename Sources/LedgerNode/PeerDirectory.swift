import Encoding
import Ledger

/// Which nodes there are to talk to, as the newest block leaves it.
struct PeerDirectory: Sendable {
    /// Representatives of the newest block and of the next ones, each once, in order of heights:
    /// the newest block's still help, and are helped by, whoever lacks it.
    let members: [Representative]
    /// Who decides the next block.
    let deciders: [Representative]
    /// How many of these must agree.
    let quorum: Int
    let tip: UInt64

    init(_ state: LedgerState) {
        tip = state.tip.height
        deciders = state.representatives(at: tip + 1).list
        quorum = state.quorum(at: tip + 1)
        var members: [Representative] = []
        for height in max(tip, 1)...tip + 2 {
            for member in state.representatives(at: height).list where !members.contains(member) {
                members.append(member)
            }
        }
        self.members = members
    }

    func isMember(_ node: Identity) -> Bool { members.contains { $0.node == node } }

    /// The nodes that the ledger knows to be reached there.
    func nodes(at endpoint: String) -> [Identity] {
        members.filter { $0.endpoint.hasSameBytes(as: endpoint) }.map(\.node)
    }
}
