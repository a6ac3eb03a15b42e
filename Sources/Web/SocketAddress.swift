import Glibc

/// Where a server listens or a client connects: an IP address or a host name, and a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// Without brackets, also for IPv6.
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8443`, `[::1]:8443` or `localhost:8443`.
    package init(_ text: String) throws(WebError) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0,
            bytes.count <= Limits.hostByteCount
        else {
            throw WebError(.address, "“\(text)” is not an address; write HOST:PORT")
        }
        let digits = bytes[(colon + 1)...]
        guard (1...5).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(String(decoding: digits, as: UTF8.self))
        else {
            throw WebError(.address, "“\(text)” has no port; write HOST:PORT, PORT from 0 to 65535")
        }
        var host = bytes[..<colon]
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(UInt8(ascii: ":")) {
            throw WebError(.address, "“\(text)”: write an IPv6 address in brackets, [::1]:443")
        }
        guard Syntax.isHost(host) else {
            throw WebError(.address, "“\(text)” names no host")
        }
        self.init(host: String(decoding: host, as: UTF8.self), port: port)
    }

    package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// True for an IPv4 or IPv6 literal, which certificates carry as an IP address, not as a name.
    package var isLiteral: Bool { (try? SystemAddress(self)) != nil && host != "localhost" }

    package var isLoopback: Bool {
        if host == "localhost" { return true }
        guard let address = try? SystemAddress(self) else { return false }
        return address.isLoopback
    }

    /// `host:port`, with brackets around IPv6.
    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// A `sockaddr` of either family, ready for the system.
@safe struct SystemAddress: Sendable {
    private var storage = sockaddr_storage()
    private(set) var byteCount: socklen_t

    var family: Int32 { Int32(storage.ss_family) }

    /// Takes IP literals and `localhost` (127.0.0.1); other names have to be resolved before.
    init(_ address: SocketAddress) throws(WebError) {
        let host = address.host == "localhost" ? "127.0.0.1" : address.host
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = address.port.bigEndian
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = address.port.bigEndian
        if unsafe inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: four, as: sockaddr_in.self)
            }
        } else if unsafe inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            byteCount = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: six, as: sockaddr_in6.self)
            }
        } else {
            throw WebError(
                .address, "“\(address.host)” is not an IP address; write one, or localhost")
        }
    }

    /// What a call such as `accept4` or `getsockname` fills in.
    init(filledBy call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Void) {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe call($0, &length)
            }
        }
        byteCount = length
    }

    func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, byteCount)
            }
        }
    }

    var isLoopback: Bool {
        unsafe withUnsafeBytes(of: storage) { raw in
            if family == AF_INET {
                return unsafe raw.load(as: sockaddr_in.self).sin_addr.s_addr.bigEndian >> 24 == 127
            }
            let six = unsafe raw.load(as: sockaddr_in6.self).sin6_addr
            return unsafe withUnsafeBytes(of: six) { bytes in
                unsafe bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
            }
        }
    }

    /// The address in text, or `unknown:0` for a family that is not IP.
    var socketAddress: SocketAddress {
        unsafe withUnsafeBytes(of: storage) { raw in
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN) + 1)
            if family == AF_INET {
                var four = unsafe raw.load(as: sockaddr_in.self)
                _ = unsafe inet_ntop(AF_INET, &four.sin_addr, &text, socklen_t(text.count))
                return SocketAddress(host: Self.string(text), port: four.sin_port.bigEndian)
            }
            if family == AF_INET6 {
                var six = unsafe raw.load(as: sockaddr_in6.self)
                _ = unsafe inet_ntop(AF_INET6, &six.sin6_addr, &text, socklen_t(text.count))
                return SocketAddress(host: Self.string(text), port: six.sin6_port.bigEndian)
            }
            return SocketAddress(host: "unknown", port: 0)
        }
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
