import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// What nodes do about others that contradict themselves, and what liars make of that.
extension Cluster {
    /// Virtual milliseconds between two looks of a node at its charges.
    static let deskPause: Int64 = 500

    func note(_ equivocation: Equivocation, by offender: Identity?, _ node: Node) {
        let place = world.nodes.firstIndex { $0.identity == offender }
        trace.note(now, node.number, "has evidence", UInt64(place ?? 99))
        guard !node.isMalicious, let offender, let place else { return }
        guard plan.liars[place] != nil else {
            return checker.fail("node \(node.place) accuses node \(place), which is honest")
        }
        let evidence = Evidence(equivocation, by: offender)
        guard !node.charges.contains(where: { $0.isSameOffence(as: evidence) }) else { return }
        node.charges.append(evidence)
        openDesk(node)
    }

    func openDesk(_ node: Node) {
        guard !node.charges.isEmpty, !node.isDeskDue else { return }
        node.isDeskDue = true
        events.add(.desk(node.number, life: node.life), at: now + Self.deskPause)
    }

    /// As the product's evidence desk: keeps the charges in a file, and hands each in until the
    /// ledger has the offence, whoever sent it first.
    func workOnCharges(_ node: Node) {
        node.isDeskDue = false
        node.charges.removeAll { node.state.offence($0.node, height: $0.height) != nil }
        if !node.disk.isFull { node.disk.charges = node.charges }
        if mutant != .evidenceKept {
            for evidence in node.charges { charge(evidence, node) }
        }
        openDesk(node)
    }

    private func charge(_ evidence: Evidence, _ node: Node) {
        let waiting = node.pool.first { verified in
            guard case .evidence(let other) = verified.transaction.body else { return false }
            return other.isSameOffence(as: evidence)
        }
        if let waiting { return tell(waiting, node) }
        guard let transaction = sign(.evidence(evidence), node) else { return }
        trace.note(now, node.number, "charges", evidence.height, transaction.id.prefix)
        admit(transaction, node)
        tell(transaction, node)
    }

    private func sign(_ body: TransactionBody, _ node: Node) -> VerifiedTransaction? {
        let sender = world.nodes[node.place]
        var sequence = node.state.account(sender.identity)?.sequence ?? 0
        while node.pool.contains(where: {
            $0.transaction.sender == sender.identity && $0.transaction.sequence == sequence
        }) { sequence += 1 }
        do { return try world.sign(sender, body, sequence: sequence) } catch {
            checker.fail("node \(node.place) cannot sign a transaction: \(error)")
            return nil
        }
    }

    private func tell(_ transaction: VerifiedTransaction, _ node: Node) {
        for other in nodes where other.number != node.number && !isLost(node, other) {
            events.add(.submit(other.number, transaction), at: now + delay())
        }
    }

    /// What honest nodes hold against liars when all faults end: all of it has to come into the
    /// ledger.
    func noteOwedEvidence() {
        for node in honest {
            for evidence in node.charges
            where !owedEvidence.contains(where: { $0.isSameOffence(as: evidence) }) {
                owedEvidence.append(evidence)
            }
        }
    }

    /// What of it is not there yet.
    var openEvidence: Evidence? {
        guard !owedEvidence.isEmpty,
            let state = honest.max(by: { $0.state.tip.height < $1.state.tip.height })?.state
        else { return nil }
        return owedEvidence.first { state.offence($0.node, height: $0.height) == nil }
    }

    // MARK: Liars

    /// Charges whoever it heard last with what it never said: with words that somebody else signed,
    /// that nobody signed, that belong to another round, or that say the same.
    func accuse(_ node: Node) {
        events.add(.accuse(node.number, life: node.life), at: now + 600)
        guard node.isUp, let heard = node.heardVote,
            node.replica.deciders.list.indices.contains(heard.sender)
        else { return }
        let vote = heard.vote
        let other = Vote(
            kind: vote.kind, height: vote.height, round: vote.round,
            valueID: vote.valueID == nil ? random.pick(node.heardOf) : nil)
        let signatures = [
            heard.signature, [UInt8](repeating: 7, count: 64),
            forged(other, node, sender: heard.sender)?.signature ?? heard.signature,
        ]
        let evidence = Evidence(
            node: node.replica.deciders.list[heard.sender].node, kind: vote.said.kind,
            height: vote.height, round: vote.round,
            first: Evidence.Statement(
                block: vote.valueID, validRound: nil, content: nil, signature: heard.signature),
            second: Evidence.Statement(
                block: random.chance(200) ? vote.valueID : other.valueID, validRound: nil,
                content: nil, signature: random.pick(signatures) ?? heard.signature))
        guard let transaction = sign(.evidence(evidence), node) else { return }
        trace.note(now, node.number, "accuses", transaction.id.prefix)
        admit(transaction, node)
        tell(transaction, node)
    }
}

extension SignedMessage {
    fileprivate var signature: [UInt8]? {
        switch self {
        case .vote(let signed): signed.signature
        case .proposal(let signed): signed.signature
        case .proofOfLock, .decision: nil
        }
    }
}
