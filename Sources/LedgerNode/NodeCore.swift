import Consensus
import Cryptography
import Encoding
import Ledger
import Replication
import Storage

/// The part of a node that changes the chain. It takes one input at a time from the inbox, gives it
/// to the replica, which decides, and performs the effects in their order; the next input waits
/// until all of that is done, so nothing changes between reading and writing.
///
/// Effects (+Effects) are performed with sockets, keys and timers; committing (+Commit) with the
/// block store.
actor NodeCore {
    let services: NodeServices
    let signing: SigningFiles
    var replica: Replica
    /// Stored signatures that are to be handed out, by the bytes under them.
    var released: [[UInt8]: [UInt8]] = [:]

    /// The reason for signing nothing that was logged last.
    private var saidWithheld: String?
    /// The peer that brought the message being taken.
    var carrier: Identity?

    private var pacer: Task<Void, Never>?
    private var searcher: Task<Void, Never>?
    private var timers: [(height: UInt64, task: Task<Void, Never>)] = []

    /// - Throws: `signingRecord` when the stored record cannot be read.
    init(services: NodeServices, signing: SigningFiles, timeouts: TimeoutSchedule) throws {
        self.services = services
        self.signing = signing
        // The pause before the first block counts from the last block, also across a restart.
        let age = services.now().milliseconds(since: services.chain.tip.time)
        let now = SystemClock.monotonicMilliseconds()
        let state = services.chain.snapshot()
        let olderRecord = try signing.store.newerCommit(
            in: services.store, state, by: services.keys.consensus.publicKey.bytes)
        replica = Replica(
            identity: services.identity, ownKey: services.keys.consensus.publicKey,
            timeouts: timeouts, restoring: try signing.store.load()?.record, state: state,
            committedAt: now - min(max(age, 0), Int64(Int32.max)), logged: signing.found.logged,
            damagedHeight: signing.found.damagedHeight, olderRecord: olderRecord,
            vouchedHeight: try signing.store.vouchedHeight())
    }

    /// Works until the inbox is finished.
    /// - Throws: what makes it impossible to go on; nothing more is signed or committed after it.
    func run() async throws {
        defer { endTimers() }
        do {
            try await drive(.start)
            for await input in services.inbox.inputs {
                services.inbox.noteTaken(input)
                if services.board.view.isStopping {
                    refuse(input)
                } else {
                    try await take(input)
                    try checkRecords()
                }
            }
        } catch {
            services.inbox.finish()
            for await input in services.inbox.inputs { refuse(input) }
            throw error
        }
    }

    private func refuse(_ input: CoreInput) {
        switch input {
        case .fetched(_, _, let reply), .fetchedRun(_, let reply):
            reply.answer("the node is stopping")
        case .heard(_, let reply): reply.answer([])
        case .message, .timeout, .tick, .synchronised, .worked: break
        }
    }

    private func take(_ input: CoreInput) async throws {
        switch input {
        case .message(let message, let parcel):
            carrier = parcel.carrier
            defer { carrier = nil }
            try await drive(.message(message, from: carrier))
        case .timeout(let timeout): try await drive(.timeout(timeout))
        case .tick: try await drive(.tick)
        case .heard(let key, let reply): reply.answer(replica.heard(from: key))
        case .fetched(let block, let certificate, let reply):
            do {
                reply.answer(try await drive(.fetched(block, certificate)))
            } catch {
                reply.answer("this node cannot go on")
                throw error
            }
        case .fetchedRun(let run, let reply):
            do {
                reply.answer(try await take(run))
            } catch {
                reply.answer("this node cannot go on")
                throw error
            }
        case .synchronised: try await drive(.synchronised)
        case .worked(let block, let round): try await drive(.worked(block, round: round))
        }
    }

    /// Goes on after blocks that the replica did not take itself.
    /// - Parameter signed: the newest of their certificates that this node's key signed.
    func overtake(_ signed: CommitCertificate?) async throws {
        try await drive(.overtaken(signed: signed))
    }

    /// Gives the replica an input and performs what follows, until nothing more does.
    /// - Returns: why a fetched block was refused.
    @discardableResult
    private func drive(_ first: ReplicaInput) async throws -> String? {
        var inputs = [first]
        var refusal: String?
        var next = 0
        while next < inputs.count {
            let effects = step(inputs[next])
            next += 1
            for effect in effects {
                if case .notFetched(let reason) = effect { refusal = reason }
                if let answer = try await perform(effect) { inputs.append(answer) }
            }
        }
        if !replica.awaitsTransactions { services.inbox.hear(ofTransactions: false) }
        publish()
        return refusal
    }

    /// The state is let go of when this returns, so that committing finds no copy of it.
    private func step(_ input: ReplicaInput) -> [ReplicaEffect] {
        let moment = Moment(
            monotonic: SystemClock.monotonicMilliseconds(), wall: services.now())
        return replica.step(input, at: moment, state: services.chain.snapshot())
    }

    /// What was executed on records that could not be read is no answer, and no fault of whoever
    /// proposed it: the node stops.
    private func checkRecords() throws {
        if let failure = services.chain.failure { throw NodeError(.data, failure) }
    }

    /// Why nothing is signed.
    private var withheld: String? {
        if let height = replica.withheldUntil {
            return
                "this node signed for height \(height) before; it fetches the blocks up to there "
                + "from its peers"
        }
        switch replica.watching {
        case .damagedLog(let height):
            return "the log of height \(height) in \(signing.log.file.path) is damaged, so this "
                + "node cannot know what it had heard: it signs again from the next height on. "
                + "Where the others cannot decide without it, start once with "
                + "--accept-signing-record"
        case .olderRecord(let height):
            return "the block of height \(height) has a signature of this node that is newer than "
                + "its record of signatures: the record was restored from an older copy, or "
                + "another process uses the key. Put the newest record back; or, when no other "
                + "process has the key and this node has caught up, start once with "
                + "--accept-signing-record"
        case .diverged(let height):
            return "the decided block of height \(height) comes to something else here: this "
                + "node has other data or another version than the rest. "
                + "\(Divergence.path(services.configuration, height)) tells the first transaction "
                + "that differs. Install the version of the others; if it is the same, fetch the "
                + "chain again into an empty data folder that keeps signing.sqlite"
        case nil: return nil
        }
    }

    private func publish() {
        let status = replica.status
        let withheld = withheld
        services.board.update {
            $0.consensus = status
            $0.committedAt = replica.committedAt
            $0.isSynchronised = replica.isSynchronised
            $0.withheld = withheld
        }
        if let withheld, withheld != saidWithheld {
            services.log.event("signing-withheld", [("reason", .string(withheld))])
        }
        saidWithheld = withheld
    }

    // MARK: Work

    /// Searches in slices beside everything else; what was searched for before is of no use now.
    func search(_ block: ExecutedBlock, bits: UInt64, round: UInt32) {
        searcher?.cancel()
        let inbox = services.inbox
        searcher = Task.detached(priority: .utility) {
            var search = WorkSearch(block, bits: bits)
            while !Task.isCancelled {
                if let work = search.look(Limits.workSliceCount) {
                    return inbox.worked(block.worked(work), round: round)
                }
                await Task.yield()
            }
        }
    }

    // MARK: Timers

    func wake(milliseconds: Int64) {
        pacer?.cancel()
        let inbox = services.inbox
        pacer = Task {
            var pause = milliseconds
            // Again and again: two clocks may disagree about when the time has come.
            while (try? await Task.sleep(for: .milliseconds(pause))) != nil {
                inbox.tick()
                pause = Limits.paceMilliseconds
            }
        }
    }

    func endWaking() { pacer?.cancel() }

    func schedule(_ timeout: Timeout, milliseconds: UInt32) {
        let inbox = services.inbox
        let task = Task {
            guard (try? await Task.sleep(for: .milliseconds(Int64(milliseconds)))) != nil else {
                return
            }
            inbox.post(timeout)
        }
        timers.append((timeout.height, task))
    }

    /// Ends the timers of heights below `height`.
    func endTimers(below height: UInt64 = .max) {
        for timer in timers where timer.height < height { timer.task.cancel() }
        // A new height: what was built for the one before is decided, or never will be.
        searcher?.cancel()
        timers.removeAll { $0.height < height }
        if height == .max { endWaking() }
    }
}
