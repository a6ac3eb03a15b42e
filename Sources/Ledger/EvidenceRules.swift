package import Encoding

/// What a network does about a representative that is proven to have signed two contradicting
/// statements: the parameter `evidence`.
///
/// `{"maximumAgeBlocks", "maximumAgeSeconds", "suspend", "suspensionBlocks", "holdDeposit",
/// "holdBlocks"}`; what is left out, or all of it, is as in `standard`.
package struct EvidenceRules: Sendable, Hashable {
    /// Evidence is too old once it is older than this in blocks, and also …
    package let maximumAgeBlocks: UInt64
    /// … more than so many seconds have passed since the first election held at its height or
    /// later. Both: a minority that could set the clock forward would escape by time alone.
    package let maximumAgeSeconds: Int64
    /// Whether the node's candidacy ends, no other is admitted, and its seat goes to the next.
    package let suspend: Bool
    /// Blocks after which the node may be admitted again; 0 is never.
    package let suspensionBlocks: UInt64
    /// Whether the deposits for the node are not sent back.
    package let holdDeposit: Bool
    /// Blocks after which they may be; 0 is as long as this rule stands.
    package let holdBlocks: UInt64

    /// Two weeks and 100,000 blocks, suspended for good, deposits held until the representatives
    /// agree otherwise.
    package static let standard = EvidenceRules(
        maximumAgeBlocks: 100_000, maximumAgeSeconds: 1_209_600, suspend: true,
        suspensionBlocks: 0, holdDeposit: true, holdBlocks: 0)

    init(
        maximumAgeBlocks: UInt64, maximumAgeSeconds: Int64, suspend: Bool,
        suspensionBlocks: UInt64, holdDeposit: Bool, holdBlocks: UInt64
    ) {
        self.maximumAgeBlocks = maximumAgeBlocks
        self.maximumAgeSeconds = maximumAgeSeconds
        self.suspend = suspend
        self.suspensionBlocks = suspensionBlocks
        self.holdDeposit = holdDeposit
        self.holdBlocks = holdBlocks
    }

    package var json: JSON {
        [
            "maximumAgeBlocks": .number(JSONNumber(maximumAgeBlocks)),
            "maximumAgeSeconds": .number(JSONNumber(maximumAgeSeconds)),
            "suspend": .bool(suspend),
            "suspensionBlocks": .number(JSONNumber(suspensionBlocks)),
            "holdDeposit": .bool(holdDeposit),
            "holdBlocks": .number(JSONNumber(holdBlocks)),
        ]
    }

    /// - Throws: `FormatError`, naming the member.
    package init(_ json: JSON?) throws {
        guard let json else {
            self = .standard
            return
        }
        var fields = try Fields(json, "parameters.evidence")
        let standard = Self.standard
        let blocks = 0...Limits.evidenceBlocksMaximum
        maximumAgeBlocks =
            try fields.optionalInt64("maximumAgeBlocks", in: blocks).map(UInt64.init)
            ?? standard.maximumAgeBlocks
        maximumAgeSeconds =
            try fields.optionalInt64(
                "maximumAgeSeconds", in: 0...Limits.evidenceAgeSecondsMaximum)
            ?? standard.maximumAgeSeconds
        suspend = try fields.optionalBool("suspend") ?? standard.suspend
        suspensionBlocks =
            try fields.optionalInt64("suspensionBlocks", in: blocks).map(UInt64.init)
            ?? standard.suspensionBlocks
        holdDeposit = try fields.optionalBool("holdDeposit") ?? standard.holdDeposit
        holdBlocks =
            try fields.optionalInt64("holdBlocks", in: blocks).map(UInt64.init)
            ?? standard.holdBlocks
        try fields.end()
    }
}
