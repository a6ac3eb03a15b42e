import Cryptography
import Encoding
import Ledger
import Storage

/// Tallies of past heights. Every answer is made of look-ups in indexes, so that it costs the same
/// however long the chain is.
extension BlockStore {
    /// Proof of a candidate's votes after the block of `height`.
    /// - Returns: nil when there is no such block or the node had never stood.
    func tallyProof(candidate: Identity, height: UInt64) throws -> TallyProof? {
        guard let height = Int64(exactly: height) else { return nil }
        return try database.read { connection in
            let tree = try StoredTallies(connection, height: height)
            let number = try connection.first(
                "SELECT number FROM candidates WHERE node = ?", [.text(candidate.text)]
            ) { Int(clamping: $0.int(0)) }
            guard let tree, let number, number < tree.count else { return nil }
            return TallyProof(
                leaf: try tree.leaf(number, candidate), number: UInt64(number),
                count: UInt64(tree.count), path: try tree.path(number),
                recordsRoot: tree.roots.records)
        }
    }

    /// All tallies after the block of `height`; nil when there is no such block.
    func tallySheet(height: UInt64) throws -> TallySheet? {
        guard let height = Int64(exactly: height) else { return nil }
        return try database.read { connection in
            guard let tree = try StoredTallies(connection, height: height) else { return nil }
            return TallySheet(leaves: try tree.leaves(), recordsRoot: tree.roots.records)
        }
    }

    /// The two trees under the state root of a block; nil when there is no such block.
    func roots(height: UInt64) throws -> StateRoots? {
        guard let height = Int64(exactly: height) else { return nil }
        return try database.read { try StoredTallies($0, height: height)?.roots }
    }
}

/// The tally tree as it was after one block.
struct StoredTallies {
    let roots: StateRoots
    /// Candidates that had stood.
    let count: Int
    private let connection: Connection
    private let height: Int64

    init?(_ connection: Connection, height: Int64) throws {
        let row = try connection.first(
            "SELECT records, tallies, candidates FROM roots WHERE height = ?", [.integer(height)]
        ) { ($0.blob(0), $0.blob(1), Int(clamping: $0.int(2))) }
        guard let row else { return nil }
        roots = StateRoots(
            records: try Digest(bytes: row.0), tallies: try Digest(bytes: row.1))
        count = row.2
        self.connection = connection
        self.height = height
    }

    func leaf(_ number: Int, _ candidate: Identity) throws -> TallyLeaf {
        let row = try connection.first(
            "SELECT votes, listed FROM tallies WHERE number = ? AND height <= ? "
                + "ORDER BY height DESC LIMIT 1", [.integer(Int64(number)), .integer(height)]
        ) { ($0.int(0), $0.int(1)) }
        guard let (votes, listed) = row else { throw Self.missing(number, height) }
        return TallyLeaf(
            candidate: candidate, votes: UInt64(bitPattern: votes), listed: listed == 1)
    }

    func leaves() throws -> [TallyLeaf] {
        let nodes = try connection.query(
            "SELECT node FROM candidates WHERE number < ? ORDER BY number",
            [.integer(Int64(count))]
        ) { try Identity(did: $0.text(0)) }
        guard nodes.count == count else { throw Self.missing(nodes.count, height) }
        return try nodes.enumerated().map { try leaf($0, $1) }
    }

    func path(_ number: Int) throws -> [Digest] {
        try TallyShape.path(number, count: count, node: digest)
    }

    /// The node over the 2^level leaves from index·2^level on: from the nearest stored level below.
    private func digest(level: Int, index: Int) throws -> Digest {
        let missing = level % TallyShape.levelStep
        guard missing == 0 else {
            return MerkleTree.nodeHash(
                try digest(level: level - 1, index: 2 * index),
                try digest(level: level - 1, index: 2 * index + 1))
        }
        guard level > 0 else {
            let node = try connection.first(
                "SELECT node FROM candidates WHERE number = ?", [.integer(Int64(index))]
            ) { try Identity(did: $0.text(0)) }
            guard let node else { throw Self.missing(index, height) }
            return MerkleTree.leafHash(try leaf(index, node).bytes)
        }
        let stored = try connection.first(
            "SELECT digest FROM tally_nodes WHERE level = ? AND position = ? AND height <= ? "
                + "ORDER BY height DESC LIMIT 1",
            [.integer(Int64(level)), .integer(Int64(index)), .integer(height)]
        ) { try Digest(bytes: $0.blob(0)) }
        guard let stored else { throw Self.missing(index, height) }
        return stored
    }

    private static func missing(_ number: Int, _ height: Int64) -> NodeError {
        NodeError(
            .data,
            "the tally of candidate \(number) at height \(height) is missing in the stored chain: "
                + "fetch the chain anew from the other nodes.")
    }
}
