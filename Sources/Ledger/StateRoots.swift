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
    func update(
        _ changes: [(key: RecordKey, change: RecordChange)], tallies: [TallyEntry]
    ) -> StateUpdate {
        let inTree = changes.filter { $0.key.isInTree }
            .map { (entry: RecordEntry($0.change), isHeld: $0.key.isHeld, change: $0.change) }
            .sorted { $0.entry < $1.entry }
        var held: [(bucket: Int, entries: [RecordEntry])] = []
        var stored: [BucketChange] = []
        var leaves: [(bucket: Int, digest: Digest)] = []
        leaves.reserveCapacity(inTree.count)
        var position = 0
        while position < inTree.count {
            let index = inTree[position].entry.bucket
            let start = position
            while position < inTree.count, inTree[position].entry.bucket == index { position += 1 }
            let group = inTree[start..<position]
            var heldEntries = heldEntries(index)
            let newlyHeld = group.filter(\.isHeld).map(\.entry)
            if !newlyHeld.isEmpty {
                heldEntries = RecordEntry.merge(heldEntries, newlyHeld)
                held.append((index, heldEntries))
            }
            let before = bucket(index)
            var after = before
            if newlyHeld.count < group.count {
                after = before.with(group.filter { !$0.isHeld }.map { ($0.entry, $0.change) })
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

extension TallyEntry {
    package var leaf: TallyLeaf {
        TallyLeaf(candidate: candidate, votes: votes, listed: isListed)
    }
}
