import Cryptography
import Encoding
package import Ledger

/// A chain's votes counted again from the blocks that somebody gives out: each block follows the
/// one before, transactions and results are those under the roots of its header, and each vote's
/// result is what the rules give. Signatures and certificates are `ChainReplay`'s part; the newest header's is
/// `TrustChain`'s.
package struct ChainRecount: Sendable {
    package private(set) var votes: VoteRecount
    private let network: String
    private var previous: Digest
    private var time: Instant
    /// The newest header followed.
    package private(set) var header: BlockHeader?

    package init(genesis: Genesis) {
        votes = VoteRecount(genesis: genesis)
        network = genesis.network
        previous = genesis.digest
        time = genesis.time
    }

    /// Follows the next block.
    /// - Parameters:
    ///   - transactions: compact.
    ///   - codes: the results that were told with them.
    /// - Throws: `inclusion` for a block that is not what its header says, `recount` for votes.
    package mutating func follow(
        header bytes: [UInt8], transactions: [String], codes: [String]
    ) throws(ProofError) {
        let (header, entries) = try ProofFile.reading {
            let header = try BlockHeader(bytes: bytes)
            return (
                header,
                try zip(transactions, codes).map { compact, code in
                    let transaction = try Transaction(compact: compact)
                    return (transaction, VoteRecount.Entry(transaction, code: code))
                }
            )
        }
        guard header.network.hasSameBytes(as: network), header.previous == previous,
            header.height == votes.height + 1, header.time > time
        else {
            throw ProofError(
                .inclusion, "block \(header.height) does not follow block \(votes.height)")
        }
        let leaves = zip(entries, codes).map {
            TransactionResult.leaf(transaction: $0.0.id, code: $1)
        }
        guard transactions.count == codes.count,
            header.transactionCount == UInt64(transactions.count),
            header.transactionsRoot == MerkleTree.root(transactions.map { Array($0.utf8) }),
            header.resultsRoot == MerkleTree.root(leaves)
        else {
            throw ProofError(
                .inclusion,
                "the transactions or results of block \(header.height) are not those of its header")
        }
        try votes.follow(
            height: header.height, time: header.time, entries: entries.map(\.1))
        self.header = header
        previous = header.id
        time = header.time
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
