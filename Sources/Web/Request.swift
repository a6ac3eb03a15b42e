package import Encoding

/// A request that was framed and parsed strictly.
package struct Request: Sendable {
    package let method: String
    /// As it was sent, percent escapes and all, without the query.
    package let path: String
    /// Decoded, in the order sent.
    package let query: [(name: String, value: String)]
    /// Names in lower case, in the order sent.
    package let headers: [(String, String)]
    package let body: [UInt8]
    /// `urn:uuid:…`, made here for each request; also the `instance` of a problem document.
    package let id: String
    /// Whom the bytes came from.
    package let remote: SocketAddress
    /// The certificate of a caller that speaks as a peer. The handshake proved that it holds the
    /// certificate's key, and nothing else.
    package let peer: PeerCertificate?
    /// What the route's gate let the request pass with.
    package let pass: (any Sendable & AnyObject)?

    private var parameters: [String: String] = [:]

    package init(
        method: String = "GET", path: String, query: [(name: String, value: String)] = [],
        headers: [(String, String)] = [], body: [UInt8] = [],
        id: String = RequestIdentifier.make(),
        remote: SocketAddress = SocketAddress(host: "127.0.0.1", port: 0),
        peer: PeerCertificate? = nil, pass: (any Sendable & AnyObject)? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.id = id
        self.remote = remote
        self.peer = peer
        self.pass = pass
    }

    /// What stood in the place of `{name}` in the route's pattern, decoded.
    package subscript(_ name: String) -> String { parameters[name] ?? "" }

    /// The first query item of that name.
    package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The first field of that name, given in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }

    func with(parameters: [String: String]) -> Request {
        var copy = self
        copy.parameters = parameters
        return copy
    }

    /// The body as JSON. Throws a `Problem` with status 415 or 400.
    package func json(limits: JSONLimits = .standard) throws(Problem) -> JSON {
        if let type = header("content-type") {
            let essence = Array(type.utf8).prefix { $0 != UInt8(ascii: ";") }
            let name = String(
                decoding: Syntax.lowercased(Syntax.trimmed(essence[...])), as: UTF8.self)
            guard name == "application/json" || name.hasSuffix("+json") else {
                throw Problem(
                    type: "media-type", title: "Unsupported media type", status: 415,
                    detail: "The body is not declared as JSON.",
                    fix: "Send Content-Type: application/json.")
            }
        }
        do {
            return try JSON.parse(body, limits: limits)
        } catch {
            throw Problem(error)
        }
    }
}

/// Identifiers of requests: version 4 UUIDs, unpredictable so that one request's identifier says
/// nothing of another's.
package enum RequestIdentifier {
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return make(from: &generator)
    }

    static func make(from generator: inout some RandomNumberGenerator) -> String {
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var text = Array("urn:uuid:".utf8)
        text.reserveCapacity(45)
        for (index, word) in [high, low].enumerated() {
            for nibble in 0..<16 {
                let position = index * 16 + nibble
                if [8, 12, 16, 20].contains(position) { text.append(UInt8(ascii: "-")) }
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * nibble) & 0xF)
                text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
