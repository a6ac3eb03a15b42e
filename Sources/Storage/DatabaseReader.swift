import Synchronization

/// A database that another process may have open and write: it is read and never changed.
package final class DatabaseReader: Sendable {
    package let path: String
    private let confined: Mutex<ConfinedConnection>

    /// - Parameter version: the schema version that the caller knows to read.
    /// - Throws: `missing` or `permission` for the path, `newer` for another schema version.
    package init(path: String, version: Int) throws(StorageError) {
        let connection = try Connection(path: path, mode: .readOnly)
        let found: Int64?
        do {
            try connection.execute("PRAGMA query_only = ON")
            found = try connection.first("PRAGMA user_version") { $0.int(0) }
        } catch let error as StorageError {
            throw StorageError(error.code, "opening \(path): \(error.detail)")
        } catch {
            throw StorageError(.misuse, "opening \(path): \(error)")
        }
        guard found == Int64(version) else {
            throw StorageError(
                .newer,
                "\(path) has schema version \(found ?? 0), this program reads \(version). Use the "
                    + "program that wrote it.")
        }
        self.path = path
        confined = Mutex(ConfinedConnection(connection))
    }

    /// Runs `body`, one caller at a time. Everything it reads is one snapshot.
    package func read<T: Sendable>(_ body: (Connection) throws -> T) throws -> T {
        try confined.withLock { confined in
            let connection = confined.connection
            try connection.execute("BEGIN")
            defer { _ = try? connection.execute("COMMIT") }
            return try body(connection)
        }
    }
}

/// Carries a connection from thread to thread; the lock gives it to one of them at a time.
private struct ConfinedConnection: @unchecked Sendable {
    let connection: Connection

    init(_ connection: Connection) { self.connection = connection }
}
