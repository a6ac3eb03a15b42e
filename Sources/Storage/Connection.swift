import CSQLite

/// One connection to a database file. Confined: handed to one thread at a time, inside the closure
/// of `Database.read` or `Database.write`, and of no use outside it.
@safe package final class Connection {
    private let handle: OpaquePointer
    private var cache: [String: Statement] = [:]
    /// Pages in the write-ahead log after the last commit, told by SQLite's hook.
    private let logPageCount: UnsafeMutablePointer<Int32>
    /// The first failure of the disk or of the file's structure seen here; nothing written after
    /// it can be trusted to arrive.
    private(set) var fatal: StorageError?
    /// What the writer's jobs may leave in memory for the next. It outlives a job that is undone,
    /// so it has to be held against the database before it is used.
    package var kept: (any Sendable)?

    enum Mode { case readWrite, readOnly }

    init(path: String, mode: Mode) throws(StorageError) {
        let access = mode == .readWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        let result = unsafe sqlite3_open_v2(
            path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let handle = unsafe opened else {
            throw .sqlite(SQLITE_NOMEM, "cannot open \(path)", "out of memory")
        }
        guard result == SQLITE_OK else {
            let message = unsafe String(cString: sqlite3_errmsg(handle))
            // SQLite gives a handle even when it fails.
            unsafe sqlite3_close_v2(handle)
            throw .sqlite(result, "cannot open \(path)", message)
        }
        unsafe self.handle = handle
        unsafe logPageCount = .allocate(capacity: 1)
        unsafe logPageCount.initialize(to: 0)
        unsafe sqlite3_busy_timeout(handle, Limits.busyTimeoutMilliseconds)
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Limits.valueByteCountMaximum)
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    }

    deinit {
        cache.removeAll()
        unsafe sqlite3_close_v2(handle)
        unsafe logPageCount.deallocate()
    }

    /// Runs one statement that gives no rows.
    /// - Returns: how many rows it inserted, changed or deleted.
    /// - Throws: `constraint`, `full`, `io`, `corrupt`, `busy`, or `misuse` for wrong SQL.
    @discardableResult
    package func execute(
        _ sql: String, _ bindings: [SQLValue] = []
    ) throws(StorageError) -> Int {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(bindings)
        while true {
            switch statement.step() {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return unsafe Int(sqlite3_changes64(handle))
            case let result: throw failure(result, sql)
            }
        }
    }

    /// Runs one statement that gives no rows once with each of `bindings`, as `execute` does.
    package func execute(
        _ sql: String, each bindings: some Sequence<[SQLValue]>
    ) throws(StorageError) {
        let statement = try take(sql)
        defer { giveBack(statement) }
        for values in bindings {
            try statement.bind(values)
            let result = statement.step()
            guard result == SQLITE_DONE else { throw failure(result, sql) }
            statement.reset()
        }
    }

    /// Runs one statement and maps its rows.
    package func query<T>(
        _ sql: String, _ bindings: [SQLValue] = [], _ row: (Row) throws -> T
    ) throws -> [T] {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(bindings)
        var rows: [T] = []
        while true {
            switch statement.step() {
            case SQLITE_ROW: rows.append(try row(Row(statement: statement)))
            case SQLITE_DONE: return rows
            case let result: throw failure(result, sql)
            }
        }
    }

    /// The first row of a result, or nil when there is none.
    package func first<T>(
        _ sql: String, _ bindings: [SQLValue] = [], _ row: (Row) throws -> T
    ) throws -> T? {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(bindings)
        switch statement.step() {
        case SQLITE_ROW: return try row(Row(statement: statement))
        case SQLITE_DONE: return nil
        case let result: throw failure(result, sql)
        }
    }

    /// Runs a script of several statements (a migration).
    func executeScript(_ sql: String) throws(StorageError) {
        let result = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        if result != SQLITE_OK { throw failure(result, "script") }
    }

    /// Writes the whole file anew (VACUUM), by way of a temporary database, which is the only one
    /// that is ever attached.
    func rewrite() throws(StorageError) {
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 1)
        defer { unsafe sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0) }
        try execute("VACUUM")
    }

    /// False when SQLite itself has rolled the transaction back (a full disk may do that).
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// A row closure may run the same SQL as the statement whose row it is given: then it gets
    /// another one, for that time.
    private func take(_ sql: String) throws(StorageError) -> Statement {
        let cached = cache[sql]
        if let cached, !cached.isRunning {
            cached.isRunning = true
            return cached
        }
        let made: Statement
        do {
            made = unsafe try Statement(handle, sql)
        } catch {
            note(error)
            throw error
        }
        made.isRunning = true
        if cached == nil {
            if cache.count >= Limits.cachedStatementCountMaximum { cache.removeAll() }
            cache[sql] = made
        }
        return made
    }

    private func giveBack(_ statement: Statement) {
        statement.reset()
        statement.isRunning = false
    }

    private func failure(_ result: Int32, _ sql: String) -> StorageError {
        let message = unsafe String(cString: sqlite3_errmsg(handle))
        let error = StorageError.sqlite(result, sql, message)
        note(error)
        return error
    }

    private func note(_ error: StorageError) {
        if fatal == nil, error.code == .io || error.code == .corrupt { fatal = error }
    }
}

extension Connection {
    /// From now on `moveLog` decides when the log is moved: SQLite's own automatic way would keep
    /// a failed sync of the database file to itself.
    func takeOverLog() {
        unsafe sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                unsafe context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, logPageCount)
    }

    /// Brings what a start found in the write-ahead log to the disk. A process that is killed may
    /// leave a commit there that it had written and not yet synchronised: SQLite takes it for done,
    /// whoever relies on it would lose it with the next power cut.
    func settleLog() throws(StorageError) {
        let result = unsafe sqlite3_wal_checkpoint_v2(
            handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        switch result & 0xff {
        // The log is synchronised before anything is moved, for which there may be no room.
        case SQLITE_OK, SQLITE_BUSY, SQLITE_FULL: return
        default: throw failure(result, "bringing the log of before to the disk")
        }
    }

    /// Moves the write-ahead log into the database file once it is long enough. Readers that still
    /// need older pages are not disturbed: what they hold back is moved the next time.
    func moveLog() throws(StorageError) {
        guard unsafe logPageCount.pointee >= Limits.logPageCountMaximum else { return }
        let result = unsafe sqlite3_wal_checkpoint_v2(
            handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        switch result & 0xff {
        case SQLITE_OK, SQLITE_BUSY: return
        default: throw failure(result, "moving the log into the database file")
        }
    }
}
