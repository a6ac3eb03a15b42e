package import Consensus
package import Cryptography
package import Encoding
package import Ledger

/// One file that proves offline, from the genesis file alone, that a transaction and its result
/// are in a block the representatives agreed on, and, with the headers around a moment, whether it
/// counts there.
///
/// Only what the representatives signed is in it: the words for people that go with a result are
/// not.
package struct Receipt: Sendable {
    package let file: ProofFile
    /// Shape checked; signature not yet.
    package let transaction: Transaction
    /// Place in the block.
    package let index: Int
    /// Transactions in the block.
    package let count: Int
    /// From the transaction to the transactions root.
    package let path: [Digest]
    /// What it came to: a `ResultCode`, of a later version perhaps.
    package let code: String
    /// From the result to the results root.
    package let resultPath: [Digest]
    package let header: BlockHeader
    package let certificate: CommitCertificate
    /// The headers around a moment, when it was asked about.
    package let cutoff: CutoffHeaders?

    /// What the caller found in its chain; nothing is checked.
    /// - Parameters:
    ///   - transactions: compact, all of the block.
    ///   - codes: the result of each.
    ///   - handovers: those below the highest header of the file.
    /// - Throws: `inclusion` when there is no transaction at this index.
    package init(
        file: ProofFile, transactions: [Transaction], codes: [String], index: Int,
        header: BlockHeader, certificate: CommitCertificate, cutoff: CutoffHeaders? = nil
    ) throws(ProofError) {
        guard transactions.indices.contains(index), transactions.count == codes.count else {
            throw ProofError(.inclusion, "block \(header.height) has no transaction \(index)")
        }
        self.file = file
        transaction = transactions[index]
        self.index = index
        count = transactions.count
        path = MerkleTree.inclusionProof(index, transactions.map(\.bytes))
        code = codes[index]
        let leaves = zip(transactions, codes).map {
            TransactionResult.leaf(transaction: $0.id, code: $1)
        }
        resultPath = MerkleTree.inclusionProof(index, leaves)
        self.header = header
        self.certificate = certificate
        self.cutoff = cutoff
    }

    /// `{"format","network","genesis","transaction","index","count","path","result": {"code"},
    /// "resultPath","header": text,"certificate","cutoff"?,"handovers"}`.
    package var json: JSON {
        var members = file.opening
        members += [
            ("transaction", .string(transaction.jws.compact)), ("index", JSON(index)),
            ("count", JSON(count)), ("path", .array(path.map { .string($0.text) })),
            ("result", ["code": .string(code)]),
            ("resultPath", .array(resultPath.map { .string($0.text) })),
            ("header", header.text), ("certificate", certificate.json),
        ]
        if let cutoff { members.append(("cutoff", .object(JSONObject(cutoff.members)))) }
        return .object(JSONObject(members + [file.closing]))
    }

    /// Reads a file. Nothing of it is believed yet.
    /// - Throws: `format`.
    package init(_ json: JSON) throws(ProofError) {
        self = try ProofFile.reading { try Receipt(reading: json) }
    }

    private init(reading json: JSON) throws {
        var fields = try Fields(json, "receipt")
        file = try ProofFile(.receipt, &fields)
        transaction = try Transaction(
            compact: try fields.string(
                "transaction", maximumByteCount: Limits.transactionByteCountMaximum))
        let bound = 1 << Limits.pathCountMaximum
        index = try fields.int("index", in: 0...bound)
        count = try fields.int("count", in: 1...bound)
        path = try fields.digests("path")
        var result = try fields.object("result")
        code = try result.string("code", maximumByteCount: Limits.codeByteCountMaximum)
        try result.end()
        guard code.utf8.allSatisfy({ $0 == 0x2D || (0x61...0x7A).contains($0) }) else {
            throw ProofError(.format, "a result's code is lowercase letters and hyphens")
        }
        resultPath = try fields.digests("resultPath")
        header = try fields.header("header")
        certificate = try CommitCertificate(json: try fields.json("certificate"))
        if var inner = try fields.optionalObject("cutoff") {
            cutoff = try CutoffHeaders(&inner)
            try inner.end()
        } else {
            cutoff = nil
        }
        try fields.end()
    }

    /// Checks everything in the file against the genesis file and nothing else.
    package func verify(genesis: Genesis) throws(ProofError) -> VerifiedReceipt {
        let chain = try file.chain(from: genesis)
        try chain.verify(header, certificate)
        guard header.transactionCount == UInt64(count) else {
            throw ProofError(
                .inclusion, "block \(header.height) has \(header.transactionCount) transactions")
        }
        guard
            MerkleTree.verifyInclusion(
                leaf: transaction.bytes, index: index, leafCount: count, proof: path,
                root: header.transactionsRoot)
        else {
            throw ProofError(
                .inclusion, "the transaction is not at place \(index) of block \(header.height)")
        }
        let leaf = TransactionResult.leaf(transaction: transaction.id, code: code)
        guard
            MerkleTree.verifyInclusion(
                leaf: leaf, index: index, leafCount: count, proof: resultPath,
                root: header.resultsRoot)
        else {
            throw ProofError(
                .inclusion, "block \(header.height) does not say \(code) of the transaction")
        }
        do {
            _ = try transaction.verified(try PublicKey(did: transaction.sender.text))
        } catch {
            throw ProofError(.inclusion, "the transaction is not its sender's: \(error)")
        }
        if let cutoff {
            try cutoff.verify(chain)
            try check(cutoff)
        }
        return VerifiedReceipt(receipt: self)
    }

    /// Heights and times rise together, so the two blocks must lie as their times say.
    private func check(_ cutoff: CutoffHeaders) throws(ProofError) {
        let counts = header.time < cutoff.before
        let isBelow = header.height <= cutoff.last.height
        // While there is no next block, the transaction's own is not later than the last.
        guard counts == isBelow, cutoff.isFinal || isBelow,
            header.height != cutoff.last.height || header.id == cutoff.last.id
        else {
            throw ProofError(
                .cutoff,
                "block \(header.height) of the transaction and block \(cutoff.last.height), the "
                    + "last before the moment, contradict each other")
        }
    }
}

/// A receipt that holds. Only `Receipt.verify` makes one.
package struct VerifiedReceipt: Sendable {
    package let receipt: Receipt

    fileprivate init(receipt: Receipt) { self.receipt = receipt }

    /// Whether a transaction counts at a moment.
    package enum Counted: String, Sendable {
        /// It was applied in a block before the moment, and no more blocks come before it.
        case yes
        /// It was refused, or its block is not before the moment.
        case no
        /// It was applied before the moment; blocks before the moment may still follow.
        case provisional
    }

    /// Whether it counts at the moment the file is about; nil when it is about none.
    package var counted: Counted? {
        guard let cutoff = receipt.cutoff else { return nil }
        guard receipt.code.hasSameBytes(as: ResultCode.ok.rawValue),
            receipt.header.time < cutoff.before
        else { return .no }
        return cutoff.isFinal ? .yes : .provisional
    }
}
