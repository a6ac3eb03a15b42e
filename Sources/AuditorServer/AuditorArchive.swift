package import Cryptography
package import Encoding
import Storage

/// An auditor's store, opened beside the auditor, whether it runs or not, and never changed.
package struct AuditorArchive: Sendable {
    /// An application that was judged, with what it was judged on.
    package struct PastApplication: Sendable {
        package let digest: Digest
        package let claims: JSON
        /// The facts as they were gathered, the `evidence` of policies.
        package let evidence: JSON
        /// When it was taken in; it was judged as soon as its evidence was there.
        package let received: Instant
    }

    private static let pageCount = 200

    private let database: DatabaseReader

    /// - Parameter data: the auditor's folder of databases.
    /// - Throws: `StorageError`.
    package init(data: String) throws {
        database = try DatabaseReader(
            path: data + "/auditor.sqlite", version: AuditorStore.migrations.count)
    }

    /// Hands over all that was judged, oldest first.
    /// - Returns: how many applications wait for their judgement and were left out.
    package func visit(_ body: (PastApplication) throws -> Void) throws -> Int {
        var last: Int64 = 0
        while true {
            let page = try page(after: last)
            for entry in page { try body(entry.application) }
            guard let end = page.last else { break }
            last = end.row
        }
        return try database.read { connection in
            try connection.first("SELECT count(*) FROM applications WHERE evidence IS NULL") {
                Int($0.int(0))
            } ?? 0
        }
    }

    private func page(
        after last: Int64
    ) throws -> [(row: Int64, application: PastApplication)] {
        try database.read { connection in
            try connection.query(
                """
                SELECT rowid, digest, jws, evidence, received FROM applications
                WHERE rowid > ? AND evidence IS NOT NULL AND renews IS NULL ORDER BY rowid LIMIT ?
                """,
                [.integer(last), .integer(Int64(Self.pageCount))]
            ) { row in
                (
                    row.int(0),
                    PastApplication(
                        digest: try Digest(hexadecimal: row.text(1)),
                        claims: try JSON.parse(JWS(row.text(2)).payload),
                        evidence: try JSON.parse(row.text(3)),
                        received: Instant(milliseconds: row.int(4)))
                )
            }
        }
    }
}
