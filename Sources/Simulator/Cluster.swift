import Consensus
import Cryptography
import Encoding
import Ledger
import Replication

/// A whole network in one thread under a virtual clock: the product's replicas and ledgers, and a
/// simulated network, disks and clocks that go wrong as a plan says. Everything that happens comes
/// out of one queue and one generator, so that the same seed gives the same run.
final class Cluster {
    enum Event {
        /// Something reaches a process.
        case input(Int, life: Int, ReplicaInput)
        /// A process has time for what waits.
        case work(Int, life: Int)
        case wake(Int, life: Int, number: Int)
        /// A process looks whether it missed a block.
        case look(Int, life: Int)
        case request(from: Int, to: Int, height: UInt64)
        case answer(to: Int, life: Int, from: Int, SimulatedDisk.StoredBlock)
        case submit(Int, VerifiedTransaction)
        case client
        case snapshot(to: Int, life: Int, from: Int, Snapshot)
        case crash(Int, pause: Int64)
        /// A process fails, and its chain is lost.
        case loseChain(Int, pause: Int64)
        case restart(Int)
        case fillDisk(Int)
        case flood(Int, life: Int)
        /// A process looks at what it holds against others.
        case desk(Int, life: Int)
        case accuse(Int, life: Int)
        /// Somebody copies a record of signatures.
        case backUp(Int)
        case heal
    }

    static let progressHeights: UInt64 = 3
    /// Virtual milliseconds within which a healed network makes as many blocks.
    static let progressBound: Int64 = 60_000
    static let eventMaximum = 400_000

    let world: World
    let plan: Plan
    let mutant: Mutant?
    let timeouts: TimeoutSchedule
    let rehearsal: Rehearsal
    var random: SeededGenerator
    var events = EventHeap<Event>()
    var nodes: [Node] = []
    var now: Int64 = 0
    var isHealed = false
    /// What every honest node has to reach.
    var goal: UInt64?
    /// Offences that have to come into the ledger.
    var owedEvidence: [Evidence] = []
    var checker: Checker
    var clients: Clients
    var trace: Trace
    var eventCount = 0
    var crashCount = 0
    var snapshotCount = 0

    init(
        _ world: World, plan: Plan, mutant: Mutant?, random: SeededGenerator, keepsTrace: Bool
    ) throws {
        self.world = world
        self.plan = plan
        self.mutant = mutant
        self.random = random
        timeouts = try TimeoutSchedule(
            propose: 300, prevote: 150, precommit: 150, delta: 100, cap: 2000, rebroadcast: 400)
        rehearsal = Rehearsal(
            breaking: mutant?.broken, seatsEarly: mutant == .seatsEarly,
            signatures: world.signatures)
        checker = Checker(world, plan)
        clients = Clients(world)
        trace = Trace(isKept: keepsTrace)
        let places = Array(0..<plan.shape.nodes)
        let second = places.filter { plan.liars[$0] == [.twoProcesses] }
        for place in places + second {
            let isSecond = nodes.count >= places.count
            let side = second.contains(place) ? (isSecond ? 1 : 0) : place % 2
            nodes.append(process(nodes.count, place, side: side))
        }
        for node in nodes { start(node) }
        for crash in plan.crashes {
            events.add(.crash(crash.node, pause: crash.pause), at: crash.at)
        }
        for (number, time) in plan.backUps { events.add(.backUp(number), at: time) }
        for (number, time, pause) in plan.lostChains {
            events.add(.loseChain(number, pause: pause), at: time)
        }
        for disk in plan.fullDisks { events.add(.fillDisk(disk.node), at: disk.at) }
        if !plan.isSplit { events.add(.heal, at: plan.faultsEnd) }
        events.add(.client, at: 10)
    }

    private func process(_ number: Int, _ place: Int, side: Int) -> Node {
        let lies = plan.liars[place] ?? []
        let node = Node(
            number: number, place: place, lies: lies, side: side,
            replica: replica(place, lies, nil, world.state), state: world.state)
        node.disk.ignoresSync = mutant == .syncSkipped
        return node
    }

