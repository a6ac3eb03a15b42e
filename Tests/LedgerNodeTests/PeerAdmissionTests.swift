import Credentials
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization
import TestSupport
import Testing
import Web

@testable import LedgerNode

@Suite(.serialized, .timeLimit(.minutes(10))) struct PeerAdmissionTests {
    private func problem(_ response: Response) throws -> (status: Int, type: String, text: String) {
        let json = try response.json()
        let type = json["type"]?.stringValue ?? ""
        return (
            response.status, String(type.split(separator: ":").last ?? ""),
            json["detail"]?.stringValue ?? ""
        )
    }

    @Test func `an ordinary client may not speak at the peer routes`() async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            for path in ["/v1/peer/messages", "/v1/peer/transactions"] {
                let found = try problem(
                    try await network.send("POST", path, to: 0, json: ["transactions": []]))
                #expect(found.status == 403)
                #expect(found.type == "peer-certificate")
                #expect(found.text.contains("no certificate"))
            }
            let status = try await network.send("GET", "/v1/status", to: 0)
            #expect(status.status == 200)
        }
    }

    @Test func `a representative may speak, and whoever else has a good statement may not`()
        async throws
    {
        let network = try await TestNetwork { $0.representatives = 2 }
        let events = EventLog()
        try await network.withNodes([0], log: events.append) { nodes in
            let member = try network.peerClient(as: network.nodes[1].pair)
            #expect(try await network.send(messages: [], to: 0, with: member).status == 202)
            let entry = try #require(
                nodes[0].services.book.entry(network.nodes[1].identity))
            #expect(entry.heardAt != nil)
            let pair = try KeyPair()
            let stranger = try network.peerClient(as: pair)
            let found = try problem(
                try await network.send(messages: [], to: 0, with: stranger))
            #expect(found.status == 403)
            #expect(found.type == "peer-unknown")
            #expect(found.text.contains(pair.did))
            // The consensus key is not the node key: nobody speaks with it.
            let wrong = try network.peerClient(as: network.nodes[1].consensus)
            #expect(try await network.send(messages: [], to: 0, with: wrong).status == 403)
            #expect(events.count(of: "peer-not-admitted") == 2)
            _ = try await network.send(messages: [], to: 0, with: stranger)
            #expect(events.count(of: "peer-not-admitted") == 2)
        }
    }

    @Test func `a statement that does not hold here and now is refused with its reason`()
        async throws
    {
        let network = try await TestNetwork { $0.representatives = 2 }
        let pair = network.nodes[1].pair
        let scope = try network.peerScope()
        let events = EventLog()
        try await network.withNodes([0], log: events.append) { _ in
            let cases: [(HTTPClient, String)] = [
                (
                    try network.peerClient(
                        as: pair, scope: .init(network: "other", genesis: scope.genesis)),
                    "speaks for network"
                ),
                (
                    try network.peerClient(
                        as: pair, scope: .init(network: network.network, genesis: .zero)),
                    "speaks for network"
                ),
                (
                    try network.peerClient(as: pair, fromSeconds: 600, untilSeconds: 3_600),
                    "holds from"
                ),
                (
                    try network.peerClient(as: pair, fromSeconds: -3_600, untilSeconds: -600),
                    "held until"
                ),
                (
                    try network.peerClient(as: pair, fromSeconds: 0, untilSeconds: 8 * 86_400),
                    "7 days"
                ),
                (try TestNetwork.peerClient(stating: ""), "no statement"),
                (try TestNetwork.peerClient(stating: "no token"), "three parts"),
            ]
            for (client, reason) in cases {
                let found = try problem(
                    try await network.send(messages: [], to: 0, with: client))
                #expect(found.status == 403)
                #expect(found.type == "peer-certificate")
                #expect(found.text.contains(reason), "\(found.text)")
            }
            #expect(events.count(of: "peer-not-admitted") >= cases.count - 1)
        }
    }

    @Test func `a copied statement does not fit the copier's TLS key`() async throws {
        let network = try await TestNetwork { $0.representatives = 2 }
        let pair = network.nodes[1].pair
        let scope = try network.peerScope()
        let now = SystemClock.now()
        let copied = Mutex<String?>(nil)
        _ = try PeerIdentity { digest in
            let text = try PeerStatement.sign(
                digest, in: scope, from: now.adding(milliseconds: -1_000),
                until: now.adding(milliseconds: 3_600_000), with: pair.key)
            copied.withLock { $0 = text }
            return text
        }
        let client = try TestNetwork.peerClient(stating: try #require(copied.withLock { $0 }))
        try await network.withNodes([0]) { _ in
            let found = try problem(try await network.send(messages: [], to: 0, with: client))
            #expect(found.status == 403)
            #expect(found.text.contains("copied"))
        }
    }

    @Test func `a statement in another node's name is refused`() async throws {
        let network = try await TestNetwork { $0.representatives = 2 }
        let scope = try network.peerScope()
        let (own, other) = (try KeyPair(), network.nodes[1].pair)
        let now = SystemClock.now().seconds
        let identity = try PeerIdentity { digest in
            let claims: JSON = [
                "network": .string(scope.network), "genesis": .string(scope.genesis.text),
                "node": .string(other.did), "key": .string(digest.text),
                "nbf": .number(JSONNumber(now - 60)), "exp": .number(JSONNumber(now + 3_600)),
            ]
            return try JWS.sign(
                payload: claims.bytes, type: DocumentType.peer, keyID: other.did, key: own.key
            ).compact
        }
        try await network.withNodes([0]) { _ in
            let found = try problem(
                try await network.send(
                    messages: [], to: 0, with: HTTPClient(peer: { identity })))
            #expect(found.status == 403)
            #expect(found.text.contains("signature"))
        }
    }

    @Test func `a candidate hands transactions on while it stands, and no messages`() async throws {
        let network = try await TestNetwork { $0.others = 1 }
        let node = network.nodes[1]
        let client = try network.peerClient(as: node.pair)
        try await network.withNodes([0]) { _ in
            #expect(try await network.send(transactions: [], to: 0, with: client).status == 403)
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: 1)]), by: node.pair, sequence: 0)
            #expect(try await network.run(stand, at: 0) == "ok")
            #expect(try await network.send(transactions: [], to: 0, with: client).status == 202)
            #expect(try await network.send(messages: [], to: 0, with: client).status == 403)
            let leave = try network.sign(
                .candidateRemove(node: node.identity), by: node.pair, sequence: 1)
            #expect(try await network.run(leave, at: 0) == "ok")
            let found = try problem(
                try await network.send(transactions: [], to: 0, with: client))
            #expect(found.status == 403)
            #expect(found.type == "peer-unknown")
        }
    }

    @Test func `a node that answers in another's place is told nothing`() async throws {
        let network = try await TestNetwork {
            $0.representatives = 2
            $0.others = 1
        }
        // The machine of a stranger took over the address of node 1.
        let stranger = network.nodes[2]
        var configuration = stranger.configuration
        configuration.listen = network.nodes[1].configuration.listen
        configuration.endpoint = network.nodes[1].endpoint
        let running = try await LedgerNodeServer.start(configuration: configuration)
        try await network.withNodes([0]) { _ in
            let transfer = try network.sign(
                .transfer(to: Identity(network.voters[1].publicKey), amount: 1),
                by: network.voters[0], sequence: 0)
            #expect(try await network.submit(transfer, to: 0).status == 202)
            var reason: String?
            // A call that found no time to be answered is told before.
            try await eventually("it says who answers there") {
                let status = try await network.get("/v1/status", from: 0)
                reason = status["peers"]?["unreachable"]?.arrayValue?.first?["reason"]?.stringValue
                return reason?.contains(stranger.pair.did) == true
            }
            #expect(reason?.contains("the ledger names \(network.nodes[1].pair.did)") == true)
            #expect(running.pendingCount == 0)
        }
        await running.stop()
    }

    @Test func `hostile bytes from a representative are refused and counted`() async throws {
        let network = try await TestNetwork { $0.representatives = 2 }
        let client = try network.peerClient(as: network.nodes[1].pair)
        try await network.withNodes([0]) { nodes in
            var generator = SeededGenerator(seed: 7)
            for count in [1, 5, 100] {
                let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                #expect(try await network.send(messages: body, to: 0, with: client).status == 400)
            }
            // The fourth is one too many: it is left out for a while.
            #expect(try await network.send(messages: [1], to: 0, with: client).status == 400)
            let found = try problem(try await network.send(messages: [], to: 0, with: client))
            #expect(found.status == 429)
            #expect(found.type == "peer-excluded")
            #expect(found.text.contains("malformed"))
            #expect(nodes[0].services.metrics.text.contains("peer_exclusions_total"))
        }
    }
}
