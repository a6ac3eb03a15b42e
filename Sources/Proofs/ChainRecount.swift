package import Cryptography
import Encoding
package import Ledger

/// A chain's votes counted again from the blocks that somebody gives out: each block follows the
/// one before, transactions and results are those under the roots of its header, and each vote's
/// result is what the rules give. Signatures and certificates are `ChainReplay`'s part; the newest
/// header's is `TrustChain`'s.
package struct ChainRecount: Sendable {
    package private(set) var votes: VoteRecount
    private let network: String
    private let proofOfWorkBits: UInt64
    private var previous: Digest
    private var time: Instant
    /// The newest header followed.
    package private(set) var header: BlockHeader?

    package init(genesis: Genesis) {
        votes = VoteRecount(genesis: genesis)
        network = genesis.network
        proofOfWorkBits = genesis.parameters.proofOfWorkBits
        previous = genesis.digest
        time = genesis.time
    }

    /// A transaction of a block and what the block says of it.
    package struct Line: Sendable {
        let transaction: Transaction
        let code: String

        /// - Parameters:
        ///   - transaction: compact.
        ///   - code: the result that was told with it.
        /// - Throws: `format`.
        package init(transaction: String, code: String) throws(ProofError) {
            self.transaction = try ProofFile.reading { try Transaction(compact: transaction) }
            self.code = code
        }
    }

    /// Follows the next block.
    /// - Throws: `inclusion` for a block that is not what its header says, `recount` for votes.
    package mutating func follow(
        header bytes: [UInt8], transactions: [String], codes: [String]
    ) throws(ProofError) {
        guard transactions.count == codes.count else {
            throw ProofError(.inclusion, "there is not one result for each transaction")
        }
        var lines: [Line] = []
        for (transaction, code) in zip(transactions, codes) {
            lines.append(try Line(transaction: transaction, code: code))
        }
        try follow(header: bytes, lines: lines)
    }

    /// The same with transactions that were read already, which takes the most time.
    package mutating func follow(header bytes: [UInt8], lines: [Line]) throws(ProofError) {
        let header = try ProofFile.reading { try BlockHeader(bytes: bytes) }
        guard header.network.hasSameBytes(as: network), header.previous == previous,
            header.height == votes.height + 1, header.time > time,
            ProofOfWork.isDone(header, bits: proofOfWorkBits)
        else {
            throw ProofError(
                .inclusion, "block \(header.height) does not follow block \(votes.height)")
        }
        let leaves = lines.map {
            TransactionResult.leaf(transaction: $0.transaction.id, code: $0.code)
        }
        guard header.transactionCount == UInt64(lines.count),
            header.transactionsRoot == MerkleTree.root(lines.map(\.transaction.bytes)),
            header.resultsRoot == MerkleTree.root(leaves)
        else {
            throw ProofError(
                .inclusion,
                "the transactions or results of block \(header.height) are not those of its header")
        }
        try votes.follow(
            height: header.height, time: header.time,
            entries: lines.map { VoteRecount.Entry($0.transaction, code: $0.code) })
        self.header = header
        previous = header.id
        time = header.time
    }

    /// Holds the totals against the state the representatives agreed on with the newest block: the
    /// roots must be equal, byte for byte.
    /// - Parameter recordsRoot: root of the other records, as anybody tells it: a wrong one cannot
    ///   lead to the state root.
    /// - Throws: `recount`.
    package func check(recordsRoot: Digest) throws(ProofError) {
        guard let header else { return }
        let root = MerkleTree.nodeHash(recordsRoot, votes.tallyRoot)
        guard root == header.stateRoot else {
            throw ProofError(
                .recount,
                "the votes counted again after block \(header.height) lead to the state root "
                    + "\(root.text); the block has \(header.stateRoot.text)")
        }
    }
}

extension VoteRecount.Entry {
    /// A transaction as a block has it.
    package init(_ transaction: Transaction, code: String) {
        self.init(
            sender: transaction.sender, sequence: transaction.sequence, body: transaction.body,
            code: code)
    }
}
