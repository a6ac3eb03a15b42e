/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    /// Most representatives in one set; also the most signatures in a certificate.
    static let representativeCountMaximum = 21
    /// Most bytes of one proposed value: 4 MiB.
    static let valueByteCountMaximum = 4 << 20
    /// Highest round of a height. With timeouts capped at 15 s a height gets here after days.
    static let roundMaximum: UInt32 = 100_000
    /// Most UTF-8 bytes of a network's name.
    static let networkByteCountMaximum = 64
    /// Bytes of an Ed25519 signature.
    static let signatureByteCount = 64
    /// Bytes of the largest bitmap of signers, one bit per representative.
    static let bitmapByteCountMaximum = (representativeCountMaximum + 7) / 8
    /// How many rounds below the current one keep their proposal, with its bytes, and their nil
    /// votes. Helpers send the decided value along, so forgetting one costs time and never safety.
    static let retainedRoundCount: UInt32 = 4
    /// How many refused values are remembered, so that they are not judged again.
    static let refusedValueCountMaximum = 64
    /// How many different values with a commit certificate are remembered. More than one can exist
    /// only when more representatives lie than the quorum stands.
    static let commitCertificateCountMaximum = 2
    /// Most messages of one's own in a record: proposal, prevote and precommit of one round.
    static let recordedMessageCountMaximum = 3
    /// Most values in a record: one's own proposal, the locked and the valid value.
    static let recordedValueCountMaximum = 3
    /// Most milliseconds a timeout may be set to: one hour.
    static let timeoutMillisecondMaximum: UInt32 = 3_600_000
}
