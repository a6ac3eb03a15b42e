internal import Cryptography

/// The Merkle tree over the 2^20 buckets of records, kept up incrementally, so that a block costs
/// what it changes and not what there is. It holds digests alone; what the buckets contain is read
/// where it is needed.
///
/// A record falls into the bucket of the first 20 bits of SHA-256(key). A bucket is the
/// concatenation of its records' SHA-256(key) ‖ SHA-256(value), sorted; it is one leaf. Leaf and
/// node hashes are those of RFC 9162 section 2.1.1, an empty bucket being an empty leaf. A bucket
/// and its path prove that a record is there with a value, or that it is not there.
///
/// The lower 8 levels lie in pages that exist once a bucket below them is in use: a small ledger
/// takes little memory, a full tree 64 MiB.
struct RecordTree: Sendable {
    static let depth = 20
    static let bucketCount = 1 << depth
    static let pageDepth = 8
    /// Buckets of one page.
    static let pageBucketCount = 1 << pageDepth
    static let pageCount = bucketCount / pageBucketCount

    /// Levels from `pageDepth` up, a heap: the root is at 1, children of n at 2n and 2n+1.
    private var top: [Digest]
    /// Levels below, a heap for each page whose place 1 is unused; empty while all its buckets are.
    private var pages: [[Digest]]

    /// What one block does to the tree.
    struct Update: Sendable {
        fileprivate let nodes: [Node]
        let root: Digest

        /// The buckets that change and their new digests, in order.
        var leaves: [BucketDigest] {
            nodes.prefix { $0.level == 0 }.map { BucketDigest(bucket: $0.index, digest: $0.digest) }
        }
    }

    fileprivate struct Node: Sendable {
        /// 0 for a bucket.
        let level: Int
        /// From the left on its level.
        let index: Int
        let digest: Digest
    }

    /// The digest of a subtree without records, by its height.
    private static let empty: [Digest] = {
        var digests = [MerkleTree.leafHash([])]
        for level in 0..<depth {
            digests.append(MerkleTree.nodeHash(digests[level], digests[level]))
        }
        return digests
    }()

    static let emptyLeaf = empty[0]

    init() {
        top = Array(repeating: .zero, count: 2 * Self.pageCount)
        pages = Array(repeating: [], count: Self.pageCount)
        for level in Self.pageDepth...Self.depth {
            let first = 1 << (Self.depth - level)
            for place in first..<2 * first { top[place] = Self.empty[level] }
        }
    }

    /// The tree over the digests of all buckets.
    /// - Parameter leaves: one list of `pageBucketCount` digests for each page in order, or an
    ///   empty list for a page without records.
    init(leaves: [[Digest]]) {
        self.init()
        var nodes: [Node] = []
        for (number, page) in leaves.enumerated() where page.count == Self.pageBucketCount {
            let heap = Self.heap(page)
            pages[number] = heap
            let root = MerkleTree.nodeHash(heap[2], heap[3])
            nodes.append(Node(level: Self.pageDepth, index: number, digest: root))
        }
        climb(&nodes)
        for node in nodes { top[1 << (Self.depth - node.level) | node.index] = node.digest }
    }

    /// A page above the digests of its buckets, most of which are empty in a small ledger.
    private static func heap(_ page: [Digest]) -> [Digest] {
        var heap = emptyPage
        heap.replaceSubrange(pageBucketCount..., with: page)
        for level in 0..<pageDepth - 1 {
            let first = 1 << (pageDepth - level - 1)
            for place in first..<2 * first {
                let (left, right) = (heap[2 * place], heap[2 * place + 1])
                if left != empty[level] || right != empty[level] {
                    heap[place] = MerkleTree.nodeHash(left, right)
                }
            }
        }
        return heap
    }

    var root: Digest { top[1] }

    func leaf(_ bucket: Int) -> Digest { digest(level: 0, bucket) }

    /// The siblings from the bucket up to the root.
    func path(_ bucket: Int) -> [Digest] {
        (0..<Self.depth).map { digest(level: $0, bucket >> $0 ^ 1) }
    }

    /// The same once `update` is applied.
    func path(_ bucket: Int, after update: Update) -> [Digest] {
        var path = path(bucket)
        for node in update.nodes
        where node.level < Self.depth && node.index == bucket >> node.level ^ 1 {
            path[node.level] = node.digest
        }
        return path
    }

    /// The digests of a page's buckets; an empty list when it has none.
    func leaves(ofPage number: Int) -> ArraySlice<Digest> {
        pages[number].dropFirst(Self.pageBucketCount)
    }

    /// The tree's change and root once these buckets have these digests; in the order of the
    /// buckets, each at most once.
    func update(_ leaves: [(bucket: Int, digest: Digest)]) -> Update {
        var nodes: [Node] = []
        nodes.reserveCapacity(leaves.count * (Self.depth + 1))
        for leaf in leaves {
            nodes.append(Node(level: 0, index: leaf.bucket, digest: leaf.digest))
        }
        climb(&nodes)
        return Update(nodes: nodes, root: nodes.last?.digest ?? root)
    }

    mutating func apply(_ update: Update) {
        for node in update.nodes {
            if node.level >= Self.pageDepth {
                top[1 << (Self.depth - node.level) | node.index] = node.digest
                continue
            }
            let (page, place) = Self.place(node.level, node.index)
            if pages[page].isEmpty { pages[page] = Self.emptyPage }
            pages[page][place] = node.digest
        }
    }

    private static let emptyPage: [Digest] = {
        var heap = Array(repeating: Digest.zero, count: 2 * pageBucketCount)
        for level in 0..<pageDepth {
            let first = 1 << (pageDepth - level)
            for place in first..<2 * first { heap[place] = empty[level] }
        }
        return heap
    }()

    private static func place(_ level: Int, _ index: Int) -> (page: Int, place: Int) {
        let width = pageDepth - level
        return (index >> width, 1 << width | index & ((1 << width) - 1))
    }

    private func digest(level: Int, _ index: Int) -> Digest {
        if level >= Self.pageDepth { return top[1 << (Self.depth - level) | index] }
        let (page, place) = Self.place(level, index)
        return pages[page].isEmpty ? Self.empty[level] : pages[page][place]
    }

    /// Puts the nodes above behind changed ones of one level, level by level and each in order, up
    /// to the root.
    private func climb(_ nodes: inout [Node]) {
        guard let first = nodes.first else { return }
        var position = 0
        var siblings: [Digest] = []
        siblings.reserveCapacity(nodes.count)
        for level in first.level..<Self.depth {
            let (start, end) = (position, nodes.count)
            // All of them before anything is hashed: in a large tree few are in the processor's
            // cache, and it waits for many at once.
            siblings.removeAll(keepingCapacity: true)
            for node in nodes[start..<end] {
                siblings.append(digest(level: level, node.index ^ 1))
            }
            while position < end {
                let node = nodes[position]
                let sibling = node.index ^ 1
                var other = siblings[position - start]
                position += 1
                if position < end, nodes[position].index == sibling {
                    other = nodes[position].digest
                    position += 1
                }
                let digest =
                    sibling < node.index
                    ? MerkleTree.nodeHash(other, node.digest)
                    : MerkleTree.nodeHash(node.digest, other)
                nodes.append(Node(level: level + 1, index: node.index / 2, digest: digest))
            }
        }
    }
}