    private func replica(
        _ place: Int, _ lies: [Lie], _ record: ConsensusRecord?, _ state: LedgerState,
        found: SimulatedDisk.Found? = nil, olderRecord: UInt64? = nil
    ) -> Replica {
        let forgetful = Rehearsal(breaking: .lockIgnored, signatures: world.signatures)
        return Replica(
            identity: world.nodes[place].identity,
            ownKey: world.consensusKeys[place].key.publicKey, timeouts: timeouts,
            restoring: record, state: state, committedAt: now, logged: found?.logged,
            damagedHeight: mutant == .damageIgnored ? nil : found?.damagedHeight,
            olderRecord: mutant == .olderRecordTaken ? nil : olderRecord,
            rehearsal: lies.contains(.lieAboutLock) ? forgetful : rehearsal)
    }

    func start(_ node: Node) {
        take(.start, node)
        let isFirst = node.life == 0
        if !isFirst { pull(node) }
        events.add(
            .input(node.number, life: node.life, .synchronised),
            at: now + (isFirst ? random.number(0...50) : 300))
        events.add(.look(node.number, life: node.life), at: now + 200)
        if node.lies.contains(.flood) {
            events.add(.flood(node.number, life: node.life), at: now + 100)
        }
        if node.lies.contains(.accuse) {
            events.add(.accuse(node.number, life: node.life), at: now + 150)
        }
        openDesk(node)
    }

    // MARK: Running

    /// Runs until the goal is reached, a promise is broken or the time is over.
    func run() {
        while checker.failure == nil, let (time, event) = events.next() {
            now = time
            eventCount += 1
            perform(event)
            if isDone { return }
            if let goal, now > plan.faultsEnd + Self.progressBound {
                let late = honest.filter { $0.state.tip.height < goal }.map { node in
                    "node \(node.place) at height \(node.state.tip.height): "
                        + (node.replica.status?.explanation ?? "takes no part")
                }
                if late.isEmpty, let open = openEvidence {
                    checker.fail(
                        "no block has what \(open.node) did at height \(open.height), although "
                            + "an honest node holds evidence")
                }
                if late.isEmpty, let mute = nodes.first(where: owesVote) {
                    checker.fail("node \(mute.place) does not vote again after damage")
                }
                checker.fail("no progress to height \(goal): \(late)")
            }
            if plan.isSplit, now > plan.faultsEnd { return }
            if eventCount > Self.eventMaximum { checker.fail("the run does not come to an end") }
        }
    }

    var honest: [Node] { nodes.filter { !$0.isMalicious } }

    private var isDone: Bool {
        guard let goal, checker.failure == nil else { return false }
        return nodes.allSatisfy { $0.isMalicious || $0.state.tip.height >= goal }
            && openEvidence == nil && nodes.allSatisfy { !owesVote($0) }
    }

    private func perform(_ event: Event) {
        switch event {
        case .input(let number, let life, let input):
            let node = nodes[number]
            if node.life == life { take(input, node) }
        case .work(let number, let life):
            let node = nodes[number]
            guard node.life == life else { return }
            node.isWorkDue = false
            if let input = node.nextWork() { drive(input, node) }
            workLater(node)
        case .wake(let number, let life, let waking):
            let node = nodes[number]
            guard node.life == life, node.waking == waking else { return }
            events.add(.wake(number, life: life, number: waking), at: now + 100)
            take(.tick, node)
        case .look(let number, let life):
            if nodes[number].life == life { look(nodes[number]) }
        case .request(let from, let to, let height): answer(nodes[to], nodes[from], height)
        case .answer(let to, let life, let from, let stored):
            if nodes[to].life == life { takeFetched(stored, nodes[to], from: from) }
        case .snapshot(let to, let life, let from, let snapshot):
            if nodes[to].life == life { take(snapshot, nodes[to], from: from) }
        case .loseChain(let number, let pause):
            if nodes[number].isUp { loseChain(nodes[number], pause: pause) }
        case .submit(let number, let transaction): admit(transaction, nodes[number])
        case .client: serveClients()
        case .crash(let number, let pause):
            if nodes[number].isUp { crash(nodes[number], pause: pause) }
        case .restart(let number): if !nodes[number].isUp { restart(nodes[number]) }
        case .fillDisk(let number): if !isHealed { nodes[number].disk.isFull = true }
        case .flood(let number, let life):
            if nodes[number].life == life { flood(nodes[number]) }
        case .desk(let number, let life):
            if nodes[number].life == life { workOnCharges(nodes[number]) }
        case .accuse(let number, let life):
            if nodes[number].life == life { accuse(nodes[number]) }
        case .backUp(let number): nodes[number].disk.backUpRecord()
        case .heal: heal()
        }
    }

