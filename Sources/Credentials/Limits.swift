/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// An application as a compact JWS, in bytes.
    static let applicationByteCountMaximum = 32_768
    /// One auditor's credential as a compact JWS, in bytes.
    static let credentialByteCountMaximum = 32_768
    /// A bundle as a compact JWS, in bytes: base64url makes a third more of the credentials in it.
    static let bundleByteCountMaximum = 1 << 20
    /// A credit statement as a compact JWS, in bytes.
    static let creditStatementByteCountMaximum = 4_096
    /// A renewal as a compact JWS, in bytes.
    static let renewalByteCountMaximum = 16_384
    /// A status list as a compact JWS, in bytes.
    static let statusListByteCountMaximum = 1 << 20
    /// Bits of a status list, unpacked.
    static let statusListBitCountMaximum = 8 << 20
    /// Status entries of one credential.
    static let statusEntryCountMaximum = 8
    /// How long a reader may go on using a status list it has, in milliseconds.
    static let statusListCacheMilliseconds: Int64 = 60_000
    /// An operator's order as a compact JWS, in bytes: an incident may name thousands of
    /// credentials.
    static let operationByteCountMaximum = 262_144
    /// The longest time an order may be open.
    static let operationLifeMilliseconds: Int64 = 600_000
    /// How far an order's `iat` may lie ahead of the auditor's clock.
    static let operationAheadMilliseconds: Int64 = 60_000
    /// A device answer as a compact JWS, in bytes.
    static let deviceAnswerByteCountMaximum = 262_144
    /// A review decision or a reviewer's login as a compact JWS, in bytes.
    static let reviewDecisionByteCountMaximum = 4_096
    /// The reason of a review decision, in bytes.
    static let reviewReasonByteCountMaximum = 400
    /// The nonce of a reviewer's login as text, in bytes.
    static let loginNonceByteCountMaximum = 64
    /// An auditor set document, in bytes.
    static let auditorSetByteCountMaximum = 1 << 20
    /// An auditor's rotation as a compact JWS, the proof of its new key in it, in bytes.
    static let auditorRotationByteCountMaximum = 8_192
    /// The proof of a new key, or the signature over an auditor set, as a compact JWS, in bytes.
    static let auditorStatementByteCountMaximum = 2_048
    /// The largest height of a block that is named: exact in every JSON reader.
    static let heightMaximum: Int64 = 9_007_199_254_740_991
    /// A node's word for its TLS key as a compact JWS, in bytes.
    static let peerStatementByteCountMaximum = 2_048
    /// The longest time for which a node may vouch for a TLS key: seven days.
    static let peerStatementLifeMilliseconds: Int64 = 7 * 86_400_000
    /// Containers inside each other in any of these documents.
    static let depthMaximum = 16

    /// How far an application's `iat` may lie ahead of the reader's clock.
    static let applicationAheadMilliseconds: Int64 = 60_000
    /// How old an application may be when it is handed in.
    static let applicationAgeMilliseconds: Int64 = 3_600_000
    /// How far an auditor may date `validFrom` before `iat`, so that readers whose clocks are
    /// behind take the credential at once. Readers themselves allow no skew.
    static let backdatingMilliseconds: Int64 = 300_000
    /// The longest validity a credential may have: 400 days.
    static let validitySecondsMaximum: Int64 = 400 * 86_400

    /// Network names, in bytes.
    static let networkByteCountMaximum = 64
    /// Names of operators, auditors, policies and reasons, in bytes.
    static let nameByteCountMaximum = 200
    /// Web addresses, in bytes.
    static let addressByteCountMaximum = 255
    /// did:key identifiers, in bytes.
    static let identifierByteCountMaximum = 128
    /// A finding's message, in bytes.
    static let messageByteCountMaximum = 2_048

    /// Deposits an application may name.
    static let depositCountMaximum = 32
    /// Evaluations in one credential.
    static let evidenceCountMaximum = 8
    /// Findings of one evaluation.
    static let findingCountMaximum = 64
    /// Reviewers of one evaluation.
    static let reviewerCountMaximum = 16
    /// Auditors in a set, and so credentials in a bundle.
    static let auditorCountMaximum = 32
    /// Signatures under one auditor set: each auditor's old and new key.
    static let auditorSetSignatureCountMaximum = 64
    /// Keys of one auditor.
    static let auditorKeyCountMaximum = 16
    /// A credit score.
    static let scoreMaximum: UInt64 = 1_000_000

    /// Bytes of a device challenge's nonce.
    static let challengeNonceByteCount = 32
    /// Signatures one challenge may ask for.
    static let challengeSignatureCountMaximum = 1_000
    /// Memory one challenge may ask for, in MiB.
    static let challengeMemoryMebibytesMaximum = 256
    /// Time one challenge may give, in milliseconds.
    static let challengeDeadlineMillisecondsMaximum = 600_000
    /// Keys kept ready between reading one document and the next.
    static let knownKeyCount = 4096
}
