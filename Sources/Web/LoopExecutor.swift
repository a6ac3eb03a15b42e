import CLinux
import Glibc
import Synchronization

/// The queue of one event loop's thread. It is the serial executor of the `EventLoop` actor and the
/// task executor of everything that runs there: with only the first, each turn of a task would
/// pass through the global pool, which doubles the cost of a request.
final class LoopExecutor: SerialExecutor, TaskExecutor, Sendable {
    private let jobs = Mutex<[UnownedJob]>([])
    private let thread = Atomic<UInt>(0)
    /// Written to when work comes from another thread; the loop waits for it beside its sockets.
    let wakeDescriptor: Int32

    init() throws(WebError) {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else {
            throw WebError(.system, "cannot make an eventfd: \(systemText(errno))")
        }
    }

    deinit { _ = close(wakeDescriptor) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasEmpty = jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if wasEmpty, !isCurrent { wake() }
    }

    var hasJobs: Bool { jobs.withLock { !$0.isEmpty } }

    /// Runs what is queued now; what these jobs queue waits for the next call.
    func runJobs() {
        let batch = jobs.withLock { jobs in
            let batch = jobs
            jobs.removeAll(keepingCapacity: true)
            return batch
        }
        for job in batch {
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    func claimThread() { thread.store(UInt(pthread_self()), ordering: .sequentiallyConsistent) }

    var isCurrent: Bool {
        thread.load(ordering: .sequentiallyConsistent) == UInt(pthread_self())
    }

    func isIsolatingCurrentContext() -> Bool? { isCurrent }

    func checkIsolated() {
        precondition(isCurrent, "a connection was touched away from its event loop")
    }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeDescriptor, &one, 8)
    }

    func acknowledgeWake() {
        var count: UInt64 = 0
        _ = unsafe read(wakeDescriptor, &count, 8)
    }
}
