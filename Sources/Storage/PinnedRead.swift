import Synchronization

/// A moment of a database, kept while it goes on being written: whoever reads here finds what was
/// there when it was pinned. The log grows until it is let go of.
package final class PinnedRead: Sendable {
    private let database: Database
    private let reader: Mutex<Reader?>

    fileprivate init(_ database: Database, _ reader: Reader) {
        self.database = database
        self.reader = Mutex(reader)
    }

    deinit { end() }

    /// Reads on the calling thread, one caller at a time.
    /// - Throws: what `body` throws; `closed` after `end`.
    package func read<T: Sendable>(_ body: (Connection) throws -> T) throws -> T {
        try reader.withLock { reader in
            guard let connection = reader?.connection else {
                throw StorageError(.closed, "the moment of \(database.path) was let go of")
            }
            return try body(connection)
        }
    }

    /// Lets go of the moment. Later calls do nothing.
    package func end() {
        reader.withLock { reader in
            guard let ended = reader else { return }
            reader = nil
            // A connection that does not leave the moment is closed, not used again.
            if (try? ended.connection.execute("COMMIT")) != nil { database.giveBack(ended) }
        }
    }
}

extension Database {
    /// Keeps this moment: the state after the newest commit.
    package func pin() throws -> PinnedRead {
        let reader = try takeReader()
        try reader.connection.execute("BEGIN")
        // The moment is that of the first read.
        _ = try reader.connection.first("SELECT 1 FROM sqlite_schema") { $0.int(0) }
        return PinnedRead(self, reader)
    }
}
