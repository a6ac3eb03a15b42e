import Consensus
import Cryptography
import Encoding
import Ledger
import Storage

/// The part of a node that changes the chain. It takes one input at a time from the inbox, calls
/// the step function of consensus, and performs the effects in their order; the next input waits
/// until all of that is done, so nothing changes between reading and writing.
///
/// Agreement (+Agreement) performs effects; committing (+Commit) is one path for blocks agreed on
/// here and blocks fetched from peers.
actor NodeCore {
    let services: NodeServices
    let signing: SigningStore
    let timeouts: TimeoutSchedule
    let ownKey: PublicKey

    /// Agreement on the next height; nil when this node does not take part.
    var machine: ConsensusMachine?
    /// The machine of the height before, which helps those who have not heard of its decision.
    var previous: ConsensusMachine?
    /// Who decides the next height.
    var deciders: Representatives
    /// Executed beside the state of this height, by the id of the block.
    var executed: [Digest: ExecutedBlock] = [:]
    /// Messages for the heights after the next one.
    var early: [SignedMessage] = []
    /// The newest record of what was signed.
    var record: ConsensusRecord?

    /// Round 0 of the next height was begun here.
    var hasBegun = false
    /// Another representative has begun the next height.
    var othersBegan = false
    /// Monotonic milliseconds at which the newest height was begun here.
    var beganAt: Int64
    var committedAt: Int64
    var isSynchronised = false

    /// Milliseconds, as genesis fixed them.
    private let blockInterval: Int64
    private let heartbeat: Int64
    private var pacer: Task<Void, Never>?
    /// Monotonic milliseconds at which the pacer looks again.
    private var pacedFor: Int64?
    private var timers: [(height: UInt64, task: Task<Void, Never>)] = []

    /// - Throws: `signingRecord` when the stored record cannot be read.
    init(services: NodeServices, signing: SigningStore, timeouts: TimeoutSchedule) throws {
        self.services = services
        self.signing = signing
        self.timeouts = timeouts
        ownKey = services.keys.consensus.publicKey
        (blockInterval, heartbeat) = services.chain.read {
            ($0.parameters.blockInterval, $0.parameters.heartbeat)
        }
        deciders = services.chain.read { $0.representatives(at: $0.tip.height + 1) }
        let now = SystemClock.monotonicMilliseconds()
        // The pause before the first block counts from the last block, also across a restart.
        let age = services.now().milliseconds(since: services.chain.tip.time)
        committedAt = now - min(max(age, 0), Int64(Int32.max))
        beganAt = committedAt
        do {
            record = try signing.load()
        } catch let error as FormatError {
            throw NodeError(
                .signingRecord,
                "the record of what this node signed is damaged: \(error.detail). Without it the "
                    + "node must not sign: restore the file from the disk's backup.")
        }
    }

    /// Works until the inbox is finished.
    /// - Throws: what makes it impossible to go on; nothing more is signed or committed after it.
    func run() async throws {
        defer { endTimers() }
        do {
            try beginHeight()
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
        if case .fetched(_, _, let reply) = input { reply.answer("the node is stopping") }
    }

    private func take(_ input: CoreInput) async throws {
        switch input {
        case .message(let message, _): try await take(message)
        case .timeout(let timeout):
            if timeout.height == machine?.height {
                try await advance(.timeout(timeout))
            } else if timeout.height == previous?.height {
                helpLaggards(.timeout(timeout))
            }
        case .tick: try await beginIfDue()
        case .fetched(let block, let certificate, let reply):
            do {
                reply.answer(try await commitFetched(block, certificate))
            } catch {
                reply.answer("this node cannot go on")
                throw error
            }
        case .synchronised:
            isSynchronised = true
            services.board.update { $0.isSynchronised = true }
            try await beginIfDue()
        }
    }

    /// What was executed on records that could not be read is no answer, and no fault of whoever
    /// proposed it: the node stops.
    func checkRecords() throws {
        if let failure = services.chain.failure { throw NodeError(.data, failure) }
    }

    // MARK: Pace

    /// Begins round 0 once the block interval has passed and there is a reason for a block:
    /// something to put into it, another representative who has begun, or the heartbeat.
    func beginIfDue() async throws {
        guard machine != nil, !hasBegun, isSynchronised else { return }
        let now = SystemClock.monotonicMilliseconds()
        let earliest = beganAt + blockInterval
        // Every transaction that comes in asks; once is enough.
        if now < earliest, pacedFor == earliest { return }
        let hasReason = othersBegan || services.hasIncludableTransaction()
        let due = hasReason ? earliest : max(earliest, committedAt + heartbeat)
        if now >= due {
            stopPacing()
            beganAt = now
            hasBegun = true
            try await advance(.start)
        } else {
            pace(until: due, now: now)
        }
    }

    private func pace(until due: Int64, now: Int64) {
        guard due != pacedFor else { return }
        pacedFor = due
        pacer?.cancel()
        let inbox = services.inbox
        pacer = Task {
            var pause = due - now
            // Again and again: two clocks may disagree about when the time has come.
            while (try? await Task.sleep(for: .milliseconds(pause))) != nil {
                inbox.tick()
                pause = Limits.paceMilliseconds
            }
        }
    }

    func stopPacing() {
        pacer?.cancel()
        pacedFor = nil
    }

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
        timers.removeAll { $0.height < height }
        if height == .max { stopPacing() }
    }
}
