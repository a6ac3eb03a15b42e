import Glibc
import Synchronization

/// The event loops of this process: one for each core, shared by all its servers and clients, begun
/// at first use and never ended.
struct EventLoops: Sendable {
    static let shared = Result { () throws(WebError) in try EventLoops() }

    let all: [EventLoop]

    private init() throws(WebError) {
        prepareProcess()
        let cores = max(1, min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 64))
        var loops: [EventLoop] = []
        for _ in 0..<cores { loops.append(try EventLoop.started()) }
        all = loops
    }

    subscript(_ turn: Int) -> EventLoop { all[turn % all.count] }

    private static let lastOwner = Atomic<UInt64>(0)

    /// A number for a server or client, by which its sockets can be told from others'.
    static func newOwner() -> UInt64 {
        lastOwner.add(1, ordering: .relaxed).newValue
    }
}
