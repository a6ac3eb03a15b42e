import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// The machine around a replica: what the product does with sockets, keys and databases.
extension Cluster {
    /// Gives a replica an input and performs what follows, until nothing more does or the machine
    /// fails.
    func drive(_ first: ReplicaInput, _ node: Node) {
        let life = node.life
        node.elapsed = 0
        if case .message(let message, _) = first { noteHeard(message, node) }
        var inputs = [first]
        var next = 0
        while next < inputs.count {
            let moment = Moment(monotonic: now + node.elapsed, wall: wall(node))
            let effects = node.replica.step(inputs[next], at: moment, state: node.state)
            next += 1
            for effect in effects {
                if let answer = perform(effect, node) { inputs.append(answer) }
                guard node.life == life else { return }
            }
        }
        node.busyUntil = now + node.elapsed
    }

    private func wall(_ node: Node) -> Instant {
        let skew = isHealed ? 0 : plan.skew[node.place]
        return world.state.tip.time.adding(milliseconds: now + node.elapsed + skew)
    }

    private func paced(_ milliseconds: Int64, _ node: Node) -> Int64 {
        isHealed ? milliseconds : milliseconds * plan.pace[node.place] / 1000 + 1
    }

    /// - Returns: what the replica is to be told in answer; nil also when the machine failed.
    private func perform(_ effect: ReplicaEffect, _ node: Node) -> ReplicaInput? {
        switch effect {
        case .log(let entry): if !node.disk.isFull { node.disk.write(heard: entry) }
        case .save(let record, let message):
            if mutant != .recordSkipped {
                guard write(node, { $0.write(record: record) }) else { return nil }
            }
            return .saved(message)
        case .sign(let message): return sign(message, node)
        case .send(let message, let receivers):
            say(message, node, to: receivers)
        case .schedule(let timeout, let milliseconds):
            events.add(
                .input(node.number, life: node.life, .timeout(timeout)),
                at: now + node.elapsed + paced(Int64(milliseconds), node))
        case .wake(let milliseconds):
            node.waking += 1
            events.add(
                .wake(node.number, life: node.life, number: node.waking),
                at: now + node.elapsed + paced(milliseconds, node))
        case .endWaking: node.waking += 1
        case .again(let message): node.queue(.message(message))
        case .tickAgain: node.queue(.tick)
        case .askWaiting:
            let time = max(wall(node), node.state.tip.time.adding(milliseconds: 1))
            return .waiting(
                node.pool.contains { node.state.check($0, at: time) == .includable })
        case .collect(let round): return .collected(node.waiting, round: round)
        case .search(let block, let bits, let round): search(block, bits, round, node)
        case .verify(let value, let transactions):
            return .verified(value, verify(transactions))
        case .append(let block, let certificate): return append(block, certificate, node)
        case .behind(let isBehind): node.isBehind = isBehind
        case .evidence(let equivocation, let offender): note(equivocation, by: offender, node)
        case .notice(let notice): note(notice, node)
        case .diverged(_, _, let reason):
            if !node.isMalicious { checker.fail("node \(node.place) differs: \(reason)") }
        case .endTimeouts, .notFetched: break
        case .halt(let reason):
            if !node.isMalicious { checker.fail("node \(node.place) stops: \(reason)") }
        }
        return nil
    }

    /// Writes and syncs, with a chance to lose power before, between and after.
    /// - Returns: false when the process is over.
    private func write(_ node: Node, _ body: (inout SimulatedDisk) -> Void) -> Bool {
        if node.disk.isFull, !isHealed {
            // A node that cannot write stops; what it had is safe.
            crash(node, pause: plan.faultsEnd)
            return false
        }
        guard survives(node) else { return false }
        body(&node.disk)
        guard survives(node) else { return false }
        node.disk.sync()
        node.elapsed += isHealed ? 1 : random.number(1...max(plan.syncMaximum[node.place], 1))
        return survives(node)
    }

