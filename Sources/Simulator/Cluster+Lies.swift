import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// What a process says, and how a malicious one bends it.
extension Cluster {
    func say(_ message: SignedMessage, _ node: Node, to receivers: [Representative]) {
        if case .proposal(let signed) = message { checker.noteProposed(signed.proposal) }
        guard node.isMalicious, !node.lies.contains(.twoProcesses) else {
            return send(message, node, to: receivers)
        }
        if case .proposal(let signed) = message, node.lies.contains(.proposeNothing),
            signed.sender == ownPlace(node)
        {
            return
        }
        if node.said.count < 64 { node.said.append(message) }
        for receiver in receivers {
            if node.lies.contains(.withhold), random.chance(400) { continue }
            let words = bent(message, node)
            send(words, node, to: [receiver])
            if node.lies.contains(.equivocate), random.chance(300) {
                send(bent(message, node), node, to: [receiver])
            }
            if node.lies.contains(.repeatOldWords), random.chance(300),
                let old = random.pick(node.said)
            {
                send(old, node, to: [receiver])
            }
        }
    }

    /// The message as this receiver gets it.
    private func bent(_ message: SignedMessage, _ node: Node) -> SignedMessage {
        switch message {
        case .vote(let signed):
            guard node.lies.contains(.equivocate), signed.sender == ownPlace(node),
                random.chance(400)
            else { return message }
            var choices: [Digest?] = [nil]
            for id in node.heardOf { choices.append(id) }
            let vote = Vote(
                kind: signed.vote.kind, height: signed.vote.height, round: signed.vote.round,
                valueID: random.pick(choices) ?? nil)
            return forged(vote, node, sender: signed.sender) ?? message
        case .proposal(let signed):
            guard signed.sender == ownPlace(node) else { return message }
            return bent(signed, node) ?? message
        case .proofOfLock, .decision: return message
        }
    }

    private func bent(_ original: SignedProposal, _ node: Node) -> SignedMessage? {
        let proposal = original.proposal
        var value = proposal.value
        var proof = proposal.proof
        if node.lies.contains(.wrongRoot), random.chance(500) {
            value = withWrongRoot(value) ?? value
        } else if node.lies.contains(.equivocate), random.chance(500) {
            value = anotherBlock(proposal, node) ?? value
        } else if node.lies.contains(.lieAboutLock), random.chance(500) {
            proof = nil
        } else {
            return nil
        }
        if !node.heardOf.contains(value.id) { node.heardOf.append(value.id) }
        let lie = Proposal(
            height: proposal.height, round: proposal.round, value: value, proof: proof)
        checker.noteProposed(lie)
        guard let domain = domain(node, proposal.height),
            let signature = signature(domain.bytes(of: lie.statement), node)
        else { return nil }
        return .proposal(
            SignedProposal(proposal: lie, sender: original.sender, signature: signature))
    }

    /// Half of the time a block that is whole but for its root, otherwise other bytes under the
    /// name of the right one.
    private func withWrongRoot(_ value: ProposedValue) -> ProposedValue? {
        guard random.chance(500) else {
            return ProposedValue(id: value.id, bytes: value.bytes + [0])
        }
        let mark = Array("\"stateRoot\":\"".utf8)
        guard let received = try? ReceivedBlock(bytes: value.bytes) else { return nil }
        var bytes = received.header.bytes
        guard
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: mark) })
        else { return nil }
        let place = start + mark.count
        bytes[place] = bytes[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        guard let header = worked(bytes) else { return nil }
        let wrong = ReceivedBlock(header: header, transactions: received.transactions)
        return ProposedValue(id: header.id, bytes: wrong.bytes)
    }

    /// A sound block that is not the one proposed first.
    private func anotherBlock(_ proposal: Proposal, _ node: Node) -> ProposedValue? {
        guard node.state.tip.height + 1 == proposal.height,
            let block = try? node.state.propose(
                pending: [],
                time: world.state.tip.time.adding(milliseconds: now + random.number(0...3)),
                proposer: world.nodes[node.place].identity, round: UInt64(proposal.round))
        else { return nil }
        var search = WorkSearch(block, bits: node.state.parameters.proofOfWorkBits)
        // One in eight without the work that it needs.
        let work = random.chance(125) ? 0 : search.look(1 << 16) ?? 0
        let worked = block.worked(work).block
        return ProposedValue(id: worked.header.id, bytes: worked.received.bytes)
    }

    /// Does the work of a header that was changed.
    private func worked(_ bytes: [UInt8]) -> BlockHeader? {
        let bits = plan.shape.workBits
        guard bits > 0 else { return try? BlockHeader(bytes: bytes) }
        // `work` is the last member.
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        for work in 0..<(1 << 16) {
            let candidate = bytes[...colon] + Array("\(work)}".utf8)
            if Digest.sha256(Array(candidate)).prefix.leadingZeroBitCount >= Int(bits) {
                return try? BlockHeader(bytes: Array(candidate))
            }
        }
        return nil
    }

    // MARK: Floods

    /// Votes for far rounds and heights, some with signatures of nobody.
    func flood(_ node: Node) {
        events.add(.flood(node.number, life: node.life), at: now + 400)
        guard node.isUp else { return }
        let height = node.state.tip.height + 1
        guard let sender = ownPlace(node) else { return }
        for _ in 0..<25 {
            let kind: VoteKind = random.chance(500) ? .prevote : .precommit
            let vote = Vote(
                kind: kind, height: random.chance(800) ? height : height + 3,
                round: UInt32(random.number(0...9) * random.number(0...9)),
                valueID: random.pick(node.heardOf))
            guard let other = random.pick(nodes) else { return }
            let words: SignedMessage?
            if random.chance(300) {
                let junk = [UInt8](repeating: UInt8(truncatingIfNeeded: now), count: 64)
                let pretended = random.index(below: plan.shape.seats + 1)
                words = .vote(SignedVote(vote: vote, sender: pretended, signature: junk))
            } else {
                words = forged(vote, node, sender: sender)
            }
            if let words { send(words, node, to: other) }
        }
    }

    // MARK: Signing

    private func ownPlace(_ node: Node) -> Int? {
        let key = world.consensusKeys[node.place].key.publicKey.bytes
        return node.replica.deciders.list.firstIndex { $0.consensusKey == key }
    }

    private func domain(_ node: Node, _ height: UInt64) -> SigningDomain? {
        guard height == node.state.tip.height + 1,
            let set = try? world.set(at: height, node.state)
        else { return nil }
        return SigningDomain(network: node.state.network, set: set.digest)
    }

    func forged(_ vote: Vote, _ node: Node, sender: Int) -> SignedMessage? {
        let height = node.state.tip.height + 1
        guard let domain = domain(node, height),
            let signature = signature(domain.bytes(of: vote), node)
        else { return nil }
        return .vote(SignedVote(vote: vote, sender: sender, signature: signature))
    }

    private func signature(_ bytes: [UInt8], _ node: Node) -> [UInt8]? {
        let key = world.consensusKeys[node.place]
        guard let signature = try? key.key.sign(bytes) else { return nil }
        world.signatures.note(signature, of: bytes, by: key.key.publicKey.bytes)
        return signature
    }
}
