/// Bounds on every file that is verified here, named with their unit.
enum Limits {
    /// Bytes of a file: a tally sheet or a ranking of every candidate fits.
    static let fileByteCountMaximum = 32 * 1024 * 1024
    /// JSON values in a file.
    static let fileValueCountMaximum = 1_000_000
    /// Hand-overs between genesis and the newest header of a file.
    static let handoversMaximum = 10_000
    /// Members of one set of representatives.
    static let representativesMaximum = 21
    /// Bytes of a header's text.
    static let headerByteCountMaximum = 4096
    /// Bytes of one compact transaction.
    static let transactionByteCountMaximum = 512 * 1024
    /// Steps of a path to a root: a tree of 2^32 leaves.
    static let pathCountMaximum = 32
    /// Bytes of an election's record: a ranking of every candidate that may be listed.
    static let electionByteCountMaximum = 16 * 1024 * 1024
    /// Bytes of a network's name.
    static let networkNameByteCountMaximum = 64
    /// Bytes of a did:key.
    static let identityByteCountMaximum = 128
    /// Candidates one account may have votes for at one time: a rule of the ledger.
    static let candidatesPerVoterMaximum = 64
    /// Bytes of a result's code.
    static let codeByteCountMaximum = 64
}
