import Synchronization

/// An SQLite database of one process: write-ahead log, `synchronous=FULL`, one writer thread that
/// commits in groups, and a pool of read-only connections.
package final class Database: Sendable {
    package let path: String
    /// Told the name of each point of each durable write as it is passed, on the thread that passes
    /// it. Crash tests end the process there.
    private let passing: (@Sendable (String) -> Void)?
    private let writer: Writer
    private let readers: Mutex<ReaderPool>

    /// Opens or creates the database at `path` and brings its schema up to date.
    ///
    /// `migrations` are SQL scripts; script number i turns `user_version` i into i + 1, in one
    /// transaction. A file `<path>.lock` keeps other processes out.
    /// - Parameters:
    ///   - unchecked: tables that the quick check leaves out, because their contents are checked
    ///     when they are read; for tables so large that reading all of one takes too long.
    ///   - mayCreate: whether a database that is not there is begun.
    ///   - reclaims: whether `reclaim` shall be able to give the space of deleted rows back to the
    ///     file system. An older file is rewritten once for that, which takes as much space again
    ///     while it lasts.
    ///   - passing: told of each point of each write, as `AuditorStore.accept begins`, `… written`
    ///     (not yet on the disk) and `… committed` (not yet told to anybody).
    /// - Throws: `locked` when another process has it open, `corrupt` when a quick check fails,
    ///   `newer` when the schema is newer than `migrations`, `missing` or `permission` for the
    ///   path.
    package static func open(
        path: String, migrations: [String], unchecked: [String] = [],
        mayCreate: Bool = true, reclaims: Bool = false,
        passing: (@Sendable (String) -> Void)? = nil
    ) throws(StorageError) -> Database {
        let lock = try FileLock(path: path + ".lock")
        try DurableFile.prepare(path, mayCreate: mayCreate)
        let writing = try Connection(path: path, mode: .readWrite)
        // Before the first page is written; it is too late after that.
        if reclaims { try writing.execute("PRAGMA auto_vacuum = INCREMENTAL") }
        try prepare(writing, path, unchecked: unchecked)
        try migrate(writing, path, migrations)
        if reclaims { try makeReclaimable(writing, path) }
        // The pages that a savepoint would bring back: beyond 64 KiB they would go to a file of
        // their own, made and removed for each write. Not before the file was rewritten, for which
        // they would be all of it.
        try writing.execute("PRAGMA temp_store = MEMORY")
        writing.takeOverLog()
        try writing.settleLog()
        return Database(path: path, writer: try Writer(writing, lock: lock), passing: passing)
    }

    private init(path: String, writer: Writer, passing: (@Sendable (String) -> Void)?) {
        self.path = path
        self.passing = passing
        self.writer = writer
        readers = Mutex(ReaderPool())
    }

    deinit { writer.stop() }

    /// Runs `body` on a read-only connection, on the calling thread. Everything it reads is one
    /// snapshot: the state after some commit.
    package func read<T: Sendable>(_ body: (Connection) throws -> T) throws -> T {
        let reader = try takeReader()
        defer { giveBack(reader) }
        let connection = reader.connection
        try connection.execute("BEGIN")
        defer { _ = try? connection.execute("COMMIT") }
        return try body(connection)
    }

    /// Runs `body` on the writer thread and returns once its changes are on the disk. What `body`
    /// throws undoes its own changes alone. It must not begin or end transactions.
    ///
    /// The write is named after the function that asks for it.
    /// - Throws: what `body` throws, or a `StorageError` when the commit failed.
    @discardableResult
    package func write<T: Sendable>(
        function: StaticString = #function, file: StaticString = #fileID,
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        guard passing != nil else { return try await commit(body) }
        let name = Self.name(function, file)
        pass("\(name) begins")
        let result = try await commit(watched(name, body))
        pass("\(name) committed")
        return result
    }

    /// Queues a change behind those that wait and returns at once. Changes are made in the order
    /// of the calls; each that fails is undone alone, so a change that needs the one before has to
    /// look for it.
    /// - Parameter finish: told once the change is on the disk, or why it is not; on the thread
    ///   that writes, which it must not hold up.
    package func writeLater(
        _ body: @escaping @Sendable (Connection) throws -> Void,
        finish: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        writer.submit(WriteJob(body, finish: finish))
    }

    private func commit<T: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            writer.submit(WriteJob(body) { continuation.resume(with: $0) })
        }
    }

    /// `write` for threads and tools: blocks the calling thread. Never call it from a task or from
    /// inside `write`.
    @discardableResult
    package func writeNow<T: Sendable>(
        function: StaticString = #function, file: StaticString = #fileID,
        _ body: @escaping @Sendable (Connection) throws -> T
    ) throws -> T {
        let name = passing == nil ? "" : Self.name(function, file)
        let answer = Monitor<Result<T, any Error>?>(nil)
        pass("\(name) begins")
        let job = passing == nil ? body : watched(name, body)
        writer.submit(WriteJob(job) { result in answer.update { $0 = result } })
        let result = try answer.wait { $0 }.get()
        pass("\(name) committed")
        return result
    }

    /// Tells whoever was given to `open` that a point was passed which is no write of this
    /// database's own, such as one of a file that goes with it.
    package func pass(_ point: @autoclosure () -> String) { passing?(point()) }

    private func watched<T>(
        _ name: String, _ body: @escaping @Sendable (Connection) throws -> T
    ) -> @Sendable (Connection) throws -> T {
        let passing = passing
        return { connection in
            let result = try body(connection)
            passing?("\(name) written")
            return result
        }
    }

    /// `AuditorStore.accept` of `AuditorServer/AuditorStore+Accepting.swift` and
    /// `accept(_:application:)`.
    private static func name(_ function: StaticString, _ file: StaticString) -> String {
        let type = file.description.utf8.split(separator: UInt8(ascii: "/")).last ?? []
        let base = type.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "+") }
        let verb = function.description.utf8.prefix { $0 != UInt8(ascii: "(") }
        return String(decoding: base, as: UTF8.self) + "." + String(decoding: verb, as: UTF8.self)
    }

    /// Finishes what is queued, closes every connection and lets go of the lock. Blocks until
    /// done; later calls do nothing and later reads and writes are refused.
    package func close() {
        readers.withLock { $0.close() }
        writer.stop()
        writer.waitUntilStopped()
    }

    func takeReader() throws(StorageError) -> Reader {
        let (idle, isClosed) = readers.withLock { ($0.idle.popLast(), $0.isClosed) }
        if isClosed { throw StorageError(.closed, "the database \(path) is closed") }
        if let idle { return idle }
        let connection = try Connection(path: path, mode: .readOnly)
        try connection.execute("PRAGMA query_only = ON")
        return Reader(connection)
    }

    func giveBack(_ reader: Reader) {
        readers.withLock { pool in
            if !pool.isClosed, pool.idle.count < Limits.idleReaderCountMaximum {
                pool.idle.append(reader)
            }
        }
    }
}

