import Consensus
import Cryptography
import Encoding
import Ledger

/// `GET /v1/transactions/{id}/receipt`, read and not verified.
struct ReadReceipt: Sendable {
    let transaction: Transaction
    let code: String
    let index: Int
    let count: Int
    let path: [Digest]
    let resultPath: [Digest]
    let header: BlockHeader
    let certificate: CommitCertificate

    /// - Throws: `FormatError` or `LedgerError` for what is no receipt.
    init(_ json: JSON) throws {
        var fields = try Fields(json, "receipt")
        let maximum = Limits.answerByteCountMaximum
        transaction = try Transaction(
            compact: try fields.string("transaction", maximumByteCount: maximum))
        var result = try fields.object("result")
        code = try result.string("code")
        index = try fields.int("index", in: 0...1_000_000)
        count = try fields.int("count", in: 1...1_000_000)
        path = try fields.strings("path", maximumCount: 64).map { try Digest(hexadecimal: $0) }
        resultPath = try fields.strings("resultPath", maximumCount: 64)
            .map { try Digest(hexadecimal: $0) }
        header = try BlockHeader(bytes: Array(try fields.string("header").utf8))
        certificate = try CommitCertificate(json: try fields.json("certificate"))
    }

    /// Whether both paths lead to the roots in the header.
    var holds: Bool {
        MerkleTree.verifyInclusion(
            leaf: transaction.bytes, index: index, leafCount: count, proof: path,
            root: header.transactionsRoot)
            && MerkleTree.verifyInclusion(
                leaf: ChainChecks.resultLeaf(transaction.id, code), index: index, leafCount: count,
                proof: resultPath, root: header.resultsRoot)
    }
}
