import Cryptography
import Storage

extension BlockStore {
    /// Ids of the deposits of one auditor, in their own order, which later deposits do not change.
    /// - Parameters:
    ///   - isHeld: only those that are held, or only those that went back; nil for both.
    ///   - last: the last id of the page before.
    func deposits(
        auditor: String, isHeld: Bool?, after last: Digest?, limit: Int
    ) throws -> [Digest] {
        let condition =
            switch isHeld {
            case true?: "AND held = 1"
            case false?: "AND held = 0"
            case nil: ""
            }
        return try database.read { connection in
            try connection.query(
                "SELECT id FROM auditor_deposits WHERE auditor = ? AND id > ? \(condition) "
                    + "ORDER BY id LIMIT ?",
                [.text(auditor), .blob(last?.bytes ?? []), .integer(Int64(limit))]
            ) { try Digest(bytes: $0.blob(0)) }
        }
    }
}
