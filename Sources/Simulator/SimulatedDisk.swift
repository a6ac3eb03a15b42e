import Consensus
import Ledger

/// A disk as a node uses it: three journals, of what was heard, signed and agreed on, each written
/// in order and safe once it was synced. A crash loses what was not, or leaves the first part of
/// it; of a torn entry the checksum tells.
struct SimulatedDisk {
    struct StoredBlock {
        let block: ExecutedBlock
        let certificate: CommitCertificate
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
    private var signing = Journal<[UInt8]>()
    /// Of the height under way; synchronised with the record of a signature.
    private var heard = Journal<LoggedInput>()
    private var chain = Journal<StoredBlock>()
    /// What was held against others when that was written down last, as a whole.
    var charges: [Evidence] = []
    /// No more room: nothing can be written.
    var isFull = false
    /// What the mutant without syncs leaves out.
    var ignoresSync = false

    mutating func write(record: [UInt8]) { signing.pending.append(record) }

    mutating func write(heard entry: LoggedInput) {
        if case .began = entry { heard = Journal() }
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

    /// The newest record as it was encoded.
    var record: [UInt8]? { signing.pending.last ?? signing.durable.last }
    /// What was heard of the newest height that was begun.
    var log: LoggedHeight? { LoggedHeight(heard.durable + heard.pending) }
    /// Every block after those of the beginning.
    var blocks: [StoredBlock] { chain.durable + chain.pending }

    /// The block of a height, to be handed to others.
    func block(_ height: UInt64, after first: UInt64) -> StoredBlock? {
        guard height > first else { return nil }
        let place = Int(height - first - 1)
        let durableCount = chain.durable.count
        if place < durableCount { return chain.durable[place] }
        let late = place - durableCount
        return late < chain.pending.count ? chain.pending[late] : nil
    }
}
