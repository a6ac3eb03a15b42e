/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// Jobs committed together; what arrives beyond this waits for the next sync.
    static let batchJobCountMaximum = 4096
    /// How long jobs are run before they are committed: so many times what the last sync took, and
    /// never less than the minimum.
    static let batchSyncsMaximum = 4
    static let batchTimeMinimum = Duration.milliseconds(2)
    /// Prepared statements a connection keeps; beyond this the cache starts anew.
    static let cachedStatementCountMaximum = 256
    /// Idle read-only connections a database keeps open.
    static let idleReaderCountMaximum = 16
    /// How long a statement waits for another program's lock (an administrator's `sqlite3`).
    static let busyTimeoutMilliseconds: Int32 = 5_000
    /// Pages in the write-ahead log after which it is moved into the database file (16 MiB). A page
    /// that many transactions change is moved once.
    static let logPageCountMaximum: Int32 = 4_000
    /// One text or blob, in bytes.
    static let valueByteCountMaximum: Int32 = 64 << 20
    /// A private key in PEM, in bytes.
    static let keyFileByteCountMaximum = 16_384
    /// The process id written into a lock file, in bytes.
    static let lockFileByteCountMaximum = 32
    /// A configuration file, in bytes.
    static let configurationByteCountMaximum = 65_536
    /// A passphrase, in bytes.
    static let passphraseByteCountMaximum = 1_024
    /// The name of a time zone, in bytes.
    static let zoneNameByteCountMaximum = 64
    /// The file of a time zone, in bytes; the largest there is has less than 4,000.
    static let zoneFileByteCountMaximum = 65_536
    /// The payload of one entry of a log, in bytes.
    static let logEntryByteCountMaximum = 8 << 20
    /// A log, in bytes; it is read whole when it is opened.
    static let logFileByteCountMaximum = 256 << 20
    /// What the kernel lists of the locks on all files, in bytes.
    static let lockListByteCountMaximum = 4 << 20
}
