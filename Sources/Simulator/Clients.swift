import Cryptography
import Ledger
import Replication

/// Those who use the network. Each waits until its transaction is in a block, or hands it in again.
struct Clients {
    private struct Pending {
        let transaction: VerifiedTransaction
        var sentAt: Int64
    }

    private let world: World
    private let lateVoters: [Person]
    private var pending: [Pending] = []
    private var nonces: [Int: UInt8] = [:]
    /// Ids of deposits that were handed in, with the place of the auditor.
    private var deposits: [(id: Digest, auditor: Int)] = []

    init(_ world: World) {
        self.world = world
        lateVoters = world.lateVoters
    }

    /// What is to be handed in now: new, or again.
    mutating func due(
        at now: Int64, _ random: inout SeededGenerator, sequence: (Identity) -> UInt64
    ) throws -> [VerifiedTransaction] {
        pending.removeAll {
            sequence($0.transaction.transaction.sender) > $0.transaction.transaction.sequence
        }
        var due: [VerifiedTransaction] = []
        for index in pending.indices where now - pending[index].sentAt > 500 {
            pending[index].sentAt = now
            due.append(pending[index].transaction)
        }
        guard pending.count < 8, let (sender, body) = try draw(&random) else { return due }
        guard !pending.contains(where: { $0.transaction.transaction.sender == sender.identity })
        else { return due }
        let transaction = try world.sign(
            sender, body, sequence: sequence(sender.identity))
        if case .depositPay(let issuer, _, _) = body,
            let auditor = world.auditors.firstIndex(where: { $0.issuer == issuer })
        {
            deposits.append((transaction.id, auditor))
        }
        pending.append(Pending(transaction: transaction, sentAt: now))
        return due + [transaction]
    }

    private mutating func draw(
        _ random: inout SeededGenerator
    ) throws -> (Person, TransactionBody)? {
        let place = random.index(below: world.nodes.count)
        let node = world.nodes[place]
        switch random.index(below: 20) {
        case 0..<11:
            guard let voter = random.pick(world.voters + lateVoters) else { return nil }
            let votes = random.number(1...6) * (random.chance(350) ? -1 : 1)
            return (voter, .vote([VoteChange(candidate: node.identity, votes: votes)]))
        case 11..<14:
            guard let from = random.pick(world.voters), let to = random.pick(world.nodes)
            else { return nil }
            let amount = UInt64(random.number(1...1200))
            return (from, .transfer(to: to.identity, amount: amount))
        case 14:
            guard let voter = random.pick(lateVoters) else { return nil }
            return (world.registrar, .voterEnroll(account: voter.identity, allowance: 10))
        case 15..<17:
            guard let auditor = random.pick(world.auditors) else { return nil }
            let amount = UInt64(random.number(1...300))
            return (
                node,
                .depositPay(auditor: auditor.issuer, node: node.identity, amount: amount)
            )
        case 17:
            guard let deposit = random.pick(deposits) else { return nil }
            return (
                world.auditors[deposit.auditor].person, .depositRefund(deposit: deposit.id)
            )
        case 18: return (node, .candidateRemove(node: node.identity))
        default:
            let nonce = (nonces[place] ?? 1) &+ 1
            nonces[place] = nonce
            return (node, .candidateAdd([try world.entry(place, nonce: nonce)]))
        }
    }
}

extension Cluster {
    /// New transactions come in at every process that can be reached.
    func serveClients() {
        events.add(.client, at: now + plan.workInterval)
        do {
            let checker = checker
            let due = try clients.due(at: now, &random) { checker.nextSequence(of: $0) }
            for transaction in due {
                trace.note(now, 0, "hands in", transaction.id.prefix)
                // Whoever is not told has no reason to propose in its turn, and seems silent.
                let reached: Int64 = isHealed || plan.silent != nil ? 1000 : 700
                for node in nodes where random.chance(reached) {
                    events.add(.submit(node.number, transaction), at: now + delay())
                }
            }
        } catch {
            checker.fail("a client cannot go on: \(error)")
        }
    }

    func admit(_ transaction: VerifiedTransaction, _ node: Node) {
        guard node.isUp, node.pool.count < (transaction.isEvidence ? 96 : 64),
            !node.pool.contains(where: { $0.id == transaction.id })
        else { return }
        switch node.state.check(transaction, at: node.state.tip.time) {
        case .includable, .early: break
        case .refused: return
        }
        node.pool.append(transaction)
        take(.tick, node)
    }
}
