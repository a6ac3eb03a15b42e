package import Consensus
package import Encoding
package import Ledger

/// A block as it is kept and handed to others: header bytes and transactions as they were signed
/// and hashed, the answer to each transaction, and the certificate of the representatives.
package struct StoredBlock: Sendable {
    package let header: [UInt8]
    /// Compact transactions.
    package let transactions: [String]
    package let results: [StoredResult]
    package let certificate: CommitCertificate

    package init(
        header: [UInt8], transactions: [String], results: [StoredResult],
        certificate: CommitCertificate
    ) {
        self.header = header
        self.transactions = transactions
        self.results = results
        self.certificate = certificate
    }

    /// `{"header": text, "transactions": [jws], "results": [{"code","detail"}], "certificate":
    /// {…}}`.
    package var json: JSON {
        [
            "header": .string(String(decoding: header, as: UTF8.self)),
            "transactions": .array(transactions.map { .string($0) }),
            "results": .array(results.map(\.json)),
            "certificate": certificate.json,
        ]
    }

    /// Reads what a peer answered. Nothing of it is believed yet.
    package init(_ json: JSON) throws(FormatError) {
        var fields = try Fields(json, "block")
        header = Array(
            try fields.string("header", maximumByteCount: Limits.headerByteCountMaximum).utf8)
        transactions = try fields.strings(
            "transactions", maximumCount: Limits.transactionsPerBlockMaximum,
            maximumByteCount: Limits.transactionByteCountMaximum)
        var results: [StoredResult] = []
        let items = try fields.objects(
            "results", maximumCount: Limits.transactionsPerBlockMaximum)
        for var item in items {
            results.append(
                StoredResult(
                    code: try item.string("code"),
                    detail: try item.string("detail", maximumByteCount: 65_536)))
            try item.end()
        }
        self.results = results
        certificate = try CommitCertificate(json: try fields.json("certificate"))
        try fields.end()
        guard results.count == transactions.count else {
            throw FormatError(.shape, "a block has one result for each transaction")
        }
    }
}

/// The answer to one transaction, as stored: codes are kept as text, so that an old block stays
/// readable whatever codes a later version knows.
package struct StoredResult: Sendable, Hashable {
    package let code: String
    package let detail: String

    package init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }

    package init(_ result: TransactionResult) {
        self.init(code: result.code.rawValue, detail: result.detail)
    }

    var json: JSON { ["code": .string(code), "detail": .string(detail)] }
}
