import Ledger
import Storage
import Synchronization

/// Which blocks are here.
extension BlockStore {
    /// The first height whose block is here whole; 1 unless blocks were dropped or the store began
    /// with a snapshot.
    var base: UInt64 { kept.load(ordering: .relaxed) }

    static func base(_ connection: Connection) throws -> UInt64 {
        try connection.first("SELECT base FROM kept") { UInt64(clamping: $0.int(0)) } ?? 1
    }

    /// Whether the block of a height was here, or may be elsewhere, and is not here.
    func lacks(_ height: UInt64) -> Bool { height > 0 && height < base }

    /// Changes of blocks are stored in their order and each once, or not at all.
    /// - Throws: `data` when the block before is not the newest.
    static func follow(_ height: UInt64, _ connection: Connection) throws {
        let newest = try connection.first("SELECT max(height) FROM blocks") { $0.optionalInt(0) }
        guard UInt64(clamping: (newest ?? nil) ?? 0) + 1 == height else {
            throw NodeError(
                .data,
                "block \(height) does not follow the newest block of the store; nothing of it was "
                    + "stored. Start again.")
        }
    }
}
