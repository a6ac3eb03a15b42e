package import Cryptography

/// Where a host keeps accounts, deposits, credentials, changes of the auditor set, and the owners
/// of consensus keys and applications: the records that are too many to be held in memory. They
/// are read bucket by bucket of the tree, so that every read is held against a digest the
/// representatives agreed on.
///
/// A read that fails is never taken for a record that is not there: the source notes the failure,
/// for good, and whoever executed on it finds it there before believing a result.
package protocol RecordSource: Sendable {
    /// The stored records of a bucket after the newest committed block.
    /// - Parameter isRight: whether contents just read are what the tree says; a source that finds
    ///   otherwise notes a failure.
    /// - Returns: an empty bucket after a failure.
    func bucket(_ index: Int, isRight: (Bucket) -> Bool) -> Bucket

    /// The ids of the deposits paid for a node, in any order; an index, which may know deposits
    /// that the newest committed block does not have yet.
    func deposits(of node: Identity) -> [Digest]

    /// The state has taken a block over: from now on it asks for what these buckets contain after
    /// the block. Called once the block is stored.
    func take(_ changes: [BucketChange])

    /// The first failure: what happened and how to fix it.
    var failure: String? { get }

    /// Notes a failure found by the state, unless there is one already.
    func fail(_ detail: String)
}

/// Where a state reads the records that it does not hold itself.
enum RecordStorage: Sendable {
    /// All of them in memory: for genesis, tests and recounts.
    case memory([Int: Bucket], deposits: [Identity: [Digest]])
    case source(any RecordSource)

    var failure: String? {
        switch self {
        case .memory: nil
        case .source(let source): source.failure
        }
    }

    func fail(_ detail: String) {
        // Records in memory were all read once when the state was made.
        if case .source(let source) = self { source.fail(detail) }
    }

    func bucket(_ index: Int, isRight: (Bucket) -> Bool) -> Bucket {
        switch self {
        case .memory(let buckets, _): buckets[index] ?? .empty
        case .source(let source): source.bucket(index, isRight: isRight)
        }
    }

    func deposits(of node: Identity) -> [Digest] {
        switch self {
        case .memory(_, let deposits): deposits[node] ?? []
        case .source(let source): source.deposits(of: node)
        }
    }

    /// Takes a block's buckets over.
    mutating func apply(_ changes: [BucketChange], deposits new: [NewDeposit]) {
        var buckets: [Int: Bucket]
        var deposits: [Identity: [Digest]]
        switch self {
        case .source(let source):
            source.take(changes)
            return
        case .memory(let held, let known): (buckets, deposits) = (held, known)
        }
        // The dictionaries must not be shared while they are changed, or they are copied.
        self = .memory([:], deposits: [:])
        for change in changes { buckets[change.index] = change.after }
        for deposit in new { deposits[deposit.node, default: []].append(deposit.id) }
        self = .memory(buckets, deposits: deposits)
    }
}

/// A bucket of stored records before and after a block.
package struct BucketChange: Sendable {
    package let index: Int
    package let before: Bucket
    package let after: Bucket
}

/// A deposit that a block added, for the indexes by node and by auditor.
package struct NewDeposit: Sendable, Hashable {
    package let node: Identity
    /// Issuer URL.
    package let auditor: String
    package let id: Digest
}
