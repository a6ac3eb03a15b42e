/// One change waiting to be committed.
struct WriteJob: Sendable {
    /// What a job leaves behind: whether its changes stand, and how to answer its caller once the
    /// batch is on the disk.
    struct Outcome: Sendable {
        let stands: Bool
        let answer: @Sendable () -> Void
    }

    let run: @Sendable (Connection) -> Outcome
    /// Answers the caller when the batch did not reach the disk.
    let abandon: @Sendable (StorageError) -> Void

    /// `finish` is called exactly once, on the writer's thread, after the commit.
    init<T: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> T,
        finish: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        run = { connection in
            let result = Result { try body(connection) }
            let stands = if case .success = result { true } else { false }
            return Outcome(stands: stands, answer: { finish(result) })
        }
        abandon = { finish(.failure($0)) }
    }
}

/// The only thread that writes. A batch is whatever arrived during the last sync, as far as it can
/// be run in some times as long as that sync took: then those who are answered go on while the next
/// batch is run, and still most of the time is not spent on syncs. Every job of a batch has a
/// savepoint of its own and is answered after the one COMMIT.
final class Writer: Sendable {
    private struct State: Sendable {
        var jobs: [WriteJob] = []
        var isStopping = false
        var hasStopped = false
        var failure: StorageError?
    }

    private let state = Monitor(State())

    /// Takes the connection and the lock over: both are let go of when the writer has stopped.
    init(_ connection: sending Connection, lock: FileLock) throws(StorageError) {
        let handover = Handover(connection)
        let state = state
        try startThread {
            if let connection = handover.take() { Writer.run(state, connection) }
            lock.release()
            state.update { $0.hasStopped = true }
        }
    }

    /// Queues a job; its caller is answered later, or at once when nothing is written any more.
    func submit(_ job: WriteJob) {
        let refusal: StorageError? = state.update { state in
            if let failure = state.failure { return failure }
            if state.isStopping { return StorageError(.closed, "the database is closed") }
            state.jobs.append(job)
            return nil
        }
        if let refusal { job.abandon(refusal) }
    }

    /// Lets the queued jobs finish, then ends the thread. Does not wait.
    func stop() { state.update { $0.isStopping = true } }

    /// Blocks until the thread has closed its connection and released the lock.
    func waitUntilStopped() { state.wait { $0.hasStopped ? () : nil } }

    private static func run(_ state: Monitor<State>, _ connection: Connection) {
        var budget = Limits.batchTimeMinimum
        while let batch = next(state) {
            if let refused = state.update({ $0.failure }) {
                for job in batch { job.abandon(refused) }
                continue
            }
            var begun = 0
            let failure = commit(batch, &begun, &budget, connection)
            if begun < batch.count {
                state.update { $0.jobs.insert(contentsOf: batch[begun...], at: 0) }
            }
            if let fatal = connection.fatal {
                state.update { $0.failure = refusal(after: fatal) }
            }
            if let failure { for job in batch[..<begun] { job.abandon(failure) } }
        }
    }

    /// nil when the writer shall end.
    private static func next(_ state: Monitor<State>) -> [WriteJob]? {
        let batch: [WriteJob] = state.wait { state in
            if state.jobs.isEmpty { return state.isStopping ? [] : nil }
            let batch = Array(state.jobs.prefix(Limits.batchJobCountMaximum))
            state.jobs.removeFirst(batch.count)
            return batch
        }
        return batch.isEmpty ? nil : batch
    }

    /// Commits and answers the jobs of a batch that can be run within the budget, at least one.
    /// - Parameters:
    ///   - begun: how many of them, from the first on.
    ///   - budget: the time to run jobs for; the next one's when this returns.
    /// - Returns: why all of them were undone; then nobody has been answered.
    private static func commit(
        _ batch: [WriteJob], _ begun: inout Int, _ budget: inout Duration, _ connection: Connection
    ) -> StorageError? {
        let clock = ContinuousClock()
        let end = clock.now + budget
        var outcomes: [WriteJob.Outcome] = []
        outcomes.reserveCapacity(batch.count)
        do throws(StorageError) {
            try connection.execute("BEGIN IMMEDIATE")
            repeat {
                begun += 1
                outcomes.append(try run(batch[begun - 1], connection))
            } while begun < batch.count && clock.now < end
            let start = clock.now
            try connection.execute("COMMIT")
            budget = max(Limits.batchTimeMinimum, (clock.now - start) * Limits.batchSyncsMaximum)
        } catch {
            begun = max(begun, 1)
            if connection.isInTransaction {
                // A rollback that fails leaves a fatal failure noted, which ends all writing.
                _ = try? connection.execute("ROLLBACK")
            }
            return error
        }
        do throws(StorageError) {
            try connection.moveLog()
        } catch {
            // What was committed is safe in the log; the failure is noted for the next batch.
        }
        for outcome in outcomes { outcome.answer() }
        return nil
    }

    private static func run(
        _ job: WriteJob, _ connection: Connection
    ) throws(StorageError) -> WriteJob.Outcome {
        try connection.execute("SAVEPOINT job")
        let outcome = job.run(connection)
        if let fatal = connection.fatal { throw fatal }
        guard connection.isInTransaction else {
            throw StorageError(
                .full, "the disk is full: this batch was undone, nothing of it is stored")
        }
        if !outcome.stands { try connection.execute("ROLLBACK TO job") }
        try connection.execute("RELEASE job")
        return outcome
    }

    private static func refusal(after failure: StorageError) -> StorageError {
        StorageError(
            failure.code,
            "nothing more is written after this failure, because a failed write cannot be told "
                + "from a lost one: \(failure.detail) Check the disk, then start again.")
    }
}

/// Carries a connection into the writer's thread, which alone uses it from then on.
private final class Handover: @unchecked Sendable {
    private var connection: Connection?

    init(_ connection: sending Connection) { self.connection = connection }

    func take() -> Connection? {
        defer { connection = nil }
        return connection
    }
}
