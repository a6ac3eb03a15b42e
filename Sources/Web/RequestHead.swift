/// The head of a request, checked against RFC 9112 §3 and RFC 9110 §7.2.
struct RequestHead: MessageHead {
    struct StartLine: Sendable {
        let method: String
        let target: [UInt8]
        let isVersion10: Bool
    }

    let method: String
    /// As it was sent, without the query.
    let path: String
    let query: [(name: String, value: String)]
    let host: String
    let fields: [(String, String)]
    let framing: BodyFraming
    let isVersion10: Bool

    /// The client waits for 100 before it sends the body.
    let expectsContinue: Bool
    let wantsClose: Bool

    private static let knownMethods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ]

    static func startLine(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> StartLine {
        let parts = bytes.split(separator: Syntax.space, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw Rejection(400, "the request line is not METHOD SP TARGET SP HTTP/1.1")
        }
        guard parts[0].count <= Limits.methodByteCount, Syntax.isToken(parts[0]) else {
            throw Rejection(400, "the method is not a token")
        }
        guard Syntax.isTarget(parts[1]) else {
            throw Rejection(400, "the request target holds a character not allowed in an URI")
        }
        guard parts[1].count <= Limits.targetByteCount else {
            throw Rejection(
                414, "the request target is longer than \(Limits.targetByteCount) bytes")
        }
        let isVersion10 = parts[2].elementsEqual("HTTP/1.0".utf8)
        if !isVersion10, !parts[2].elementsEqual("HTTP/1.1".utf8) {
            throw isOtherVersion(parts[2])
                ? Rejection(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
                : Rejection(400, "the request line does not end in HTTP/1.1")
        }
        let method = String(decoding: parts[0], as: UTF8.self)
        guard knownMethods.contains(method) else {
            throw Rejection(501, "the method is not known here")
        }
        return StartLine(method: method, target: Array(parts[1]), isVersion10: isVersion10)
    }

    private static func isOtherVersion(_ bytes: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return bytes.count == 8 && bytes.starts(with: "HTTP/".utf8) && Syntax.isDigit(bytes[5])
            && bytes[6] == UInt8(ascii: ".") && Syntax.isDigit(bytes[7])
    }

    init(_ start: StartLine, _ fields: [(String, String)]) throws(Rejection) {
        method = start.method
        self.fields = fields
        isVersion10 = start.isVersion10
        let hosts = MessageFields.values("host", in: fields)
        guard hosts.count <= 1 else { throw Rejection(400, "Host more than once") }
        guard let host = hosts.first ?? (isVersion10 ? "localhost" : nil) else {
            throw Rejection(400, "Host is missing")
        }
        guard Syntax.isAuthority(host.utf8) else {
            throw Rejection(400, "Host is not a host with perhaps a port")
        }
        let (authority, origin) = try Self.split(start)
        self.host = authority ?? host
        (path, query) = try Self.pathAndQuery(origin)
        framing = try MessageFields.framing(fields, isVersion10: isVersion10)
        let expectations = MessageFields.values("expect", in: fields)
        guard
            expectations.allSatisfy({
                Syntax.lowercased($0.utf8) == Array("100-continue".utf8)
            })
        else { throw Rejection(417, "Expect other than 100-continue") }
        expectsContinue = !expectations.isEmpty && !isVersion10
        wantsClose = isVersion10 || MessageFields.connection(fields, has: "close")
    }

    /// The four forms of a target (RFC 9112 §3.2): here origin, absolute, and `*` for OPTIONS.
    private static func split(
        _ start: StartLine
    ) throws(Rejection) -> (authority: String?, origin: ArraySlice<UInt8>) {
        let target = start.target[...]
        guard start.method != "CONNECT" else {
            throw Rejection(400, "CONNECT: this is not a proxy")
        }
        if target.first == UInt8(ascii: "/") { return (nil, target) }
        if Array(target) == [UInt8(ascii: "*")], start.method == "OPTIONS" { return (nil, target) }
        for scheme in ["http://", "https://"] {
            guard Syntax.lowercased(target.prefix(scheme.utf8.count)) == Array(scheme.utf8) else {
                continue
            }
            let rest = target.dropFirst(scheme.utf8.count)
            let end =
                rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? rest.endIndex
            guard Syntax.isAuthority(rest[..<end]) else { break }
            let origin = rest[end...]
            return (
                String(decoding: rest[..<end], as: UTF8.self),
                origin.first == UInt8(ascii: "/") ? origin : [UInt8(ascii: "/")] + origin
            )
        }
        throw Rejection(400, "the request target is neither a path nor an http URL")
    }

    private static func pathAndQuery(
        _ origin: ArraySlice<UInt8>
    ) throws(Rejection) -> (String, [(name: String, value: String)]) {
        let mark = origin.firstIndex(of: UInt8(ascii: "?")) ?? origin.endIndex
        let path = origin[..<mark]
        for segment in path.split(separator: UInt8(ascii: "/")) {
            // Longer ones without an escape are neither dots nor wrong.
            guard segment.count <= 2 || segment.contains(UInt8(ascii: "%")) else { continue }
            guard let text = Syntax.percentDecoded(segment) else {
                throw Rejection(400, "the path holds a broken or forbidden percent escape")
            }
            guard text != ".", text != ".." else {
                throw Rejection(400, "the path holds a dot segment")
            }
        }
        var items: [(name: String, value: String)] = []
        for item in origin[mark...].dropFirst().split(separator: UInt8(ascii: "&")) {
            guard items.count < Limits.queryItemCount else {
                throw Rejection(400, "more than \(Limits.queryItemCount) query items")
            }
            let equals = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            guard let name = Syntax.percentDecoded(item[..<equals], plusIsSpace: true),
                let value = Syntax.percentDecoded(
                    item[equals...].dropFirst(), plusIsSpace: true)
            else { throw Rejection(400, "the query holds a broken or forbidden percent escape") }
            items.append((name, value))
        }
        return (String(decoding: path, as: UTF8.self), items)
    }
}
