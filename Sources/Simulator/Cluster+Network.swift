import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// What goes from one process to another, and what is lost on the way.
extension Cluster {
    func send(_ message: SignedMessage, _ node: Node, to receivers: [Representative]) {
        for receiver in receivers {
            guard let place = world.nodes.firstIndex(where: { $0.identity == receiver.node })
            else { continue }
            for other in nodes where other.place == place { send(message, node, to: other) }
        }
    }

    func send(_ message: SignedMessage, _ node: Node, to other: Node) {
        guard other.number != node.number, !isLost(node, other) else { return }
        let copies = !isHealed && random.chance(plan.repeats) ? 2 : 1
        for _ in 0..<copies {
            let time = now + node.elapsed + delay()
            trace.note(
                time, other.number, "hears", message.height, message.summary,
                UInt64(node.number), text: "\(message.text) from node \(node.number)")
            events.add(
                .input(
                    other.number, life: other.life,
                    .message(message, from: world.nodes[node.place].identity)), at: time)
        }
    }

    func delay() -> Int64 { random.number(1...(isHealed ? 10 : plan.delayMaximum)) }

    func isLost(_ from: Node, _ to: Node) -> Bool {
        if plan.isSplit { return from.side != to.side }
        guard !isHealed else { return false }
        for cut in plan.cuts where cut.from <= now && now < cut.until {
            if cut.pairs.contains(where: { $0 == (from.place, to.place) }) { return true }
        }
        return random.chance(plan.loss)
    }

    // MARK: Catching up

    /// As the product's follower: a representative asks when it may have missed something,
    /// everybody else all the time.
    func look(_ node: Node) {
        events.add(.look(node.number, life: node.life), at: now + 200)
        let heartbeat = node.state.parameters.heartbeat
        let isOverdue = now - max(node.replica.committedAt, node.lookedAt) > heartbeat + 500
        let isBehind = node.isBehind && now - node.lookedAt > 250
        guard node.replica.status == nil || isOverdue || isBehind else { return }
        node.isBehind = false
        node.lookedAt = now
        pull(node)
    }

    /// Asks every other process for the next block: who is asked first may be behind too, or down.
    func pull(_ node: Node) {
        for other in nodes where other.place != node.place { pull(node, from: other.number) }
    }

    /// Asks a process for the next block.
    private func pull(_ node: Node, from source: Int) {
        guard !isLost(node, nodes[source]) else { return }
        events.add(
            .request(from: node.number, to: source, height: node.state.tip.height + 1),
            at: now + delay())
    }

    func answer(_ node: Node, _ asking: Node, _ height: UInt64) {
        let first = world.state.tip.height
        guard node.isUp, asking.isUp, !isLost(node, asking) else { return }
        let isKept = plan.keptBlocks.map { height + $0 > node.state.tip.height } ?? true
        guard isKept, var stored = node.disk.block(height, after: first) else {
            if height <= node.state.tip.height { offerSnapshot(node, to: asking) }
            return
        }
        if node.isMalicious, random.chance(300),
            let other = node.disk.block(height - 1, after: first)
        {
            // A certificate of another height, or another block under the right one.
            stored = SimulatedDisk.StoredBlock(
                block: random.chance(500) ? stored.block : other.block,
                certificate: other.certificate)
        }
        events.add(
            .answer(to: asking.number, life: asking.life, from: node.number, stored),
            at: now + delay())
    }

    /// What a peer says counts for nothing: the certificate has to be of those who sit at this
    /// height.
    func takeFetched(_ stored: SimulatedDisk.StoredBlock, _ node: Node, from source: Int) {
        guard node.isUp else { return }
        let height = node.state.tip.height + 1
        let block = stored.block.block
        guard block.header.height == height else {
            // Another was quicker, and may have less to give.
            if block.header.height < height { pull(node, from: source) }
            return
        }
        do {
            try stored.certificate.verify(
                set: try world.set(at: height, node.state),
                network: node.state.network, height: height, valueID: block.header.id,
                checking: world.signatures)
        } catch {
            return trace.note(now, node.number, "refuses a fetched block", height)
        }
        take(.fetched(block, stored.certificate), node)
        pull(node, from: source)
    }
}

extension SignedMessage {
    /// What tells it from others, for traces.
    fileprivate var summary: UInt64 {
        switch self {
        case .proposal(let signed):
            1 << 40 | UInt64(signed.proposal.round) << 8 | UInt64(signed.sender)
        case .vote(let signed):
            UInt64(signed.vote.kind.rawValue) << 40 | UInt64(signed.vote.round) << 8
                | UInt64(signed.sender) ^ (signed.vote.valueID?.prefix ?? 0)
        case .proofOfLock(let proof): 4 << 40 | UInt64(proof.round)
        case .decision(let certificate, _): 5 << 40 | UInt64(certificate.round)
        }
    }

    fileprivate var text: String {
        switch self {
        case .proposal(let signed):
            "proposal \(signed.proposal.value.id.text.prefix(8)) at height \(height), round "
                + "\(signed.proposal.round)"
        case .vote(let signed):
            "\(signed.vote.kind.name) \(signed.vote.valueID?.text.prefix(8) ?? "nil") of "
                + "\(signed.sender) at height \(height), round \(signed.vote.round)"
        case .proofOfLock(let proof): "proof of lock at height \(height), round \(proof.round)"
        case .decision(let certificate, _):
            "decision at height \(height), round \(certificate.round)"
        }
    }
}
