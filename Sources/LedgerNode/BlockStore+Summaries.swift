import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

/// A block without its transactions.
struct BlockSummary: Sendable {
    let header: BlockHeader
    let certificate: CommitCertificate
    let transactionCount: Int64
    let refusedCount: Int64

    var height: UInt64 { header.height }
    var proposer: String { header.proposer.text }

    /// The dids of those of the deciding set whose signatures are in the certificate.
    func signers(of set: [Representative]) throws -> [String] {
        certificate.signers.compactMap { set.indices.contains($0) ? set[$0].node.text : nil }
    }

    func json(deciders set: [Representative]) throws -> JSON {
        let signers = try signers(of: set)
        let missing = set.map(\.node.text).filter { !signers.contains($0) }
        return [
            "height": JSON(height), "id": .string(header.id.text),
            "time": .string(header.time.rfc3339), "proposer": .string(proposer),
            "round": JSON(UInt64(certificate.round)), "transactions": JSON(transactionCount),
            "refused": JSON(refusedCount), "previous": .string(header.previous.text),
            "transactionsRoot": .string(header.transactionsRoot.text),
            "stateRoot": .string(header.stateRoot.text),
            "resultsRoot": .string(header.resultsRoot.text),
            "signers": .array(signers.map { .string($0) }),
            "missing": .array(missing.map { .string($0) }),
        ]
    }
}

extension BlockStore {
    /// Blocks below a height, newest first.
    func summaries(before height: UInt64, limit: Int) throws -> [BlockSummary] {
        try database.read { connection in
            let rows = try connection.query(
                "SELECT header, certificate, height FROM blocks WHERE height < ? "
                    + "AND height >= (SELECT base FROM kept) ORDER BY height DESC LIMIT ?",
                [.integer(Int64(clamping: height)), .integer(Int64(limit))]
            ) { ($0.blob(0), $0.blob(1), $0.int(2)) }
            return try rows.map { header, certificate, height in
                let counts = try connection.first(
                    "SELECT count(*), count(*) FILTER (WHERE code <> 'ok') FROM transactions "
                        + "WHERE height = ?", [.integer(height)]
                ) { ($0.int(0), $0.int(1)) }
                return BlockSummary(
                    header: try BlockHeader(bytes: header),
                    certificate: try CommitCertificate(json: try JSON.parse(certificate)),
                    transactionCount: counts?.0 ?? 0, refusedCount: counts?.1 ?? 0)
            }
        }
    }
}
