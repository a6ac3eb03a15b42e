package import Cryptography

/// The two trees under the state root of one height.
package struct StateRoots: Sendable, Hashable {
    package let records: Digest
    package let tallies: Digest

    package init(records: Digest, tallies: Digest) {
        self.records = records
        self.tallies = tallies
    }

    /// `stateRoot` of the header.
    package var state: Digest { MerkleTree.nodeHash(records, tallies) }
}

/// What one block does to the trees and to the buckets under them.
struct StateUpdate: Sendable {
    let records: RecordTree.Update
    let tallies: TallyTree.Update
    /// The tree's entries of held records, by bucket, where they changed.
    let held: [(bucket: Int, entries: [RecordEntry])]
    let stored: [BucketChange]

    var roots: StateRoots { StateRoots(records: records.root, tallies: tallies.root) }
}

extension LedgerState {
    /// What these changes do to the trees; the keys in any order, each once.
    func update(_ changes: [StoredChange], tallies: [TallyEntry]) -> StateUpdate {
        var inTree: [(entry: RecordEntry, isHeld: Bool, change: RecordChange)] = []
        inTree.reserveCapacity(changes.count)
        for change in changes {
            guard let entry = change.entry else { continue }
            inTree.append((entry, change.key.isHeld, change.change))
        }
        inTree.sort { $0.entry < $1.entry }
        var held: [(bucket: Int, entries: [RecordEntry])] = []
        var stored: [BucketChange] = []
        var leaves: [(bucket: Int, digest: Digest)] = []
        leaves.reserveCapacity(inTree.count)
        var position = 0
        while position < inTree.count {
            let index = inTree[position].entry.bucket
            let start = position
            while position < inTree.count, inTree[position].entry.bucket == index { position += 1 }
            var heldEntries = heldEntries(index)
            let before = bucket(index)
            var after = before
            var newlyHeld: [RecordEntry] = []
            for (entry, isHeld, change) in inTree[start..<position] {
                if isHeld { newlyHeld.append(entry) } else { after.put(entry, change) }
            }
            if !newlyHeld.isEmpty {
                heldEntries = RecordEntry.merge(heldEntries, newlyHeld)
                held.append((index, heldEntries))
            }
            if newlyHeld.count < position - start {
                stored.append(BucketChange(index: index, before: before, after: after))
            }
            let bytes = RecordEntry.bytes(RecordEntry.merge(heldEntries, after.entries))
            leaves.append((index, MerkleTree.leafHash(bytes)))
        }
        return StateUpdate(
            records: recordsUpdate(leaves),
            tallies: talliesUpdate(
                tallies.sorted { $0.number < $1.number }.map { (Int(clamping: $0.number), $0.leaf) }
            ), held: held, stored: stored)
    }
}

/// A record to store, with what the tree of the records asks for.
struct StoredChange {
    let key: RecordKey
    /// SHA-256 of the key's bytes; nil for what the tree does not cover.
    let name: Digest?
    let change: RecordChange

    init(key: RecordKey, name: Digest?, change: RecordChange) {
        self.key = key
        self.name = name
        self.change = change
    }

    init(_ written: WrittenRecord) {
        let name = written.key.isInTree ? written.address.name : nil
        self.init(key: written.key, name: name, change: written.change)
    }

    var entry: RecordEntry? {
        name.map { RecordEntry(name: $0, value: Digest.sha256(change.value)) }
    }
}

extension TallyEntry {
    package var leaf: TallyLeaf {
        TallyLeaf(candidate: candidate, votes: votes, listed: isListed)
    }
}
