package import Cryptography

/// A place in a log's tree: the root of the complete subtree over the entries
/// `index << level ..< (index + 1) << level`.
package struct LogNode: Sendable, Hashable {
    package let level: Int
    package let index: UInt64

    package init(level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }
}

/// The Merkle tree of a growing log (RFC 9162 section 2.1), of which only the right edge is held.
/// Hashes of complete subtrees never change; whoever stores them as they come can prove anything.
package struct LogTree: Sendable {
    package private(set) var size: UInt64
    /// Roots of the complete subtrees that make up the tree, largest first: one for each bit of
    /// `size`.
    private var edge: [Digest]

    /// An empty log.
    package init() {
        size = 0
        edge = []
    }

    /// The log of `size` entries whose hashes are stored.
    package init(
        size: UInt64, hash: (LogNode) throws -> Digest
    ) throws {
        self.size = size
        edge = []
        for node in Self.edgeNodes(size) { edge.append(try hash(node)) }
    }

    /// Takes an entry's leaf hash in.
    /// - Returns: every complete subtree that this closes, smallest first, to be stored.
    package mutating func append(_ leafHash: Digest) -> [(node: LogNode, hash: Digest)] {
        var new = [(LogNode(level: 0, index: size), leafHash)]
        var hash = leafHash
        var level = 0
        var rest = size
        while rest & 1 == 1, let left = edge.popLast() {
            hash = MerkleTree.nodeHash(left, hash)
            level += 1
            rest >>= 1
            new.append((LogNode(level: level, index: rest), hash))
        }
        edge.append(hash)
        size += 1
        return new
    }

    package var root: Digest {
        guard var root = edge.last else { return MerkleTree.root([]) }
        for left in edge.dropLast().reversed() { root = MerkleTree.nodeHash(left, root) }
        return root
    }

    /// The path from entry `index` to the root of the first `size` entries (section 2.1.3.1).
    package static func inclusionProof(
        _ index: UInt64, size: UInt64, hash: (LogNode) throws -> Digest
    ) throws -> [Digest] {
        guard index < size else {
            throw LogError(.malformed, "entry \(index) is not among the first \(size)")
        }
        var path: [Digest] = []
        var (start, end) = (UInt64(0), size)
        while end - start > 1 {
            let middle = start + split(end - start)
            if index < middle {
                path.append(try root(middle..<end, hash: hash))
                end = middle
            } else {
                path.append(try root(start..<middle, hash: hash))
                start = middle
            }
        }
        return path.reversed()
    }

    /// That the first `new` entries begin with the first `old` (section 2.1.4.1).
    package static func consistencyProof(
        from old: UInt64, to new: UInt64, hash: (LogNode) throws -> Digest
    ) throws -> [Digest] {
        guard old <= new else {
            throw LogError(.malformed, "a log of \(new) entries has no part of \(old)")
        }
        guard old > 0, old < new else { return [] }
        var path: [Digest] = []
        var (start, end) = (UInt64(0), new)
        var wanted = old
        // Whether what is left of the old tree is the whole old tree, which the reader has.
        var isWhole = true
        while wanted < end - start {
            let half = split(end - start)
            let middle = start + half
            if wanted <= half {
                path.append(try root(middle..<end, hash: hash))
                end = middle
            } else {
                path.append(try root(start..<middle, hash: hash))
                start = middle
                wanted -= half
                isWhole = false
            }
        }
        if !isWhole { path.append(try root(start..<end, hash: hash)) }
        return path.reversed()
    }

    /// The head of the first `size` entries.
    package static func root(
        size: UInt64, hash: (LogNode) throws -> Digest
    ) throws -> Digest {
        size == 0 ? MerkleTree.root([]) : try root(0..<size, hash: hash)
    }

    /// The root over a range that begins where a subtree of at least its size may begin.
    private static func root(
        _ range: Range<UInt64>, hash: (LogNode) throws -> Digest
    ) throws -> Digest {
        var hashes: [Digest] = []
        var start = range.lowerBound
        for node in edgeNodes(range.upperBound - range.lowerBound) {
            let width = UInt64(1) << UInt64(node.level)
            hashes.append(
                try hash(LogNode(level: node.level, index: start >> UInt64(node.level))))
            start += width
        }
        guard var root = hashes.popLast() else { return MerkleTree.root([]) }
        for left in hashes.reversed() { root = MerkleTree.nodeHash(left, root) }
        return root
    }

    /// The complete subtrees that make up a tree of `size` entries, largest first.
    private static func edgeNodes(_ size: UInt64) -> [LogNode] {
        var nodes: [LogNode] = []
        var start: UInt64 = 0
        for level in (0..<64).reversed() where size >> UInt64(level) & 1 == 1 {
            nodes.append(LogNode(level: level, index: start >> UInt64(level)))
            start += 1 << UInt64(level)
        }
        return nodes
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }
}
