import Encoding
import Ledger
import Storage

/// Totals at one height.
struct StoredResults: Sendable {
    let height: UInt64
    let time: Instant
    /// False while no later block proves that none was missed before the cut-off.
    let isFinal: Bool
    let totals: [(candidate: String, votes: Int64, height: UInt64)]
}

extension BlockStore {
    /// Proof of an election's record against the state root of its block; nil for genesis and for
    /// elections to come.
    func electionProof(_ number: UInt64) throws -> RecordProof? {
        guard let key = Int64(exactly: number) else { return nil }
        let bytes = try database.read { connection in
            try connection.first("SELECT proof FROM elections WHERE number = ?", [.integer(key)]) {
                $0.blob(0)
            }
        }
        return try bytes.map { try RecordProof(try JSON.parse($0)) }
    }

    /// The totals after the last block whose time is before `time`; nil before block 1.
    /// - Parameter candidate: the only one asked about; nil for all.
    func results(before time: Instant, candidate: String? = nil) throws -> StoredResults? {
        try database.read { connection in
            let last = try connection.first(
                "SELECT height, time FROM blocks WHERE time < ? ORDER BY time DESC LIMIT 1",
                [.integer(time.milliseconds)]
            ) { ($0.int(0), $0.int(1)) }
            guard let (height, moment) = last else { return nil }
            let later = try connection.first(
                "SELECT 1 FROM blocks WHERE height > ? LIMIT 1", [.integer(height)]
            ) { $0.int(0) }
            // Of each candidate the newest entry up to that height, found by one look-up.
            let totals = try connection.query(
                "SELECT node, votes, height FROM candidates JOIN tallies USING (number) "
                    + "WHERE height = (SELECT max(height) FROM tallies AS entry "
                    + "WHERE entry.number = candidates.number AND entry.height <= ?) "
                    + (candidate == nil ? "" : "AND node = ? ") + "ORDER BY votes DESC, node",
                [.integer(height)] + (candidate.map { [.text($0)] } ?? [])
            ) { (candidate: $0.text(0), votes: $0.int(1), height: UInt64(clamping: $0.int(2))) }
            return StoredResults(
                height: UInt64(clamping: height), time: Instant(milliseconds: moment),
                isFinal: later != nil,
                totals: totals)
        }
    }
}
