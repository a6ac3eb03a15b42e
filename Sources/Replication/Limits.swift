import Ledger

/// Bounds on what a replica keeps and accepts, named with their unit.
enum Limits {
    /// Heights after the next one for which a message is kept.
    static let futureHeightsMaximum: UInt64 = 2
    static let futureMessagesMaximum = 512
    /// Of these, messages that carry a whole block.
    static let futureBlocksMaximum = 8

    /// How far ahead of this node's clock a block's time may be for this node to agree to it.
    static let clockLeadMilliseconds: Int64 = 2_000
    /// How far behind this node's clock a freshly proposed block may be.
    static let clockLagMilliseconds: Int64 = 15_000

    /// Of a block built here. Agreement carries values of up to 4 MiB; header and length prefixes
    /// take the rest.
    static let builtBlock = BlockLimits(
        transactionCount: 20_000, blockByteCount: 4 * 1024 * 1024 - 128 * 1024,
        transactionByteCount: 512 * 1024)
}
