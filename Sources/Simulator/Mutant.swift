import Consensus
import Replication

/// One protection taken away from every honest node, to show that the checks would notice.
package enum Mutant: String, Sendable, CaseIterable {
    /// A node votes as if it had locked nothing.
    case lockIgnored = "lock-ignored"
    /// What is signed is not recorded.
    case recordSkipped = "record-skipped"
    /// Records and blocks are written, but nobody waits until they are on the disk.
    case syncSkipped = "sync-skipped"
    /// The same vote counts each time it comes.
    case duplicateVoteCounted = "duplicate-vote-counted"
    /// One vote fewer than the quorum is enough.
    case quorumOffByOne = "quorum-off-by-one"
    /// Those who were elected sit one height too early.
    case seatsEarly = "seats-early"
    /// Evidence is never handed in.
    case evidenceKept = "evidence-kept"
    /// Nobody does the work that blocks need, and nobody asks for it.
    case workSkipped = "work-skipped"

    /// Seeds within which every mutant is noticed.
    package static let seedCount: UInt64 = 200

    /// The network that the nodes believe to be in.
    func shape(of shape: Shape) -> Shape {
        var changed = shape
        if self == .workSkipped { changed.workBits = 0 }
        return changed
    }

    var broken: RuleBreak? {
        switch self {
        case .lockIgnored: .lockIgnored
        case .duplicateVoteCounted: .duplicateVoteCounted
        case .quorumOffByOne: .quorumOffByOne
        case .recordSkipped, .syncSkipped, .seatsEarly, .evidenceKept, .workSkipped: nil
        }
    }
}
