import Glibc

/// Gives a target one input after the other, until the time is up or something is wrong.
///
/// What it cannot see itself ends the process: a trap, more memory than is allowed, or one input
/// that takes far more CPU time than its costs stand for. The number of the input is in `progress`
/// then, and `--show` prints that input.
struct Worker {
    let target: Target
    let seed: UInt64
    /// By the clock.
    let seconds: Double
    /// A file for the number of the input being tried.
    let progress: String?

    /// Ten times what any input may take on a slow machine.
    private static let inputSeconds = 20
    private static let memoryByteCount: UInt64 = 1 << 30
    private static let stackByteCount: UInt64 = 8 << 20

    static func input(_ target: Target, seed: UInt64, index: UInt64) -> (bytes: [UInt8], Chance) {
        var mutation = Mutation(chance: Chance(seed: seed, index: index), corpus: target.corpus)
        let bytes = mutation.input()
        return (bytes, mutation.chance)
    }

    func run() throws -> String {
        Self.limit(RLIMIT_AS, to: Self.memoryByteCount)
        Self.limit(RLIMIT_STACK, to: Self.stackByteCount)
        let file = progress.map { unsafe open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
        var (index, accepted) = (UInt64(0), 0)
        var slowest = (seconds: 0.0, index: UInt64(0))
        let end = Self.time(CLOCK_MONOTONIC) + seconds
        let start = Self.time(CLOCK_PROCESS_CPUTIME_ID)
        var now = start
        while Self.time(CLOCK_MONOTONIC) < end {
            if let file { Self.write(index, to: file) }
            Self.startTimer()
            var (bytes, chance) = Self.input(target, seed: seed, index: index)
            do throws(Target.Problem) {
                if try target.accepts(bytes, &chance) { accepted += 1 }
            } catch {
                throw Target.Problem(what: "input \(index): \(error.what)")
            }
            let then = now
            now = Self.time(CLOCK_PROCESS_CPUTIME_ID)
            if now - then > slowest.seconds { slowest = (now - then, index) }
            index += 1
        }
        let milliseconds = Int(slowest.seconds * 1000)
        return
            "\(target.rawValue): \(index) inputs, \(accepted) accepted, \(Int(seconds)) s (\(Int(now - start)) of CPU), "
            + "slowest \(milliseconds) ms (input \(slowest.index)), "
            + "peak \(Self.peakKibibytes() / 1024) MiB"
    }

    // MARK: The system

    private static func limit(_ resource: __rlimit_resource, to count: UInt64) {
        var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(count))
        guard unsafe setrlimit(Int32(resource.rawValue), &limit) == 0 else {
            preconditionFailure("a limit of \(count) bytes cannot be set")
        }
    }

    /// Ends the process by SIGVTALRM unless it is started again in time.
    private static func startTimer() {
        var timer = itimerval()
        timer.it_value.tv_sec = inputSeconds
        unsafe setitimer(Int32(ITIMER_VIRTUAL.rawValue), &timer, nil)
    }

    private static func write(_ index: UInt64, to file: Int32) {
        var index = index.littleEndian
        _ = unsafe pwrite(file, &index, MemoryLayout<UInt64>.size, 0)
    }

    private static func time(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func peakKibibytes() -> Int {
        var usage = rusage()
        unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
        return Int(usage.ru_maxrss)
    }
}
