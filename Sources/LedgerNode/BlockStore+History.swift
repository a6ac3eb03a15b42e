import Encoding
import Storage

/// One change of a candidate's tally.
struct TallyChange: Sendable {
    let height: UInt64
    let time: Instant
    let votes: Int64
}

extension BlockStore {
    /// The newest changes of a candidate's tally below a height, oldest first.
    func history(of candidate: String, before height: UInt64, limit: Int) throws -> [TallyChange] {
        try database.read { connection in
            try connection.query(
                "SELECT t.height, b.time, t.votes FROM candidates AS c "
                    + "JOIN tallies AS t USING (number) JOIN blocks AS b USING (height) "
                    + "WHERE c.node = ? AND t.height < ? "
                    + "ORDER BY t.height DESC LIMIT ?",
                [.text(candidate), .integer(Int64(clamping: height)), .integer(Int64(limit))]
            ) { row in
                TallyChange(
                    height: UInt64(clamping: row.int(0)),
                    time: Instant(milliseconds: row.int(1)), votes: row.int(2))
            }
        }.reversed()
    }
}
