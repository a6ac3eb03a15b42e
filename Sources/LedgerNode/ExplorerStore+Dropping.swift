import Ledger
import Storage

extension ExplorerStore {
    /// Goes on with the block of `base` when the ones in between are not here: the node began with
    /// a snapshot. Who had voted before that is not known.
    func skip(to base: UInt64) async throws {
        try await database.write { connection in
            let count = try connection.execute(
                "UPDATE progress SET height = ? WHERE height < ?",
                [.integer(Int64(clamping: base) - 1), .integer(Int64(clamping: base) - 1)])
            if count > 0 { try connection.execute("DELETE FROM turnout") }
        }
    }

    /// Drops the lists of blocks below `base`; the newest turnout stays.
    func drop(below base: UInt64) async throws {
        try await database.write { connection in
            let height = SQLValue.integer(Int64(clamping: base))
            for table in ["places", "candidacies", "blocks"] {
                try connection.execute("DELETE FROM \(table) WHERE height < ?", [height])
            }
            try connection.execute(
                "DELETE FROM turnout WHERE height < "
                    + "(SELECT max(height) FROM turnout WHERE height <= ?)", [height])
        }
    }
}
