import Credentials
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization
import Web

/// A request that a known node may make of this one; counted until the answer is sent.
final class PeerPass: Sendable {
    let node: Identity
    private let byteCount: Int
    private let book: PeerBook

    fileprivate init(_ node: Identity, byteCount: Int, book: PeerBook) throws(Problem) {
        try book.enter(node, byteCount: byteCount)
        self.node = node
        self.byteCount = byteCount
        self.book = book
    }

    deinit { book.leave(node, byteCount: byteCount) }
}

/// Who may speak at the peer routes. The TLS handshake proves that a caller holds its certificate's
/// key, the statement in the certificate that a node's key stands behind it, and the ledger says
/// what that node may do.
struct PeerGate: Sendable {
    enum Purpose: Sendable {
        /// Consensus messages: representatives of the newest block or of the next two.
        case messages
        /// Handing on transactions: these, and listed candidates.
        case transactions
    }

    let services: NodeServices

    /// Decides before the body is read.
    func admit(_ caller: Caller, for purpose: Purpose) throws(Problem) -> PeerPass {
        let node = try node(caller)
        guard isEntitled(node, to: purpose) else {
            throw refuse(
                caller, node.text, "peer-unknown", "This node may not speak here",
                purpose == .messages
                    ? "\(node) is no representative of block "
                        + "\(services.chain.tip.height) or the next two"
                    : "\(node) is neither a representative nor a listed candidate",
                fix: "A node of the network hands transactions in at /v1/transactions.")
        }
        guard let byteCount = caller.bodyByteCount else {
            throw Problem(
                type: "http", title: "Length required", status: 411,
                detail: "A peer says how long its message is.", fix: "Send Content-Length.")
        }
        let pass = try PeerPass(node, byteCount: byteCount, book: services.book)
        services.book.noteHeard(node, clockLead: lead(caller))
        return pass
    }

    /// The node whose key stands behind the caller's certificate.
    private func node(_ caller: Caller) throws(Problem) -> Identity {
        guard let peer = caller.peer else {
            throw refuse(
                caller, nil, "peer-certificate", "No node's certificate",
                "the caller showed no certificate",
                fix: "Only nodes speak here, over TLS 1.3 with ALPN accredit-peer/1 and a "
                    + "certificate that their node key vouches for.")
        }
        do {
            return try services.statements.node(of: peer, at: services.now())
        } catch {
            throw refuse(
                caller, nil, "peer-certificate", "Not the certificate of a node here",
                error.detail, fix: "Check the node's genesis file, its key and both clocks.")
        }
    }

    private func isEntitled(_ node: Identity, to purpose: Purpose) -> Bool {
        if services.directory.isMember(node) { return true }
        switch purpose {
        case .messages: return false
        case .transactions:
            return services.chain.read { $0.status(of: node) != .ordinary }
        }
    }

    private func lead(_ caller: Caller) -> Int64? {
        caller.header(PeerNetwork.timeHeader).flatMap { Int64($0) }.map {
            Instant(milliseconds: $0).milliseconds(since: services.now())
        }
    }

    private func refuse(
        _ caller: Caller, _ node: String?, _ type: String, _ title: String, _ detail: String,
        fix: String
    ) -> Problem {
        services.metrics.add("accredit_node_peer_refused_total", labels: [("reason", type)])
        let name = node ?? caller.remote.host
        let isNews = services.refused.note(
            name, detail, at: SystemClock.monotonicMilliseconds())
        if isNews {
            services.log.event(
                "peer-not-admitted",
                [
                    ("caller", .string(name)), ("address", .string(caller.remote.description)),
                    ("reason", .string(detail)),
                ])
        }
        return Problem(
            type: type, title: title, status: 403, detail: "\(detail).", fix: fix)
    }
}

/// Checks peers' certificates, on both ends, and remembers the good ones: the signature in a
/// certificate is verified once, its times at each use.
final class PeerStatements: Sendable {
    private let scope: PeerStatement.Scope
    private let known = Mutex<[PeerCertificate: PeerStatement]>([:])

    init(scope: PeerStatement.Scope) { self.scope = scope }

    /// - Throws: what is wrong with it.
    func node(
        of peer: PeerCertificate, at now: Instant
    ) throws(CredentialError) -> Identity {
        let statement: PeerStatement
        if let found = known.withLock({ $0[peer] }) {
            statement = found
        } else {
            statement = try verify(peer)
        }
        try statement.check(at: now)
        return Identity(statement.node)
    }

    private func verify(_ peer: PeerCertificate) throws(CredentialError) -> PeerStatement {
        guard let compact = peer.statement else {
            throw CredentialError(.malformed, "the certificate carries no statement of a node")
        }
        let statement = try PeerStatement(
            verifying: compact, keyDigest: peer.keyDigest, in: scope)
        known.withLock { known in
            if known.count >= Limits.peerStatementsMaximum { known = [:] }
            known[peer] = statement
        }
        return statement
    }
}
