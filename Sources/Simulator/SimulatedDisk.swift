import Consensus
import Ledger

/// A disk as a node uses it: three journals, of what was heard, signed and agreed on, each written
/// in order and safe once it was synced. A crash loses what was not, or leaves the first part of
/// it; of a torn entry the checksum tells.
struct SimulatedDisk {
    struct StoredBlock {
        let block: ExecutedBlock
        let certificate: CommitCertificate

        var height: UInt64 { block.block.header.height }
    }

    struct Base {
        let snapshot: Snapshot
        let records: [[UInt8]: [UInt8]]
        let state: LedgerState
    }

    /// What was signed, as it was encoded, for which height, and how much of the log was on the
    /// disk by then.
    struct Signed {
        let record: [UInt8]
        let height: UInt64
        let loggedCount: Int
    }

    /// What a start finds of the log.
    struct Found {
        let logged: LoggedHeight?
        /// The height whose log is not what was synchronised with a signature.
        let damagedHeight: UInt64?
    }

    private struct Journal<Entry> {
        var durable: [Entry] = []
        var pending: [Entry] = []

        mutating func sync() {
            durable += pending
            pending = []
        }

        /// Keeps a part of what was not synced: a torn entry counts as not there, and so does
        /// everything after it.
        mutating func crash(_ random: inout SeededGenerator) {
            durable += pending.prefix(random.index(below: pending.count + 1))
            pending = []
        }
    }

    /// Only the newest record counts, so that no more is kept.
    private var signing = Journal<Signed>()
    /// A copy of the newest record, made some time ago.
    private var backup: Signed?
    /// Of the height under way; synchronised with the record of a signature.
    private var heard = Journal<LoggedInput>()
    /// The first entry of the log that cannot be read any more.
    private var spoiled: Int?
    private var chain = Journal<StoredBlock>()
    /// What the chain begins with, where that is not what every simulation begins with.
    private(set) var base: Base?
    /// What was held against others when that was written down last, as a whole.
    var charges: [Evidence] = []
    /// No more room: nothing can be written.
    var isFull = false
    /// What the mutant without syncs leaves out.
    var ignoresSync = false

    mutating func write(record: ConsensusRecord) {
        signing.pending.append(
            Signed(
                record: record.encoded(), height: record.height,
                loggedCount: heard.durable.count))
    }

    mutating func write(heard entry: LoggedInput) {
        if case .began = entry { (heard, spoiled) = (Journal(), nil) }
        heard.pending.append(entry)
    }

    mutating func write(_ block: StoredBlock) { chain.pending.append(block) }

    mutating func sync() {
        guard !ignoresSync else { return }
        signing.sync()
        signing.durable = signing.durable.suffix(1)
        heard.sync()
        chain.sync()
    }

    mutating func crash(_ random: inout SeededGenerator) {
        signing.crash(&random)
        heard.crash(&random)
        chain.crash(&random)
    }

    /// The newest record.
    var signed: Signed? { signing.pending.last ?? signing.durable.last }

    /// Leaves the record of signatures only, and what is held against others.
    mutating func loseChain() {
        (heard, spoiled, chain, base) = (Journal(), nil, Journal(), nil)
    }

    /// - Parameter state: that of the snapshot, checked.
    mutating func begin(with snapshot: Snapshot, _ state: LedgerState) {
        var records: [[UInt8]: [UInt8]] = [:]
        for record in snapshot.records + [.tip(snapshot.header)] {
            records[record.key] = record.value
        }
        base = Base(snapshot: snapshot, records: records, state: state)
    }

    // MARK: Damage

    /// Spoils a bit of the log, somewhere.
    mutating func spoil(_ random: inout SeededGenerator) {
        guard !heard.durable.isEmpty else { return }
        spoiled = min(spoiled ?? .max, random.index(below: heard.durable.count))
    }

    /// The height at which nothing may be signed any more, because something that was on the disk
    /// when this node signed for it is lost.
    var lostHeight: UInt64? {
        guard let spoiled, let signed, spoiled < signed.loggedCount,
            LoggedHeight(heard.durable + heard.pending)?.height == signed.height
        else { return nil }
        return signed.height
    }

    /// What was heard of the newest height that was begun, as the product's log is opened: a torn
    /// end is cut off; damage before it shows by how much the record of signatures counted on.
    mutating func openLog() -> Found {
        let entries = heard.durable + heard.pending
        let sound = Array(entries.prefix(spoiled ?? entries.count))
        let logged = LoggedHeight(sound)
        if let signed, signed.height >= logged?.height ?? 0,
            sound.count < signed.loggedCount || logged?.height != signed.height,
            signed.loggedCount > 0
        {
            return Found(logged: nil, damagedHeight: signed.height)
        }
        if spoiled != nil {
            (heard.durable, heard.pending, spoiled) = (sound, [], nil)
        }
        return Found(logged: logged, damagedHeight: nil)
    }

    /// Copies the record of signatures.
    mutating func backUpRecord() { backup = signed }

    /// Puts an older record of signatures in the place of the newest.
    mutating func restoreRecord() {
        guard let backup else { return }
        signing.durable = [backup]
        signing.pending = []
    }

    var backedUpHeight: UInt64? { backup?.height }
    /// Every block after those of the beginning.
    var blocks: [StoredBlock] { chain.durable + chain.pending }

    /// The block of a height, to be handed to others.
    /// - Parameter first: the height that every simulation begins with.
    func block(_ height: UInt64, after first: UInt64) -> StoredBlock? {
        let first = base?.snapshot.header.height ?? first
        guard height > first else { return nil }
        let place = Int(height - first - 1)
        let durableCount = chain.durable.count
        if place < durableCount { return chain.durable[place] }
        let late = place - durableCount
        return late < chain.pending.count ? chain.pending[late] : nil
    }
}
