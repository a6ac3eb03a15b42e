import Consensus
import Cryptography
import Encoding
import Ledger

/// A block whose parts could be read. Nothing in it is verified.
struct ReadBlock: Sendable {
    let header: BlockHeader
    let transactions: [Transaction]
    /// The codes that the node tells; the results root covers them.
    let codes: [String]
    let certificate: CommitCertificate

    init(_ block: PublicRecord.Block) throws {
        header = try BlockHeader(bytes: block.header)
        transactions = try block.transactions.map { try Transaction(compact: $0) }
        codes = block.codes
        certificate = try CommitCertificate(json: block.certificate)
    }
}

/// The checks on blocks by themselves: that they hang together, are signed and decided by those who
/// had to decide them.
enum ChainChecks {
    /// Reads the blocks up to the first that cannot be read, and follows their chain.
    static func chain(_ record: PublicRecord, network: String) -> (DemoCheck, [ReadBlock]) {
        var check = DemoCheck(
            "chain", "headers chain from genesis without a gap, and their times rise")
        var blocks: [ReadBlock] = []
        var previous = Digest.sha256(record.genesis)
        for (index, block) in record.blocks.enumerated() {
            let place = "block \(index + 1)"
            guard let read = reading(block, place, &check) else { break }
            let header = read.header
            check.expect(header.height, UInt64(index + 1), "\(place): height")
            check.expect(header.network, network, "\(place): network")
            check.expect(header.previous, previous, "\(place): id of the block before")
            if let last = blocks.last?.header {
                check.expect(
                    header.time > last.time, "\(place): time", "later than \(last.time.rfc3339)",
                    header.time.rfc3339)
            }
            previous = header.id
            blocks.append(read)
        }
        return (check, blocks)
    }

    private static func reading(
        _ block: PublicRecord.Block, _ place: String, _ check: inout DemoCheck
    ) -> ReadBlock? {
        var read: ReadBlock?
        check.expect(place) { check in read = try ReadBlock(block) }
        return read
    }

    /// Every signature, and the roots in the header over transactions and results.
    static func transactions(_ blocks: [ReadBlock]) -> DemoCheck {
        var check = DemoCheck(
            "transactions",
            "every transaction is signed by its sender and stands under its block's roots")
        let keys = KeyCache()
        for block in blocks {
            let place = "block \(block.header.height)"
            for transaction in block.transactions {
                check.expect("\(place): transaction \(transaction.id.text)") { check in
                    _ = try transaction.verified(keys: keys)
                }
            }
            let leaves = block.transactions.map(\.bytes)
            check.expect(
                block.header.transactionsRoot, MerkleTree.root(leaves),
                "\(place): transactions root")
            check.expect(
                block.codes.count, block.transactions.count, "\(place): number of results")
            let results = zip(block.transactions, block.codes).map { resultLeaf($0.id, $1) }
            check.expect(
                block.header.resultsRoot, MerkleTree.root(results), "\(place): results root")
        }
        return check
    }

    /// `{"transaction","code"}`: the bytes of one result under the results root.
    static func resultLeaf(_ transaction: Digest, _ code: String) -> [UInt8] {
        let json: JSON = ["transaction": JSON(transaction.text), "code": JSON(code)]
        return json.bytes
    }

    /// Every certificate against the set that had to decide its height.
    static func certificates(_ blocks: [ReadBlock], _ recount: Recount) -> DemoCheck {
        var check = DemoCheck(
            "certificates",
            "a quorum of the representatives who had to decide each block signed it")
        for block in blocks {
            let (height, place) = (block.header.height, "block \(block.header.height)")
            let deciders = recount.deciders(at: height)
            check.expect(place) { check in
                try verify(block.certificate, of: block.header, by: deciders, recount)
                check.expect(
                    block.header.representatives, try Representatives(deciders).digest,
                    "\(place): digest of its representatives")
            }
            check.expect(
                deciders.contains { $0.node == block.header.proposer }, "\(place): proposer",
                "one of its representatives", block.header.proposer.text)
        }
        return check
    }

