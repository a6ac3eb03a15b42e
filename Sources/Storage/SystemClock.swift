package import Encoding
import Glibc

/// The machine's wall clock. Pure targets take an `Instant`; this is where servers get it from.
package enum SystemClock {
    package static func now() -> Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Milliseconds since some fixed moment: for measuring spans, untouched by clock corrections.
    package static func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Blocks the calling thread. For tools that wait on a process; servers suspend instead.
    package static func pause(milliseconds: Int64) {
        var time = timespec(
            tv_sec: Int(milliseconds / 1000), tv_nsec: Int(milliseconds % 1000) * 1_000_000)
        unsafe nanosleep(&time, nil)
    }
}
