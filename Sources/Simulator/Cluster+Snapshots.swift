import Consensus
import Cryptography
import Ledger
import Proofs
import Replication

/// Nodes that keep the newest blocks only, and nodes that begin with a snapshot because of it.
extension Cluster {
    /// Loses everything a node has but its record of signatures.
    func loseChain(_ node: Node, pause: Int64) {
        if node.isUp { crash(node, pause: pause) }
        node.disk.loseChain()
        node.state = world.state
        trace.note(now, node.number, "lost its chain")
    }

    /// Tells somebody who asks for a block that is not kept what there is instead.
    func offerSnapshot(_ node: Node, to asking: Node) {
        guard var snapshot = snapshot(of: node) else { return }
        if mutant == .snapshotUnchecked || node.isMalicious && random.chance(500) {
            spoil(&snapshot)
        }
        events.add(
            .snapshot(to: asking.number, life: asking.life, from: node.number, snapshot),
            at: now + delay())
    }

    private func snapshot(of node: Node) -> Snapshot? {
        guard let newest = node.disk.blocks.last else { return nil }
        let base = node.disk.base
        var records = base?.records ?? world.records
        var handovers = base?.snapshot.handovers ?? world.handovers
        func note(_ header: BlockHeader, _ certificate: CommitCertificate) {
            guard header.handsOver else { return }
            handovers.append(
                Handover(
                    header: header, certificate: certificate,
                    before: node.state.representatives(at: header.height),
                    after: node.state.representatives(at: header.height + 1)))
        }
        if let first = base?.snapshot { note(first.header, first.certificate) }
        for stored in node.disk.blocks {
            for change in stored.block.changes { records[change.key] = change.value }
            note(stored.block.block.header, stored.certificate)
        }
        let header = newest.block.block.header
        // The newest block's own hand-over is for the one after it.
        let before = handovers.filter { $0.header.height < header.height }
        do {
            let carried = try records.keys.sorted { $0.lexicographicallyPrecedes($1) }
                .compactMap {
                    try RecordChange(key: $0, value: records[$0] ?? []).carried(at: header.height)
                }
            return Snapshot(
                header: header, certificate: newest.certificate, handovers: before,
                records: carried)
        } catch {
            checker.fail("node \(node.place) cannot make a snapshot: \(error)")
            return nil
        }
    }

    /// Leaves an account out (records of kind 4), which nothing but the root tells.
    private func spoil(_ snapshot: inout Snapshot) {
        if let place = snapshot.records.firstIndex(where: { $0.key.first == 4 }) {
            snapshot.records.remove(at: place)
        }
    }

    /// A node that cannot have the next block begins anew with a snapshot: its operator keeps
    /// nothing but the record of signatures.
    func take(_ snapshot: Snapshot, _ node: Node, from source: Int) {
        let height = snapshot.header.height
        guard node.isUp, height > node.state.tip.height else { return }
        let state: LedgerState
        do {
            state = try snapshot.state(
                of: world.genesis, isChecked: mutant != .snapshotUnchecked)
        } catch {
            if !nodes[source].isMalicious {
                checker.fail("node \(node.place) refuses an honest snapshot: \(error)")
            }
            return trace.note(now, node.number, "refuses a snapshot", height)
        }
        trace.note(now, node.number, "begins with a snapshot", height)
        snapshotCount += 1
        node.life += 1
        node.forgetWork()
        (node.isWorkDue, node.isDeskDue) = (false, false)
        node.disk.loseChain()
        node.disk.begin(with: snapshot, state)
        do { try restore(node) } catch {
            return checker.fail("node \(node.place) cannot begin with a snapshot: \(error)")
        }
        if !node.isMalicious { checker.noteState(node.state, of: node) }
        node.busyUntil = now
        start(node)
    }
}
