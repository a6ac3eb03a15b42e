internal import Cryptography

extension LedgerState {
    /// Proves a record after the tip, or that there is none.
    /// - Returns: the record's bytes, nil when there is no such record, and the proof of either
    ///   against the state root.
    package func proof(of name: RecordName) -> (value: [UInt8]?, proof: RecordProof) {
        let digest = Digest.sha256(name.bytes)
        let index = RecordEntry.bucket(of: digest)
        let stored = bucket(index)
        let key = name.key
        let value = key.isHeld ? self[key]?.bytes : stored.value(digest)
        let entries = RecordEntry.merge(heldEntries(index), stored.entries)
        return (
            value,
            RecordProof(
                entries: RecordEntry.bytes(entries), path: recordsPath(index),
                tallyRoot: roots.tallies)
        )
    }

    /// Proves a record as it is after a block that was executed beside this state.
    func proof(of name: RecordName, after update: StateUpdate) -> RecordProof {
        let index = RecordEntry.bucket(of: Digest.sha256(name.bytes))
        let held = update.held.first { $0.bucket == index }?.entries ?? heldEntries(index)
        let stored = update.stored.first { $0.index == index }?.after ?? bucket(index)
        return RecordProof(
            entries: RecordEntry.bytes(RecordEntry.merge(held, stored.entries)),
            path: recordsPath(index, after: update.records), tallyRoot: update.tallies.root)
    }

    /// Proves a candidate's votes after the tip; nil for a node that never stood.
    package func tallyProof(of node: Identity) -> TallyProof? {
        guard let candidate = candidate(node) else { return nil }
        return TallyProof(
            leaf: TallyLeaf(candidate), number: candidate.number,
            count: UInt64(candidateNodes.count), path: talliesPath(Int(clamping: candidate.number)),
            recordsRoot: roots.records)
    }

    /// All tallies after the tip.
    package var tallySheet: TallySheet {
        TallySheet(
            leaves: candidateNodes.compactMap(candidate).map { TallyLeaf($0) },
            recordsRoot: roots.records)
    }
}
