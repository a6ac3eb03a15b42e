/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// Bytes of a `did:key` text: Ed25519 takes 56, P-256 57.
    static let identityByteCountMaximum = 128
    /// Bytes of a network's name.
    static let networkNameByteCountMaximum = 64
    /// Bytes of an issuer URL or an endpoint URL.
    static let addressByteCountMaximum = 256
    /// Bytes of one compact transaction, whatever genesis says: a list of bundles is the longest.
    static let transactionByteCountMaximum = 512 * 1024
    /// Bytes of one bundle inside `candidate.add`.
    static let bundleByteCountMaximum = 256 * 1024
    /// Candidates in one `candidate.add`.
    static let candidatesPerTransactionMaximum = 16
    /// Changes in one `vote`.
    static let changesPerVoteMaximum = 64
    /// Candidates one account may have votes for at one time.
    static let candidatesPerVoterMaximum = 64
    /// Candidates on the list at one time: bounds the work of an election and of a mass lapse.
    static let candidatesListedMaximum = 16_384
    /// Nodes that ever stood, as the length of a sheet of tallies.
    static let tallyLeavesMaximum = 1_000_000
    /// Siblings in the proof of one tally.
    static let tallyDepthMaximum = 64
    /// Characters of the bucket in the proof of a record: some 12,000 records.
    static let bucketTextByteCountMaximum = 1024 * 1024
    /// Deposits named by one candidacy.
    static let depositsPerCandidacyMaximum = 64
    /// Unicode scalars of what auditors said, repeated in the detail of a refused admission.
    static let reasonScalarCountMaximum = 4096
    /// UTF-8 bytes of the content of `data`.
    static let dataByteCountMaximum = 16 * 1024
    /// The largest sequence number and the largest time in seconds: exact in every JSON reader.
    static let exactIntegerMaximum: Int64 = 9_007_199_254_740_991
    /// The largest allowance of one account, in votes.
    static let allowanceMaximum: UInt64 = 1_000_000_000
    /// How far past the sender's next number a waiting transaction may be.
    static let sequenceAheadMaximum: UInt64 = 1024
    /// Transactions in one block, whatever genesis says.
    static let transactionsPerBlockMaximum = 20_000
    /// Bytes of one block, whatever genesis says.
    static let blockByteCountMaximum = 16 * 1024 * 1024
    /// Bytes of a block header.
    static let headerByteCountMaximum = 4096
    /// Bytes of a genesis file: a million accounts fit.
    static let genesisByteCountMaximum = 256 * 1024 * 1024
    /// Accounts in a genesis file.
    static let genesisAccountsMaximum = 2_000_000
    /// Rounds of one height, as consensus has them.
    static let roundMaximum: Int64 = 100_000
    /// Blocks in a rule about evidence: its age, a suspension, a hold.
    static let evidenceBlocksMaximum: Int64 = 1_000_000_000
    /// Seconds of the age of evidence: ten years.
    static let evidenceAgeSecondsMaximum: Int64 = 315_360_000
    /// Bits of work on a block's header: some 4 billion hashes on average.
    static let proofOfWorkBitsMaximum: Int64 = 32
    /// Representatives at one time.
    static let representativesMaximum = 21
    /// Blocks between elections.
    static let electionIntervalMaximum: Int64 = 10_000_000
    /// Milliseconds of a block interval or heartbeat.
    static let intervalMillisecondsMaximum: Int64 = 3_600_000
    /// Seconds of the term margin: ten years.
    static let termMarginSecondsMaximum: Int64 = 315_360_000
    /// Terms of the fraction in an approval ratio.
    static let ratioTermMaximum: UInt64 = 1000
    /// Rules of a contract about one type of transaction.
    static let contractRulesPerTypeMaximum = 32
    /// Bytes of the id of a contract rule.
    static let contractNameByteCountMaximum = 64
    /// Bytes of the message of a contract rule.
    static let contractMessageByteCountMaximum = 512
    /// What the contract rules about one transaction may cost unless genesis says otherwise, in
    /// units of about 50 ns: about a millisecond.
    static let contractBudget = 20_000
    /// The most a network may let them cost.
    static let contractBudgetMaximum = 1_000_000
    /// What computing the number of seats may cost.
    static let seatsBudget = 1_000
    /// The earliest and latest second that contracts know: the years 1 to 9999.
    static let contractTimeMinimum: Int64 = -62_135_596_800
    static let contractTimeMaximum: Int64 = 253_402_300_799
    /// Bytes of the code that says why a credential is taken back: letters, digits and hyphens.
    static let revocationReasonByteCountMaximum = 64
    /// Bytes of one auditor's rotation of its keys.
    static let auditorRotationByteCountMaximum = 8192
    /// Signatures under one update of the auditor set.
    static let auditorSetSignatureCountMaximum = 64
    /// Bytes of one auditor's signature over an auditor set.
    static let auditorSetSignatureByteCountMaximum = 2048
    /// Bytes of one representative's approval of new parameters.
    static let approvalByteCountMaximum = 1024
    /// Bytes of one transaction that an update has to leave allowed: the next update fits, with the
    /// approvals of all representatives in base64, so that there is a way back.
    static let updatedTransactionByteCountMinimum = 64 * 1024
    /// Bytes of one stored record's value: an election's ranking is the longest.
    static let recordByteCountMaximum = 16 * 1024 * 1024
}
