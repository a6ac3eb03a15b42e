import CSQLite

/// A prepared statement. Owned by one connection and used by one thread at a time.
@safe final class Statement {
    private let handle: OpaquePointer
    let sql: String
    /// Between its first step and its reset.
    var isRunning = false

    /// - Throws: `misuse` for wrong SQL, or when `sql` holds more than one statement.
    init(_ database: OpaquePointer, _ sql: String) throws(StorageError) {
        var prepared: OpaquePointer?
        var hasMore = false
        let result = unsafe sql.withCString { text in
            var tail: UnsafePointer<CChar>?
            let result = unsafe sqlite3_prepare_v3(
                database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &tail)
            if let tail = unsafe tail { hasMore = unsafe tail.pointee != 0 }
            return result
        }
        guard result == SQLITE_OK, let handle = unsafe prepared else {
            let message = unsafe String(cString: sqlite3_errmsg(database))
            throw .sqlite(result == SQLITE_OK ? SQLITE_MISUSE : result, sql, message)
        }
        unsafe self.handle = handle
        self.sql = sql
        if hasMore { throw StorageError(.misuse, "more than one statement: \(sql)") }
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Binds `values` to the parameters 1, 2, ….
    func bind(_ values: [SQLValue]) throws(StorageError) {
        let expected = unsafe Int(sqlite3_bind_parameter_count(handle))
        guard expected == values.count else {
            throw StorageError(
                .misuse, "\(expected) parameters but \(values.count) values: \(sql)")
        }
        for (index, value) in values.enumerated() {
            let result = bind(value, at: Int32(index + 1))
            if result != SQLITE_OK {
                throw .sqlite(result, sql, "cannot bind parameter \(index + 1)")
            }
        }
    }

    private func bind(_ value: SQLValue, at position: Int32) -> Int32 {
        switch value {
        case .integer(let number):
            return unsafe sqlite3_bind_int64(handle, position, number)
        case .text(var text):
            // A length, not a terminator, so that a NUL inside the text is kept.
            return text.withUTF8 { bytes in
                guard let start = bytes.baseAddress else {
                    return unsafe sqlite3_bind_text(
                        handle, position, "", 0, accredit_sqlite_transient())
                }
                return unsafe start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    unsafe sqlite3_bind_text64(
                        handle, position, $0, UInt64(bytes.count), accredit_sqlite_transient(),
                        UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            return unsafe bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else {
                    return unsafe sqlite3_bind_zeroblob(handle, position, 0)
                }
                return unsafe sqlite3_bind_blob64(
                    handle, position, start, UInt64(bytes.count), accredit_sqlite_transient())
            }
        case .null:
            return unsafe sqlite3_bind_null(handle, position)
        }
    }

    /// SQLITE_ROW, SQLITE_DONE or a failure.
    func step() -> Int32 { unsafe sqlite3_step(handle) }

    /// Ready for the next use, holding on to nothing of this one.
    func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }
}

extension Statement {
    func integer(_ column: Int) -> Int64 { unsafe sqlite3_column_int64(handle, Int32(column)) }

    func text(_ column: Int) -> String {
        guard let start = unsafe sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = unsafe Int(sqlite3_column_bytes(handle, Int32(column)))
        return unsafe String(
            decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, Int32(column)) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(handle, Int32(column)))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func isNull(_ column: Int) -> Bool {
        unsafe sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    }
}

/// One row of a result, valid inside the closure it is handed to. Columns count from 0.
/// Declare tables `STRICT`: then a column cannot hold another type than the one read here.
package struct Row {
    let statement: Statement

    package func int(_ column: Int) -> Int64 { statement.integer(column) }
    package func text(_ column: Int) -> String { statement.text(column) }
    package func blob(_ column: Int) -> [UInt8] { statement.blob(column) }
    package func isNull(_ column: Int) -> Bool { statement.isNull(column) }
    package func optionalInt(_ column: Int) -> Int64? { isNull(column) ? nil : int(column) }
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    package func optionalBlob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }
}
