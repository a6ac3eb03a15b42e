/// Who asks for what, as far as it is known when a request's head has come and its body has not.
package struct Caller: Sendable {
    package let remote: SocketAddress
    package let peer: PeerCertificate?
    /// Names in lower case, in the order sent.
    package let headers: [(String, String)]
    /// As announced; nil for a body in chunks, whose length shows at its end.
    package let bodyByteCount: Int?

    package init(
        remote: SocketAddress, peer: PeerCertificate? = nil, headers: [(String, String)] = [],
        bodyByteCount: Int? = 0
    ) {
        self.remote = remote
        self.peer = peer
        self.headers = headers
        self.bodyByteCount = bodyByteCount
    }

    /// The first field of that name, given in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }
}

/// Decides about a request before its body is read, so that nobody has to take in what it will not
/// use. Throws a `Problem` to refuse. What it returns is held until the answer is sent, and is the
/// request's `pass` for the handler.
package typealias Gate = @Sendable (Caller) throws -> any Sendable & AnyObject
