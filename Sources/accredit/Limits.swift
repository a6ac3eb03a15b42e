/// Bounds on everything the command takes from a file or a server, named with their unit.
enum Limits {
    /// A config file holds a dozen short strings.
    static let configByteCountMaximum = 64 << 10
    /// A file given as an argument: an application, a credential, a bundle, an auditor set.
    static let inputByteCountMaximum = 1 << 20
    /// A file that proves something: a tally sheet of every candidate fits.
    static let proofByteCountMaximum = 32 << 20
    /// A genesis file: a million accounts fit.
    static let genesisByteCountMaximum = 256 << 20
    /// A block with its results, as a node answers it.
    static let blockByteCountMaximum = 32 << 20
    /// JSON values in a block.
    static let blockValueCountMaximum = 1_000_000
    /// One line and no more is taken from a passphrase file or descriptor.
    static let passphraseByteCountMaximum = 1024
    /// A private key in PEM form.
    static let keyFileByteCountMaximum = 16 << 10
    /// An answer of a server.
    static let answerByteCountMaximum = 8 << 20
    /// How long one request may take, unless it is one that waits.
    static let requestMilliseconds = 20_000
    /// How long a server is asked to hold a waiting request.
    static let pollMilliseconds: Int64 = 5_000
    /// Pause before a node that did not answer is asked again.
    static let retryMilliseconds: Int64 = 1_000
    /// An auditor may challenge the node before it answers.
    static let decisionMilliseconds: Int64 = 60_000
    /// A transaction may be committed this long after it was signed.
    static let transactionSeconds: Int64 = 300
    /// Entries of an audit log that one command reads.
    static let logEntryCountMaximum: UInt64 = 10_000_000
    /// Pause between two looks at a log that is watched.
    static let watchSeconds: Int64 = 10
    /// Qualifications of a case that are shown, one a row.
    static let reviewRowCountMaximum = 200
    /// Characters of one qualification that are shown.
    static let reviewCellCharacterMaximum = 100
}
