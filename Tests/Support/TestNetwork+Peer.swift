package import Credentials
import Cryptography
import Encoding
import LedgerNode
import Storage
package import Web

extension TestNetwork {
    /// What a node's peer statement says of the network.
    package func peerScope() throws -> PeerStatement.Scope {
        PeerStatement.Scope(
            network: network,
            genesis: Digest.sha256(
                try DurableFile.read(genesisPath, maximumByteCount: 16 * 1024 * 1024)))
    }

    /// A client that calls as the node of a key does, whatever may be wrong with it.
    package func peerClient(
        as pair: KeyPair, scope: PeerStatement.Scope? = nil,
        fromSeconds: Int64 = -3_600, untilSeconds: Int64 = 3_600
    ) throws -> HTTPClient {
        let scope = try scope ?? peerScope()
        let now = SystemClock.now()
        let identity = try PeerIdentity { digest in
            try PeerStatement.sign(
                digest, in: scope, from: Instant(seconds: now.seconds + fromSeconds),
                until: Instant(seconds: now.seconds + untilSeconds), with: pair.key)
        }
        return HTTPClient(peer: { identity })
    }

    /// A client whose certificate says something else.
    package static func peerClient(stating text: String) throws -> HTTPClient {
        let identity = try PeerIdentity { _ in text }
        return HTTPClient(peer: { identity })
    }

    /// A server of other answers in the place of a node that does not run: with its certificate,
    /// and at its address unless another port is given.
    package func stand(
        inFor index: Int, with router: Router, port: UInt16? = nil,
        limits: ServerLimits = ServerLimits()
    ) throws -> HTTPServer {
        let configuration = nodes[index].configuration
        let server = HTTPServer(
            router: router,
            address: try SocketAddress(port.map { "127.0.0.1:\($0)" } ?? configuration.listen),
            tls: TLSIdentity(
                certificateChainPath: configuration.tls.certificate,
                privateKeyPath: configuration.tls.key),
            limits: limits)
        _ = try server.start()
        return server
    }

    /// Sends a body of consensus messages to a node.
    package func send(
        messages body: [UInt8], to index: Int, with client: HTTPClient
    ) async throws(WebError) -> Response {
        try await client.send(
            "POST", nodes[index].endpoint + "/v1/peer/messages",
            headers: [("content-type", "application/octet-stream")], body: body,
            deadlineMilliseconds: 60_000, accepting: { _ in nil })
    }

    /// Hands transactions on to a node as another node does.
    package func send(
        transactions: [String], to index: Int, with client: HTTPClient
    ) async throws(WebError) -> Response {
        let body: JSON = ["transactions": .array(transactions.map { .string($0) })]
        return try await client.send(
            "POST", nodes[index].endpoint + "/v1/peer/transactions",
            headers: [("content-type", "application/json")], body: body.bytes,
            deadlineMilliseconds: 60_000, accepting: { _ in nil })
    }
}
