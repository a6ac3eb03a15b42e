import Consensus
import Ledger
import Proofs
import Synchronization

/// The chain's hand-overs, kept ready for the files that carry them. A hand-over stands in the
/// block after an election that changed the representatives.
final class HandoverList: Sendable {
    private struct Content {
        var handovers: [Handover] = []
        /// The number of the last election looked at; its hand-over, if it is one, is in the list.
        var election: UInt64 = 0
    }

    private let content = Mutex(Content())

    /// Those in blocks below `height`, oldest first: what leads from genesis to the representatives
    /// of `height`.
    func handovers(
        below height: UInt64, chain: ChainState, store: BlockStore
    ) throws -> [Handover] {
        try content.withLock { content in
            try extend(&content, chain, store)
            return Array(content.handovers.prefix { $0.header.height < height })
        }
    }

    private func extend(
        _ content: inout Content, _ chain: ChainState, _ store: BlockStore
    ) throws {
        while true {
            let number = content.election
            let (before, after, tip) = chain.read {
                ($0.election(number), $0.election(number + 1), $0.tip.height)
            }
            guard let before, let after, after.height < tip else { return }
            let handover = try Self.handover(from: before, to: after) { try store.sealed($0) }
            if let handover { content.handovers.append(handover) }
            content.election = number + 1
        }
    }

    /// The hand-over between two elections in a row, in the block after the second; nil when that
    /// did not change the representatives, or the block is not there yet.
    static func handover(
        from before: Election, to after: Election,
        block: (UInt64) throws -> (BlockHeader, CommitCertificate)?
    ) throws -> Handover? {
        guard after.representatives.digest != before.representatives.digest,
            let (header, certificate) = try block(after.height + 1)
        else { return nil }
        return Handover(
            header: header, certificate: certificate, before: before.representatives,
            after: after.representatives)
    }
}
