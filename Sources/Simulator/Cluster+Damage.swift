import Consensus
import Cryptography
import Ledger
import Replication

/// Disks that lose what was on them, and operators who put old files back.
extension Cluster {
    /// What happened to a node's disk while it was down.
    /// - Returns: the height of the chain with a signature of this node that its record does not
    ///   have, as a node looks for it when it starts.
    func damage(_ node: Node) -> UInt64? {
        if plan.spoiledLogs.contains(node.place), !isHealed || !node.hasLost {
            node.disk.spoil(&random)
            node.hasLost = true
        }
        node.lostHeight = node.disk.lostHeight
        if let height = node.lostHeight {
            node.owesVote = true
            trace.note(now, node.number, "lost its log", height)
        }
        // An old copy is put back only where the chain shows that it is one: of what is under way
        // only others could tell.
        if let height = node.disk.backedUpHeight, !node.isOutdated,
            newestCommit(of: node, above: height) != nil
        {
            node.disk.restoreRecord()
            node.isOutdated = true
            trace.note(now, node.number, "has an old record", height)
        }
        guard node.isOutdated, let signed = node.disk.signed else { return nil }
        return newestCommit(of: node, above: signed.height)
    }

    /// The newest block above a height whose certificate has a signature of this node.
    private func newestCommit(of node: Node, above height: UInt64) -> UInt64? {
        let key = world.consensusKeys[node.place].key.publicKey.bytes
        for stored in node.disk.blocks.reversed() {
            let certificate = stored.certificate
            guard certificate.height > height else { return nil }
            let list = node.state.representatives(at: certificate.height).list
            if let place = list.firstIndex(where: { $0.consensusKey == key }),
                certificate.signers.contains(place)
            {
                return certificate.height
            }
        }
        return nil
    }

    /// An honest node is about to sign.
    func checkMaySign(_ content: UnsignedMessage.Content, _ node: Node) {
        let height =
            switch content {
            case .proposal(let proposal): proposal.height
            case .vote(let vote): vote.height
            }
        if node.isOutdated {
            checker.fail(
                "node \(node.place) signs for height \(height) with an old record of what it "
                    + "signed")
        }
        if node.lostHeight == height {
            checker.fail(
                "node \(node.place) signs for height \(height), whose log it has lost")
        }
        node.owesVote = false
    }

    /// Whether it has to vote again, and did not.
    func owesVote(_ node: Node) -> Bool {
        node.owesVote && !node.isMalicious && !node.isOutdated
            && node.state.representatives(at: node.state.tip.height + 1)
                .contains(world.nodes[node.place].identity)
    }
}