    /// Gives a process an input: at once when it is idle, else after what waits.
    func take(_ input: ReplicaInput, _ node: Node) {
        guard node.isUp else { return }
        if !node.hasWork, now >= node.busyUntil {
            drive(input, node)
        } else {
            node.queue(input)
        }
        workLater(node)
    }

    private func workLater(_ node: Node) {
        guard node.isUp, node.hasWork, !node.isWorkDue else { return }
        node.isWorkDue = true
        events.add(.work(node.number, life: node.life), at: max(now, node.busyUntil))
    }

    // MARK: Life and death

    func crash(_ node: Node, pause: Int64) {
        crashCount += 1
        node.isUp = false
        node.life += 1
        node.forgetWork()
        node.isWorkDue = false
        node.isDeskDue = false
        node.disk.crash(&random)
        trace.note(now, node.number, "crashes", UInt64(node.life))
        events.add(.restart(node.number), at: now + pause)
    }

    private func restart(_ node: Node) {
        guard !node.disk.isFull || isHealed else {
            // Somebody has to make room first.
            return
        }
        let reached = node.state.tip.height
        do {
            try restore(node)
        } catch {
            return checker.fail("node \(node.place) cannot start again: \(error)")
        }
        if node.state.tip.height < reached, !node.isMalicious {
            checker.fail(
                "node \(node.place) lost height \(reached), which it had committed: it starts at "
                    + "\(node.state.tip.height)")
        }
        trace.note(now, node.number, "restarts", node.state.tip.height)
        node.isUp = true
        node.busyUntil = now
        start(node)
    }

    /// Everything a process has after a restart comes from its disk. Making a state of all its
    /// records takes longer than taking the blocks over once more, so that is done at times only.
    func restore(_ node: Node) throws {
        let blocks = node.disk.blocks
        let isTold = node.isMalicious || (blocks.last?.height ?? 0) <= checker.height
        if random.chance(125), isTold {
            node.state = try state(of: blocks, after: node.disk.base)
        } else {
            node.state = node.disk.base?.state ?? world.state
            for stored in blocks {
                // Every process that had it may have ended before it could say so.
                if !isTold, stored.height > checker.height {
                    checker.noteCommitted(
                        stored.block, stored.certificate, by: node, before: node.state)
                }
                try node.state.commit(stored.block)
            }
        }
        let olderRecord = damage(node)
        let record = try node.disk.signed.map { try ConsensusRecord(decoding: $0.record) }
        node.replica = replica(
            node.place, node.lies, record, node.state, found: node.disk.openLog(),
            olderRecord: olderRecord)
        node.pool = []
        node.charges = node.disk.charges
        node.said = []
        node.isBehind = false
    }

    private func state(
        of blocks: [SimulatedDisk.StoredBlock], after base: SimulatedDisk.Base?
    ) throws -> LedgerState {
        var records = base?.records ?? world.records
        for stored in blocks {
            for change in stored.block.changes { records[change.key] = change.value }
        }
        let sorted = records.keys.sorted { $0.lexicographicallyPrecedes($1) }
        return try LedgerState(
            records: sorted.map { RecordChange(key: $0, value: records[$0] ?? []) },
            root: blocks.last?.block.roots.state ?? (base?.state ?? world.state).stateRoot)
    }

    private func heal() {
        isHealed = true
        goal = checker.height + Self.progressHeights
        trace.note(now, 0, "all faults end", checker.height)
        for node in nodes {
            node.disk.isFull = false
            if !node.isUp { restart(node) }
        }
        noteOwedEvidence()
    }
}
