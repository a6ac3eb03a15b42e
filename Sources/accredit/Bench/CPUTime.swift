import Glibc

/// Time that a processor worked, in seconds. Unlike the wall clock it does not count what other
/// programs on the machine were given meanwhile.
enum CPUTime {
    /// Of the calling thread.
    static func thread() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

    /// Of all threads of this process.
    static func process() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// Seconds since some fixed moment.
    static func wall() -> Double { seconds(CLOCK_MONOTONIC) }

    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// How often `body` runs in a second of the calling thread's CPU time.
    /// - Parameter seconds: of CPU time to spend.
    /// - Throws: what `body` throws, and `Failure` when it returns false: a rate of failures is
    ///   worth nothing.
    static func rate(seconds: Double, _ body: () throws -> Bool) throws -> Double {
        var count = 0
        let start = thread()
        var elapsed = 0.0
        while elapsed < seconds {
            for _ in 0..<16 {
                guard try body() else {
                    throw Failure(.failure, "bench.wrong", "an operation measured here failed")
                }
            }
            count += 16
            elapsed = thread() - start
        }
        return Double(count) / elapsed
    }

    /// What a body took: seconds on the wall and of all processors together.
    struct Span: Sendable {
        let wall: Double
        let processor: Double

        /// How many cores were at work on average.
        var cores: Double { processor / wall }
    }

    static func span(_ body: () async throws -> Void) async rethrows -> Span {
        let (wallStart, processorStart) = (wall(), process())
        try await body()
        return Span(wall: wall() - wallStart, processor: process() - processorStart)
    }
}
