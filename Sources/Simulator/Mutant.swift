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
    /// Representatives lose their seats for less silence than the network says.
    case silenceShortened = "silence-shortened"
    /// Nobody loses its seat for silence.
    case silenceIgnored = "silence-ignored"

    /// A node whose log is damaged goes on with what is left.
    case damageIgnored = "damage-ignored"
    /// A node takes an old record of its signatures for the newest.
    case olderRecordTaken = "older-record-taken"

    /// Nobody compares a snapshot with the root that was agreed on, and all are incomplete.
    case snapshotUnchecked = "snapshot-unchecked"

    /// Seeds within which every mutant is noticed.
    package static let seedCount: UInt64 = 200

    /// The network that the nodes believe to be in.
    func shape(of shape: Shape) -> Shape {
        var changed = shape
        switch self {
        case .workSkipped: changed.workBits = 0
        case .silenceShortened: changed.silenceBlocks = min(shape.silenceBlocks, 1)
        case .silenceIgnored: changed.silenceBlocks = 0
        case .lockIgnored, .recordSkipped, .syncSkipped, .duplicateVoteCounted, .quorumOffByOne,
            .seatsEarly, .evidenceKept, .damageIgnored, .olderRecordTaken,
            .snapshotUnchecked:
            break
        }
        return changed
    }

    var broken: RuleBreak? {
        switch self {
        case .lockIgnored: .lockIgnored
        case .duplicateVoteCounted: .duplicateVoteCounted
        case .quorumOffByOne: .quorumOffByOne
        case .recordSkipped, .syncSkipped, .seatsEarly, .evidenceKept, .workSkipped,
            .silenceShortened, .silenceIgnored, .damageIgnored, .olderRecordTaken,
            .snapshotUnchecked:
            nil
        }
    }
}
