// The declaration of pthread_attr_t reaches Swift through the headers of OpenSSL.
import COpenSSL
import Glibc

/// The text of an `errno` value.
func systemText(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}

/// Milliseconds of the monotonic clock, for deadlines.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}

/// Seconds since 1970, for the Date field.
func wallClockSeconds() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
}

/// Starts a thread that owns `body`. The only place where this target makes threads, so that no
/// closure with an actor's isolation ends up on one by accident.
func startThread(_ body: @escaping @Sendable () -> Void) throws(WebError) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = unsafe Unmanaged.passRetained(Box(body))
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let code = unsafe pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    guard code == 0 else {
        unsafe box.release()
        throw WebError(.system, "cannot start a thread: \(systemText(code))")
    }
}

/// Once per process: a peer that goes away must not end us, and every descriptor the system grants
/// is ours to use.
func prepareProcess() {
    _ = signal(SIGPIPE, SIG_IGN)
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
