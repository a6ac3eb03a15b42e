package import Cryptography

/// The records of a state as a snapshot carries them: all that the state root covers, in one form
/// that is the same on every node.
extension RecordChange {
    /// A record as the snapshot after block `height` carries it; nil for the one that the header
    /// says. When votes changed last stands outside the root, and nodes that joined late do not
    /// know it: a snapshot says its own height for all.
    /// - Throws: `records` for a record that is none.
    package func carried(at height: UInt64) throws(LedgerError) -> RecordChange? {
        let key = try LedgerState.reading { try RecordKey(self.key) }
        switch key {
        case .tip: return nil
        case .tally:
            let tally = try Tally(bytes: value)
            return RecordChange(
                key: self.key, value: Tally(votes: tally.votes, height: height).bytes)
        case .settings, .parameters, .auditorSet, .account, .candidate, .deposit, .election,
            .consensusKey, .application, .credential, .auditorSetChange, .offence, .offender,
            .absences:
            return self
        }
    }

    /// The record of the newest block.
    package static func tip(_ header: BlockHeader) -> RecordChange {
        let tip = Tip(height: header.height, block: header.id, time: header.time)
        return RecordChange(key: RecordKey.tip.bytes, value: Record.tip(tip).bytes)
    }
}

extension BuiltTree {
    /// Root of the records beside the tallies.
    package var root: Digest { tree.root }
}

extension LedgerState {
    /// The newest entry of each candidate's tally history, by number, as if it were the first.
    package var tallyEntries: [TallyEntry] {
        candidateNodes.compactMap(candidate).map { candidate in
            TallyEntry(
                candidate: candidate.node, number: candidate.number,
                height: candidate.tallyHeight, votes: candidate.votes,
                isListed: candidate.state == .listed, previousHeight: 0)
        }
    }
}
