package import Cryptography
internal import Encoding

/// A block as it came from somewhere: header read, transactions not yet looked at.
package struct ReceivedBlock: Sendable {
    package let header: BlockHeader
    /// Compact JWS, in order.
    package let transactions: [String]

    package init(header: BlockHeader, transactions: [String]) {
        self.header = header
        self.transactions = transactions
    }

    /// Header and transactions as one byte string, which representatives send each other:
    /// length-prefixed header, count, length-prefixed transactions.
    package var bytes: [UInt8] {
        let head = header.bytes
        var writer = ByteWriter(
            reserving: transactions.reduce(head.count + 8) { $0 + 4 + $1.utf8.count })
        writer.bytes(head)
        writer.uint32(UInt32(clamping: transactions.count))
        for transaction in transactions { writer.string(transaction) }
        return writer.bytes
    }

    /// - Throws: `block`.
    package init(bytes: [UInt8]) throws(LedgerError) {
        do {
            var reader = ByteReader(bytes)
            header = try BlockHeader(
                bytes: try reader.bytes(maximumCount: Limits.headerByteCountMaximum))
            let count = try reader.uint32()
            guard count <= UInt32(Limits.transactionsPerBlockMaximum) else {
                throw LedgerError(
                    .block,
                    "a block has at most \(Limits.transactionsPerBlockMaximum) "
                        + "transactions")
            }
            var transactions: [String] = []
            for _ in 0..<count {
                transactions.append(
                    try reader.string(maximumByteCount: Limits.transactionByteCountMaximum))
            }
            try reader.end()
            self.transactions = transactions
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.block, "the bytes of a block cannot be read: \(error)")
        }
    }

    /// Checks every transaction's shape and signature, one after the other. A host with threads or
    /// a cache does the same with `Transaction.verified` and `Block.init`.
    package func verified(keys: KeyCache) throws(LedgerError) -> Block {
        var verified: [VerifiedTransaction] = []
        verified.reserveCapacity(transactions.count)
        for compact in transactions {
            verified.append(try Transaction(compact: compact).verified(keys: keys))
        }
        return Block(header: header, transactions: verified)
    }
}

/// A block whose transactions are of the right shape and truly signed. Whether it follows from a
/// state is for `LedgerState.verify` to say.
package struct Block: Sendable {
    package let header: BlockHeader
    package let transactions: [VerifiedTransaction]

    package init(header: BlockHeader, transactions: [VerifiedTransaction]) {
        self.header = header
        self.transactions = transactions
    }

    package var received: ReceivedBlock {
        ReceivedBlock(
            header: header, transactions: transactions.map(\.transaction.compact))
    }
}

/// A block executed beside the state it follows.
package struct ExecutedBlock: Sendable {
    package let block: Block
    /// One for each transaction, in order.
    package let results: [TransactionResult]
    /// The records to store, in the order of their keys, the tip among them. All of them and the
    /// block belong into one database transaction.
    package let changes: [RecordChange]
    /// New entries of the candidates' tally histories, by candidate.
    package let tallies: [TallyEntry]
    /// The candidates that lapsed at the start of this block.
    package let lapsed: [Identity]
    /// The election held at the end of this block.
    package let election: Election?
    /// Proof of the election's record against the header's state root.
    package let electionProof: RecordProof?

    /// The roots of the records and of the tallies, which make the state root.
    package let roots: StateRoots
    /// The buckets of stored records that the block changes.
    package let buckets: [BucketChange]
    /// The deposits it adds.
    package let deposits: [NewDeposit]
    /// The ids of the deposits it paid back.
    package var refunds: [Digest] {
        records.compactMap { written in
            guard case .deposit(let deposit) = written.record, deposit.state == .refunded
            else { return nil }
            return deposit.id
        }
    }
    /// The nodes of the tally tree that a store keeps to prove tallies of this height later.
    package var tallyNodes: [TallyNode] { update.tallies.stored }

    /// The buckets of the records' tree that change, held records included, in order.
    package var leaves: [BucketDigest] { update.records.leaves }

    /// How many nodes have stood up to this block.
    package var candidateCount: Int { update.tallies.count }

    let records: [WrittenRecord]
    let update: StateUpdate

    /// The representatives from two blocks on, when an election at this block changed them.
    package let nextRepresentatives: Representatives?
}

/// One entry of a candidate's tally history: its history block chain.
package struct TallyEntry: Sendable, Hashable {
    package let candidate: Identity
    /// The candidate's number.
    package let number: UInt64
    package let height: UInt64
    /// Votes held after the block of `height`.
    package let votes: UInt64
    /// Whether the candidate is on the list after that block.
    package let isListed: Bool
    /// Height of the entry before; 0 before the first.
    package let previousHeight: UInt64
}
