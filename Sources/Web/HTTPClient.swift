import Glibc
import Synchronization

/// An HTTP/1.1 client over the same connections as the server. Every TLS connection is verified:
/// the chain against `trust`, and the certificate's name or IP address against the URL. There are
/// no redirects. Connections are kept and used again.
package final class HTTPClient: Sendable {
    private let context: Result<TLSContext, WebError>
    private let owner = EventLoops.newOwner()
    private let passing: (@Sendable (String) -> Void)?

    /// Authorities that cannot be read are reported by each `send`.
    /// - Parameter passing: told the name of each point as it is passed: `GET /v1/blocks/* asked`
    ///   before a request leaves, `… answered` when its answer has come. Crash tests end the
    ///   process there.
    package init(trust: TrustAnchors, passing: (@Sendable (String) -> Void)? = nil) {
        self.passing = passing
        context = Result { () throws(WebError) in try TLSContext.client(trust) }
    }

    /// A client without authorities: it speaks to this machine, without TLS, and to nobody else.
    package init() {
        passing = nil
        context = .failure(
            WebError(.tls, "this client has no authorities; give it the file of trust anchors"))
    }

    /// A client that calls as a peer: it shows `peer`, and takes no certificate for anything but
    /// what `accepting` of `send` makes of it.
    package init(peer: @escaping @Sendable () -> PeerIdentity) {
        passing = nil
        context = Result { () throws(WebError) in try TLSContext.calling(PeerOffer(peer)) }
    }

    deinit {
        guard let loops = try? EventLoops.shared.get() else { return }
        let owner = owner
        for loop in loops.all {
            Task(executorPreference: loop.executor) { await loop.dropPool(of: owner) }
        }
    }

    /// Sends one request and reads the whole answer. `deadlineMilliseconds` bounds all of it, from
    /// resolving the name to the last byte. A request that finds its kept connection closed before
    /// any byte of an answer came is sent once more, over a new one: requests have to be
    /// idempotent, as all of this project are.
    /// - Parameter accepting: asked before anything is sent whether this is the peer that was
    ///   meant; answers why not.
    package func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8] = [],
        deadlineMilliseconds: Int, maximumBodyByteCount: Int = 1024 * 1024,
        accepting: (@Sendable (PeerCertificate?) -> String?)? = nil
    ) async throws(WebError) -> Response {
        try await send(
            try PreparedRequest(method, url, headers: headers, body: body),
            deadlineMilliseconds: deadlineMilliseconds,
            maximumBodyByteCount: maximumBodyByteCount, accepting: accepting)
    }

    /// The same for a request that was written before.
    package func send(
        _ request: PreparedRequest, deadlineMilliseconds: Int,
        maximumBodyByteCount: Int = 1024 * 1024,
        accepting: (@Sendable (PeerCertificate?) -> String?)? = nil
    ) async throws(WebError) -> Response {
        let url = request.url
        let deadline = monotonicMilliseconds() + Int64(max(1, deadlineMilliseconds))
        let loop = try Self.loop(for: url)
        let call = OutgoingCall(
            owner: owner, url: url, context: url.isSecure ? try context.get() : nil,
            pieces: request.pieces, isHead: request.method == "HEAD", deadline: deadline,
            maximumBodyByteCount: maximumBodyByteCount, accepting: accepting)
        let addresses = try await Resolver.addresses(of: url.address, until: deadline)
        let token = EventLoops.newOwner()
        if let passing { passing("\(request.method) \(url.shape) asked") }
        let result = await withTaskCancellationHandler {
            await withTaskExecutorPreference(loop.executor) {
                await loop.perform(call, addresses, token: token)
            }
        } onCancel: {
            Task(executorPreference: loop.executor) { await loop.cancel(call: token) }
        }
        if let passing { passing("\(request.method) \(url.shape) answered") }
        return try result.get()
    }

    /// Where calls to the origin of `request` are made: a task that prefers it, and calls often,
    /// saves the way to another thread and back.
    package static func executor(
        for request: PreparedRequest
    ) throws(WebError) -> any TaskExecutor {
        try loop(for: request.url).executor
    }

    private static func loop(for url: WebURL) throws(WebError) -> EventLoop {
        let loops = try EventLoops.shared.get()
        return loops[Int(truncatingIfNeeded: UInt(bitPattern: url.address.hashValue) >> 1)]
    }
}

/// A request as it is sent, head and body: made once, it can be sent any number of times.
package struct PreparedRequest: Sendable {
    let method: String
    let url: WebURL
    let pieces: [[UInt8]]

    package init(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) throws(WebError) {
        try self.init(method, url, headers: headers, body: [body])
    }

    /// - Parameter body: in pieces, of which large ones are sent from where they lie.
    package init(
        _ method: String, _ url: String, headers: [(String, String)], body: [[UInt8]]
    ) throws(WebError) {
        self.method = method
        self.url = try WebURL(url)
        pieces = try MessageWriter.request(method, self.url, headers: headers, body: body)
    }
}

/// A request ready to go, and what its answer is held to.
struct OutgoingCall: Sendable {
    let owner: UInt64
    let url: WebURL
    let context: TLSContext?
    /// Written one after the other.
    let pieces: [[UInt8]]
    let isHead: Bool
    let deadline: Int64
    let maximumBodyByteCount: Int
    /// Why the peer that answered is not the one to talk to; nil when it is.
    let accepting: (@Sendable (PeerCertificate?) -> String?)?

    var origin: ConnectionPool.Key {
        ConnectionPool.Key(owner: owner, isSecure: url.isSecure, address: url.address)
    }
}
