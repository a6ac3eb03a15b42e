/// Bounds on everything this server takes from a stranger or waits for, named with their unit.
enum Limits {
    static let ledgerNodeCountMaximum = 21
    static let creditSourceCountMaximum = 16
    static let peerCountMaximum = 32
    /// People who may give this auditor orders.
    static let operatorCountMaximum = 32
    /// One renewal, as a compact JWS in JSON.
    static let renewalBodyByteCountMaximum = 32_768
    static let renewalByteCountMaximum = 16_384
    /// Credentials that one order about an incident may name.
    static let incidentCredentialCountMaximum = 5_000
    /// Credentials that are revoked in one transaction.
    static let incidentBatchCount = 100
    /// How often open incidents are looked for.
    static let incidentPollMilliseconds = 1_000
    /// Incidents that one answer lists.
    static let incidentListCountMaximum = 200
    static let statusListNumberMaximum: Int64 = 1 << 20
    /// How long a status list is valid. Another one is signed at half of it.
    static let statusListLifeMilliseconds: Int64 = 600_000
    static let statusListCacheSeconds = 60
    /// One order, as a compact JWS in JSON.
    static let operationBodyByteCountMaximum = 300_000
    static let operationByteCountMaximum = 262_144
    /// Policies of one auditor.
    static let policyCountMaximum = 16
    static let policyByteCountMaximum = 262_144
    /// The key ring's file.
    static let keyRingByteCountMaximum = 131_072
    /// Keys of one signer process, and kinds of documents that one of them signs.
    static let signerKeyCountMaximum = 16
    static let signerTypeCountMaximum = 16
    /// A request to a signer, or its answer.
    static let signerLineByteCountMaximum = 131_072
    /// How long a signer has for a signature, the way there and back included.
    static let signerDeadlineMilliseconds: Int64 = 5_000
    /// Requests that a signer serves at one time; more are hung up on.
    static let signerConnectionCountMaximum = 64
    /// How long verifiers may keep the published keys.
    static let keySetLifetimeSeconds = 300
    /// How often the policies' files are looked at; a change counts at the second look.
    static let policyPollMilliseconds = 1_000
    /// Trials of policies that wait or run at one time; more are left out and counted.
    static let trialsAtOnceMaximum = 64
    /// Applications that one answer about trials lists.
    static let differingApplicationCountMaximum = 100
    static let applicationBodyByteCountMaximum = 131_072
    /// One application, as a compact JWS.
    static let applicationByteCountMaximum = 65_536
    /// Applications that are being judged at one time; more are told to come back.
    static let judgedAtOnceMaximum = 256
    /// How long a ledger node has to answer about one deposit.
    static let ledgerDeadlineMilliseconds = 3_000
    static let ledgerAnswerByteCountMaximum = 65_536
    /// Deposits that one request asks for; a ledger node takes no more.
    static let depositsPerRequestMaximum = 64
    static let depositsByteCountMaximum = 262_144
    /// Requests for deposits under way at one time; what is asked for meanwhile goes with the next.
    static let depositRequestsAtOnceMaximum = 2
    static let challengeAnswerByteCountMaximum = 262_144
    /// Beyond the node's own time for the challenge, for the way there and back.
    static let challengeTravelMilliseconds = 500
    /// Transactions of one kind that are on their way at one time; more wait their turn.
    static let transactionsOnTheirWayMaximum = 8
    /// How long a signed transaction may wait for a block, in the ledger's time.
    static let transactionSeconds: Int64 = 120
    /// How often the ledger is asked what became of them.
    static let outboxPollMilliseconds = 500
    /// How often the ledger is asked which deposits are due.
    static let refundPollMilliseconds = 1_000
    /// How long an auditor may wait with a refund that is due: a year.
    static let refundWaitSecondsMaximum: Int64 = 31_536_000
    /// How often the newest heads of other auditors' logs are fetched.
    static let peerHeadPollMilliseconds = 5_000
    /// Other auditors' heads that one answer lists: two keys of each.
    static let listedPeerHeadsMaximum = 64
    /// How often others are asked whether they know more than this auditor's store.
    static let vigilMilliseconds = 10_000
    /// The same while nobody has answered yet.
    static let vigilUncheckedMilliseconds = 500
    /// A ledger node's list of candidates, or one candidate with its credentials.
    static let candidatesByteCountMaximum = 4_194_304
    /// Refunds that one answer lists.
    static let listedRefundsMaximum = 100
    /// Operators that have to approve a refund, at most.
    static let approvalCountMaximum = 16
    /// Bytes of the reason for which an operator holds a refund back.
    static let holdReasonByteCountMaximum = 256
    /// The largest integer that every JSON reader keeps exact, and the largest sequence.
    static let exactIntegerMaximum: UInt64 = 9_007_199_254_740_991
    /// Entries of the outbox that one answer lists.
    static let listedOutboxEntriesMaximum = 100
    static let forwardDeadlineMilliseconds = 10_000
    /// What a client is told to wait before it asks again, in seconds.
    static let retryIntervalSeconds = 1
    /// People an auditor may ask about referred applications.
    static let reviewerCountMaximum = 64
    static let reviewBodyByteCountMaximum = 16_384
    /// One decision or login, as a compact JWS.
    static let reviewDecisionByteCountMaximum = 4_096
    /// How often cases are looked at whose time may be over.
    static let reviewPollMilliseconds = 1_000
    /// Pause before a decided case that could not be answered is tried again.
    static let reviewRetryMilliseconds: Int64 = 30_000
    /// Cases that one answer lists.
    static let reviewListCountMaximum = 500
    /// How far ahead cases may be asked for by their due time, in seconds.
    static let reviewDueSecondsMaximum: Int64 = 315_360_000
    /// Other applications of the node that a case tells of.
    static let otherApplicationCountMaximum = 20
    /// How long a reviewer's claim on a case counts.
    static let claimSeconds: Int64 = 8 * 3_600
    /// How long a reviewer has to sign a challenge.
    static let reviewChallengeSeconds: Int64 = 60
    static let reviewChallengeCountMaximum = 1_024
    static let reviewSessionSeconds: Int64 = 8 * 3_600
    static let reviewSessionCountMaximum = 1_024
    /// The head of the log as a signed note.
    static let checkpointByteCountMaximum = 65_536
}