    private func survives(_ node: Node) -> Bool {
        guard !isHealed, random.chance(plan.crashAtSync) else { return true }
        crash(node, pause: random.number(10...800))
        return false
    }

    /// The work is found at once, and the replica hears of it later: its round, or its height, may
    /// be over by then.
    private func search(_ block: ExecutedBlock, _ bits: UInt64, _ round: UInt32, _ node: Node) {
        var search = WorkSearch(block, bits: bits)
        guard let work = search.look(1 << 16) else { return checker.fail("no work is found") }
        events.add(
            .input(
                node.number, life: node.life, .worked(block.worked(work), round: round)),
            at: now + node.elapsed + random.number(1...(isHealed ? 5 : 60)))
    }

    private func sign(_ message: UnsignedMessage, _ node: Node) -> ReplicaInput? {
        if !node.isMalicious {
            checker.noteSigned(message, place: node.place)
            checkMaySign(message.content, node)
        }
        let key = world.consensusKeys[node.place]
        do {
            let signature = try key.key.sign(message.bytes)
            world.signatures.note(
                signature, of: message.bytes, by: key.key.publicKey.bytes)
            guard survives(node) else { return nil }
            return .signed(message.signed(signature))
        } catch {
            checker.fail("a key does not sign: \(error)")
            return nil
        }
    }

    private func verify(_ compacts: [String]) -> Result<[VerifiedTransaction], LedgerError> {
        var verified: [VerifiedTransaction] = []
        for compact in compacts {
            do { verified.append(try world.verify(compact)) } catch { return .failure(error) }
        }
        return .success(verified)
    }

    private func append(
        _ block: ExecutedBlock, _ certificate: CommitCertificate, _ node: Node
    ) -> ReplicaInput? {
        let stored = SimulatedDisk.StoredBlock(block: block, certificate: certificate)
        guard write(node, { $0.write(stored) }) else { return nil }
        if !node.isMalicious {
            checker.noteCommitted(block, certificate, by: node, before: node.state)
        }
        do { try node.state.commit(block) } catch {
            checker.fail("node \(node.place) cannot take its block over: \(error)")
            return nil
        }
        if !node.isMalicious { checker.noteState(node.state, of: node) }
        trace.note(
            now + node.elapsed, node.number, "commits", node.state.tip.height,
            UInt64(certificate.round), UInt64(block.block.transactions.count),
            block.block.header.id.prefix,
            text: "height \(node.state.tip.height) round \(certificate.round) "
                + "\(block.block.header.id.text.prefix(8)) with "
                + "\(block.block.transactions.count) transactions")
        node.forget(block.block.transactions)
        node.heardOf = []
        return .appended
    }

    private func note(_ notice: Notice, _ node: Node) {
        switch notice {
        case .ownKeyElsewhere(let height):
            if !node.isMalicious {
                checker.fail(
                    "node \(node.place) takes its own word for another's at height \(height)")
            }
        case .blockRefused(let id, let reason):
            trace.note(now, node.number, "refuses", id.prefix, text: reason)
            if plan.liars.isEmpty, !node.isMalicious {
                checker.fail("node \(node.place) refuses an honest block: \(reason)")
            }
        case .proposalNotFresh(let header, _):
            trace.note(now, node.number, "not fresh", header.height)
        case .blockNotBuilt(let reason):
            if !node.isMalicious { checker.fail("node \(node.place) builds no block: \(reason)") }
        case .messageRefused: break
        }
    }

    private func noteHeard(_ message: SignedMessage, _ node: Node) {
        guard node.isMalicious else { return }
        if case .vote(let vote) = message { node.heardVote = vote }
        guard case .proposal(let signed) = message, node.heardOf.count < 16 else { return }
        node.heardOf.append(signed.proposal.value.id)
    }
}

extension Digest {
    /// The first eight bytes, for traces.
    var prefix: UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
