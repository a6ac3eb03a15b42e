/// An `http` or `https` URL: scheme, authority, target. No user, no fragment.
struct WebURL: Sendable, Hashable {
    let isSecure: Bool
    let address: SocketAddress
    /// Path and query as they go into the request line.
    let target: String

    /// The Host field: the port only where it is not the scheme's own.
    var authority: String {
        guard address.port == (isSecure ? 443 : 80) else { return address.description }
        return address.isIPv6 ? "[\(address.host)]" : address.host
    }

    init(_ text: String) throws(WebError) {
        let bytes = Array(text.utf8)
        let malformed = WebError(
            .address, "“\(text)” is not a URL taken here; write https://HOST:PORT/PATH")
        guard bytes.count <= Limits.urlByteCount, Syntax.isTarget(bytes) else { throw malformed }
        let rest: ArraySlice<UInt8>
        if bytes.starts(with: "https://".utf8) {
            isSecure = true
            rest = bytes[8...]
        } else if bytes.starts(with: "http://".utf8) {
            isSecure = false
            rest = bytes[7...]
        } else {
            throw malformed
        }
        let end =
            rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = rest[..<end]
        guard Syntax.isAuthority(authority) else { throw malformed }
        let last = authority.last ?? 0
        let hasPort =
            last != UInt8(ascii: "]") && authority.contains(UInt8(ascii: ":"))
        let name = String(decoding: authority, as: UTF8.self)
        address = try SocketAddress(hasPort ? name : "\(name):\(isSecure ? 443 : 80)")
        let target = String(decoding: rest[end...], as: UTF8.self)
        self.target = target.utf8.first == UInt8(ascii: "/") ? target : "/" + target
        guard isSecure || address.isLoopback else {
            throw WebError(
                .address, "“\(text)”: without TLS only this machine is called; write https://")
        }
    }
}
