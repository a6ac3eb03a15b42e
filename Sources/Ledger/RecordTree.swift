internal import Cryptography

/// The state root: a Merkle tree over 2^16 buckets, kept up incrementally, so that a block costs
/// what it changes and not what there is.
///
/// A record falls into the bucket of the first 16 bits of SHA-256(key). A bucket is the
/// concatenation of its records' SHA-256(key) ‖ SHA-256(value), sorted; it is one leaf. Leaf and
/// node hashes are those of RFC 9162 section 2.1.1, an empty bucket being an empty leaf. A bucket
/// and its path prove that a record is there with a value, or that it is not there.
struct RecordTree: Sendable {
    static let depth = 16
    static let bucketCount = 1 << depth
    private static let entryByteCount = 64

    private var buckets: [[UInt8]]
    /// A heap: the root is at 1, children of n at 2n and 2n+1, buckets from `bucketCount` on.
    private var nodes: [Digest]

    /// What one block does to the tree.
    struct Update: Sendable {
        fileprivate let buckets: [Bucket]
        fileprivate let nodes: [Node]
        let root: Digest
    }

    fileprivate struct Bucket: Sendable {
        let index: Int
        let bytes: [UInt8]
    }

    fileprivate struct Node: Sendable {
        /// Place in the heap.
        let index: Int
        let digest: Digest
    }

    /// Built once, for it takes as many hashes as there are levels but as many writes as nodes.
    private static let empty = RecordTree(levels: depth)

    init() { self = Self.empty }

    private init(levels: Int) {
        buckets = Array(repeating: [], count: Self.bucketCount)
        nodes = Array(repeating: MerkleTree.leafHash([]), count: 2 * Self.bucketCount)
        // All nodes of one level are alike while every bucket is empty.
        for level in stride(from: levels - 1, through: 0, by: -1) {
            let first = 1 << level
            let digest = MerkleTree.nodeHash(nodes[2 * first], nodes[2 * first])
            for index in first..<2 * first { nodes[index] = digest }
        }
    }

    var root: Digest { nodes[1] }

    /// The tree's change and root once `changes` are in; each key at most once.
    func update(_ changes: [RecordChange]) -> Update {
        let entries = changes.map { change -> [UInt8] in
            Digest.sha256(change.key).bytes + Digest.sha256(change.value).bytes
        }.sorted { $0.lexicographicallyPrecedes($1) }
        var touched: [Bucket] = []
        var dirty: [Node] = []
        var position = 0
        while position < entries.count {
            let bucket = Self.bucket(of: entries[position])
            var end = position + 1
            while end < entries.count, Self.bucket(of: entries[end]) == bucket { end += 1 }
            let bytes = Self.merge(buckets[bucket], entries[position..<end])
            touched.append(Bucket(index: bucket, bytes: bytes))
            dirty.append(
                Node(index: Self.bucketCount + bucket, digest: MerkleTree.leafHash(bytes)))
            position = end
        }
        var all = dirty
        while let first = dirty.first, first.index > 1 {
            dirty = parents(of: dirty)
            all += dirty
        }
        return Update(buckets: touched, nodes: all, root: dirty.first?.digest ?? root)
    }

    mutating func apply(_ update: Update) {
        for bucket in update.buckets { buckets[bucket.index] = bucket.bytes }
        for node in update.nodes { nodes[node.index] = node.digest }
    }

    /// The nodes one level up, given the changed nodes of one level in order.
    private func parents(
        of dirty: [Node]
    ) -> [Node] {
        var parents: [Node] = []
        parents.reserveCapacity(dirty.count)
        var position = 0
        while position < dirty.count {
            let node = dirty[position]
            let sibling = node.index ^ 1
            var other = nodes[sibling]
            position += 1
            if position < dirty.count, dirty[position].index == sibling {
                other = dirty[position].digest
                position += 1
            }
            let digest =
                sibling < node.index
                ? MerkleTree.nodeHash(other, node.digest)
                : MerkleTree.nodeHash(node.digest, other)
            parents.append(Node(index: node.index / 2, digest: digest))
        }
        return parents
    }

    private static func bucket(of entry: [UInt8]) -> Int { Int(entry[0]) << 8 | Int(entry[1]) }

    /// A bucket with entries put in or replaced; both sorted.
    private static func merge(_ bucket: [UInt8], _ entries: ArraySlice<[UInt8]>) -> [UInt8] {
        var merged: [UInt8] = []
        merged.reserveCapacity(bucket.count + entries.count * entryByteCount)
        var position = 0
        for entry in entries {
            while position < bucket.count {
                let old = bucket[position..<position + entryByteCount]
                let sameKey = old.prefix(32).elementsEqual(entry.prefix(32))
                guard !sameKey, old.lexicographicallyPrecedes(entry) else {
                    if sameKey { position += entryByteCount }
                    break
                }
                merged += old
                position += entryByteCount
            }
            merged += entry
        }
        merged += bucket[position...]
        return merged
    }
}