    static func verify(
        _ certificate: CommitCertificate, of header: BlockHeader, by deciders: [Representative],
        _ recount: Recount
    ) throws {
        let keys = try deciders.map {
            try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
        }
        let set = try RepresentativeSet(
            keys, approval: recount.approval, genesis: recount.genesis,
            since: recount.seatedSince(at: header.height))
        try certificate.verify(
            set: set, network: recount.network, height: header.height, valueID: header.id)
    }

    /// The set changes exactly two blocks after its election, and the new members make blocks.
    /// - Parameter switches: how many elections at least have to have changed the set.
    static func switches(
        _ blocks: [ReadBlock], _ recount: Recount, atLeast switches: Int
    ) -> DemoCheck {
        var check = DemoCheck(
            "switches",
            "each new set acts exactly from two blocks after its election, and who is new in it "
                + "makes blocks")
        var count = 0
        for (before, term) in zip(recount.terms, recount.terms.dropFirst()) {
            let (old, new) = (nodes(before), nodes(term))
            guard old != new else { continue }
            count += 1
            let next = recount.terms.first { $0.number > term.number && nodes($0) != new }
            let reign = blocks.filter {
                $0.header.height >= term.actsFrom && $0.header.height < next?.actsFrom ?? .max
            }
            let place = "election \(term.number) at \(term.height)"
            check.expect("\(place): sets in the headers") { check in
                let digests = (
                    try Representatives(before.representatives).digest,
                    try Representatives(term.representatives).digest
                )
                for height in [term.height, term.height + 1] {
                    check.expect(
                        block(height, blocks)?.header.representatives, digests.0,
                        "\(place): set of block \(height)")
                }
                check.expect(
                    block(term.actsFrom, blocks)?.header.representatives, digests.1,
                    "\(place): set of block \(term.actsFrom)")
            }
            for node in new.subtracting(old).sorted() {
                check.expect(
                    reign.contains { $0.header.proposer.text == node }, "\(place): \(node)",
                    "it has proposed a block", "none of \(reign.count) blocks is its own")
            }
        }
        check.expect(
            count >= switches, "elections that changed the set", "at least \(switches)", "\(count)")
        return check
    }

    private static func nodes(_ term: Recount.Term) -> Set<String> {
        Set(term.representatives.map(\.node.text))
    }

    private static func block(_ height: UInt64, _ blocks: [ReadBlock]) -> ReadBlock? {
        blocks.first { $0.header.height == height }
    }

    /// All nodes have the same block and so the same state at one height.
    static func agreement(_ record: PublicRecord, _ blocks: [ReadBlock]) -> DemoCheck {
        var check = DemoCheck(
            "agreement", "all nodes report the same block and state root at the last common height")
        var headers: [(String, BlockHeader)] = []
        for (name, bytes) in record.headersByNode.sorted(by: { $0.key < $1.key }) {
            check.expect("node \(name)") { check in
                headers.append((name, try BlockHeader(bytes: bytes)))
            }
        }
        guard let first = headers.first?.1 else { return check }
        let ours = block(first.height, blocks)?.header
        for (name, header) in headers {
            let place = "node \(name), block \(first.height)"
            check.expect(header.height, first.height, place)
            check.expect(header.id, ours?.id, "\(place): id")
            check.expect(header.stateRoot, ours?.stateRoot, "\(place): state root")
        }
        return check
    }

    /// Receipts prove offline that a transaction and its result stand in a decided block.
    static func receipts(
        _ record: PublicRecord, _ blocks: [ReadBlock], _ recount: Recount
    ) -> DemoCheck {
        var check = DemoCheck(
            "receipts", "each receipt proves its transaction and result in a decided block")
        for json in record.receipts {
            let id = json["id"]?.stringValue ?? "?"
            check.expect("receipt \(id)") { check in
                let receipt = try ReadReceipt(json)
                let header = receipt.header
                check.expect(receipt.transaction.id.text, id, "receipt \(id): transaction")
                check.expect(
                    block(header.height, blocks)?.header.id, header.id,
                    "receipt \(id): block \(header.height)")
                check.expect(
                    receipt.holds, "receipt \(id): paths", "they lead to the roots of the header",
                    "they lead elsewhere")
                try verify(
                    receipt.certificate, of: header, by: recount.deciders(at: header.height),
                    recount)
            }
        }
        return check
    }
}
