/// Bounds on everything this server takes from a stranger or waits for, named with their unit.
enum Limits {
    static let applicationBodyByteCountMaximum = 131_072
    /// One application, as a compact JWS.
    static let applicationByteCountMaximum = 65_536
    static let credentialCountMaximum = 64
    static let mergeBodyByteCountMaximum = 1_048_576
    static let auditorAnswerByteCountMaximum = 131_072
    static let auditorSetByteCountMaximum = 262_144
    /// Applications whose auditors are being asked at one time; more are told to come back.
    static let collectedAtOnceMaximum = 256
    /// How often the auditor set's file is looked at.
    static let filePollMilliseconds: Int64 = 1_000
    static let pollMillisecondsMinimum: Int64 = 200
    static let waitMillisecondsMaximum = 30_000
    /// What a client is told to wait before it asks again, in seconds.
    static let retryIntervalSeconds = 1
}
