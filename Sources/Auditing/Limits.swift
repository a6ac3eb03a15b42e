/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// A policy document, in bytes.
    static let policyByteCountMaximum = 1 << 20
    /// Findings that travel in a credential; the rest stays with the auditor.
    static let findingCountMaximum = 32
    /// A finding's rule or reason, in bytes.
    static let codeByteCountMaximum = 120
    /// A finding's message, in bytes.
    static let messageByteCountMaximum = 400
    /// How far `validFrom` is dated before `iat`, for readers whose clocks are behind.
    static let backdatingMilliseconds: Int64 = 60_000
    /// The facts shown to reviewers, in bytes.
    static let reviewFactsByteCountMaximum = 1 << 20
    /// How far clocks of reviewers' machines may differ from the auditor's.
    static let reviewClockToleranceMilliseconds: Int64 = 60_000
    /// Decisions and comments in one case.
    static let decisionCountMaximum = 200
    /// Signed decisions that travel in one credential; of more, the names do.
    static let embeddedDecisionCountMaximum = 8
    /// Reviewers named in one credential.
    static let namedReviewerCountMaximum = 16
    /// Keys of one ring that are prepared, in use or still needed.
    static let ringKeyCountMaximum = 32
    /// Why a key was revoked, in bytes.
    static let reasonByteCountMaximum = 200
    /// How long a key is published before it signs: many times what verifiers may keep a key set.
    static let publicationSeconds: Int64 = 3_600
    /// Reviewers, decisions, claims or earlier applications in one case as it is told.
    static let reviewListCountMaximum = 256
    /// An application or a decision in a case as it is told, in bytes.
    static let reviewTextByteCountMaximum = 65_536
}
