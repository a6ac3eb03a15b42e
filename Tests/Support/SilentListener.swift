import Glibc

/// A port of this machine that somebody might be tricked into asking, and whether somebody did.
package final class SilentListener: Sendable {
    private let descriptor: Int32
    package let port: UInt16

    package init() throws {
        descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var count = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, count) == 0
                    && listen(descriptor, 8) == 0
                    && getsockname(descriptor, generic, &count) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isListening else { throw Failed() }
    }

    private struct Failed: Error {}

    deinit { close(descriptor) }

    /// Whether a connection waits to be taken.
    package var wasAsked: Bool {
        let connection = accept(descriptor, nil, nil)
        if connection >= 0 { close(connection) }
        return connection >= 0
    }
}
