import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// One process: the product's replica and ledger, and a simulated machine around them.
final class Node {
    /// Among all processes.
    let number: Int
    /// Whose keys it has.
    let place: Int
    let lies: [Lie]
    /// 0 or 1: what side of a split it is on.
    let side: Int
    var replica: Replica
    var state: LedgerState
    var disk = SimulatedDisk()
    var pool: [VerifiedTransaction] = []

    var isUp = true
    /// Counts restarts: what was asked for in an earlier life comes to nobody.
    var life = 0
    private(set) var inbox: [ReplicaInput] = []
    private var taken = 0
    /// Virtual milliseconds until which it works on one input.
    var busyUntil: Int64 = 0
    /// How long the input under way has taken so far.
    var elapsed: Int64 = 0
    var isWorkDue = false
    /// The newest request to be woken.
    var waking = 0
    var isBehind = false
    var lookedAt: Int64 = 0

    /// The height at which it may sign nothing, having lost what it had heard.
    var lostHeight: UInt64?
    /// Something of its log was spoiled at least once.
    var hasLost = false
    /// It has not signed since it lost that.
    var owesVote = false
    /// It may sign nothing more: its record of signatures is an old one.
    var isOutdated = false

    /// What it holds against others.
    var charges: [Evidence] = []
    var isDeskDue = false

    /// What a liar heard last, to make something of it.
    var heardVote: SignedVote?
    /// What a liar said, to be said again.
    var said: [SignedMessage] = []
    /// Ids of blocks it heard of at the height under way.
    var heardOf: [Digest] = []

    var isMalicious: Bool { !lies.isEmpty }

    init(
        number: Int, place: Int, lies: [Lie], side: Int, replica: Replica, state: LedgerState
    ) {
        self.number = number
        self.place = place
        self.lies = lies
        self.side = side
        self.replica = replica
        self.state = state
    }

    var hasWork: Bool { taken < inbox.count }

    func queue(_ input: ReplicaInput) {
        // As many as a node keeps; rebroadcasting brings the rest again.
        guard inbox.count - taken < 1024 else { return }
        inbox.append(input)
    }

    func nextWork() -> ReplicaInput? {
        guard taken < inbox.count else { return nil }
        taken += 1
        let input = inbox[taken - 1]
        if taken == inbox.count { forgetWork() }
        return input
    }

    func forgetWork() {
        inbox.removeAll(keepingCapacity: true)
        taken = 0
    }

    /// What a block may be made of: evidence comes first.
    var waiting: [VerifiedTransaction] {
        let evidence = pool.filter(\.isEvidence)
        return evidence.isEmpty ? pool : evidence + pool.filter { !$0.isEvidence }
    }

    /// Takes out of the pool what a block used up.
    func forget(_ committed: [VerifiedTransaction]) {
        guard !pool.isEmpty else { return }
        pool.removeAll { waiting in
            committed.contains {
                $0.transaction.sender == waiting.transaction.sender
                    && $0.transaction.sequence >= waiting.transaction.sequence
            }
        }
    }
}

extension VerifiedTransaction {
    var isEvidence: Bool {
        if case .evidence = transaction.body { true } else { false }
    }
}
