/// Bounds on everything this server takes from a stranger or waits for, named with their unit.
enum Limits {
    static let voteBodyByteCountMaximum = 131_072
    /// One vote, as a compact JWS.
    static let voteByteCountMaximum = 65_536
    static let ledgerNodeCountMaximum = 64
    static let ledgerAnswerByteCountMaximum = 33_554_432
    /// JSON values in a receipt: the chain of handed-over representatives makes it long.
    static let receiptValueCountMaximum = 1_000_000
    /// Keys of accounts kept ready for the next signature.
    static let accountKeysMaximum = 4_096
    /// Votes in flight at one time; more are told to come back.
    static let inFlightMaximum = 512
    static let inFlightPerAccountMaximum = 16
    /// How long `POST /v1/votes` waits for the commit unless `?wait=` says otherwise.
    static let waitMillisecondsStandard = 20_000
    static let waitMillisecondsMaximum = 30_000
    /// For one question to one ledger node.
    static let ledgerAnswerMilliseconds = 5_000
    /// How long a ledger node is asked to hold its answer until a vote is committed.
    static let commitWaitMilliseconds = 10_000
    /// Between two rounds through the ledger nodes.
    static let retryMilliseconds = 250
    /// For the question behind `/readyz`.
    static let readinessMilliseconds = 2_000

    /// How often to look whether anybody listens for events.
    static let listenersLookMilliseconds = 500

    // MARK: Login

    static let loginBodyByteCountMaximum = 8_192
    /// A signed challenge, as a compact JWS.
    static let loginByteCountMaximum = 4_096
    static let nonceByteCount = 32
    static let nonceByteCountMaximum = 64
    static let challengeSeconds: Int64 = 60
    /// Challenges kept at one time; the oldest make room.
    static let challengesMaximum = 4_096
    static let tokenByteCount = 32
    static let tokenTextByteCountMaximum = 128
    static let sessionSeconds: Int64 = 900
    static let sessionsPerAccountMaximum = 16
    /// Challenges and logins together, from one address.
    static let loginRequestsPerMinuteMaximum = 600
    /// Addresses counted at one time.
    static let countedAddressesMaximum = 10_000
}