/// Carries a connection from thread to thread; the pool gives it to one of them at a time.
struct Reader: @unchecked Sendable {
    let connection: Connection
    init(_ connection: Connection) { self.connection = connection }
}

private struct ReaderPool: Sendable {
    var idle: [Reader] = []
    var isClosed = false

    mutating func close() {
        isClosed = true
        idle.removeAll()
    }
}

extension Database {
    private static func prepare(
        _ connection: Connection, _ path: String, unchecked: [String]
    ) throws(StorageError) {
        do {
            let mode = try connection.first("PRAGMA journal_mode = WAL") { $0.text(0) }
            guard mode == "wal" else {
                throw StorageError(
                    .io,
                    "\(path): this file system does not allow a write-ahead log. Use a local one.")
            }
            for pragma in [
                "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF",
                "cell_size_check = ON",
            ] {
                try connection.execute("PRAGMA \(pragma)")
            }
            for scope in try checkScopes(connection, unchecked) {
                let problem = try connection.first("PRAGMA quick_check(\(scope))") { $0.text(0) }
                guard problem == "ok" else {
                    throw StorageError(
                        .corrupt,
                        "\(path): \(problem ?? "no answer"). \(StorageError.corruptionAdvice)")
                }
            }
        } catch let error as StorageError {
            throw StorageError(error.code, "opening \(path): \(error.detail)")
        } catch {
            throw StorageError(.misuse, "opening \(path): \(error)")
        }
    }

    /// The arguments of the quick checks: how many problems to tell for the whole file, or the name
    /// of each table to check.
    private static func checkScopes(
        _ connection: Connection, _ unchecked: [String]
    ) throws -> [String] {
        guard !unchecked.isEmpty else { return ["1"] }
        let names = try connection.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ) { $0.text(0) }
        return names.filter { !unchecked.contains($0) }.map { "'\($0)'" }
    }

    private static func migrate(
        _ connection: Connection, _ path: String, _ migrations: [String]
    ) throws(StorageError) {
        let version: Int
        do {
            version = Int(try connection.first("PRAGMA user_version") { $0.int(0) } ?? 0)
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError(.misuse, "reading the version of \(path): \(error)")
        }
        guard version >= 0, version <= migrations.count else {
            throw StorageError(
                .newer,
                "\(path) has schema version \(version), this program knows up to "
                    + "\(migrations.count). Use the newer program that wrote it, or restore the "
                    + "backup taken before its update.")
        }
        for (number, script) in migrations.enumerated().dropFirst(version) {
            do throws(StorageError) {
                try connection.execute("BEGIN IMMEDIATE")
                try connection.executeScript(script)
                try connection.execute("PRAGMA user_version = \(number + 1)")
                try connection.execute("COMMIT")
            } catch {
                if connection.isInTransaction { _ = try? connection.execute("ROLLBACK") }
                throw StorageError(
                    error.code, "updating \(path) to version \(number + 1): \(error.detail)")
            }
        }
    }
}
