extension Database {
    /// Makes an older file one whose free pages can be given back, by writing all of it anew.
    static func makeReclaimable(
        _ connection: Connection, _ path: String
    ) throws(StorageError) {
        do {
            // 2 is INCREMENTAL.
            let mode = try connection.first("PRAGMA auto_vacuum") { $0.int(0) }
            if mode != 2 { try connection.rewrite() }
        } catch let error as StorageError {
            throw StorageError(error.code, "rewriting \(path): \(error.detail)")
        } catch {
            throw StorageError(.misuse, "rewriting \(path): \(error)")
        }
    }

    /// Gives pages that deleted rows left free back to the file system. The file is cut when its
    /// log is moved into it the next time. Does nothing for a file opened without `reclaims`.
    /// - Parameter count: at most so many pages, which bounds how long other writes wait.
    /// - Returns: how many are still free.
    package func reclaim(pages count: Int) async throws -> Int {
        try await write { connection in
            try connection.execute("PRAGMA incremental_vacuum(\(count))")
            return Int(try connection.first("PRAGMA freelist_count") { $0.int(0) } ?? 0)
        }
    }
}
