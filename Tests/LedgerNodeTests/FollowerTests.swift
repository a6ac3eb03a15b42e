import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import Synchronization
import TestSupport
import Testing
import Web

/// Stands between a follower and the chain, and lies.
private final class LyingPeer: Sendable {
    private let lie: Mutex<@Sendable (JSON) -> JSON>
    private let count = Atomic<Int>(0)

    /// - Parameter lie: what it says first: a follower may ask as soon as it starts.
    init(_ lie: @escaping @Sendable (JSON) -> JSON) { self.lie = Mutex(lie) }

    /// How many blocks were given out.
    var served: Int { count.load(ordering: .relaxed) }

    func tell(_ lie: @escaping @Sendable (JSON) -> JSON) { self.lie.withLock { $0 = lie } }

    /// Answers for blocks like the node behind it, but for what `tell` makes of them.
    func router(_ network: TestNetwork, honest: String) -> Router {
        var router = Router()
        router.on("GET", "/v1/blocks/{height}") { request in
            let answer = try await network.client.send(
                "GET", "\(honest)/v1/blocks/\(request["height"])", deadlineMilliseconds: 60_000)
            guard answer.status == 200 else { throw Problem.notFound("none") }
            self.count.add(1, ordering: .relaxed)
            let block = try answer.json()
            return .json(self.lie.withLock { $0 }(block))
        }
        return router
    }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct FollowerTests {
    private static func replacing(_ block: JSON, _ member: String, _ value: JSON) -> JSON {
        var object = block.objectValue ?? JSONObject([])
        object[member] = value
        return .object(object)
    }

    private static func withCertificate(
        _ block: JSON, _ member: String, _ change: (JSON) -> JSON
    ) -> JSON {
        let certificate = block["certificate"] ?? .null
        let changed = replacing(certificate, member, change(certificate[member] ?? .null))
        return replacing(block, "certificate", changed)
    }

    private static let lies: [(String, @Sendable (JSON) -> JSON)] = [
        (
            "a signature with one character changed",
            { block in
                withCertificate(block, "signatures") { list in
                    let text = list[0]?.stringValue ?? ""
                    return [.string((text.first == "A" ? "B" : "A") + text.dropFirst())]
                }
            }
        ),
        ("no signature", { block in withCertificate(block, "signatures") { _ in [] } }),
        (
            "a certificate for another height",
            { block in withCertificate(block, "height") { _ in 77 } }
        ),
        (
            "a header with another time",
            { block in
                let text = block["header"]?.stringValue ?? ""
                return replacing(
                    block, "header", .string(text.replacing("\"time\":1", with: "\"time\":2")))
            }
        ),
        (
            "a transaction left out",
            { block in
                replacing(replacing(block, "transactions", []), "results", [])
            }
        ),
        ("a transaction that is none", { block in replacing(block, "transactions", ["x.y.z"]) }),
        ("no document at all", { _ in [] }),
    ]

    @Test func `a follower takes what verifies and refuses every forgery`() async throws {
        let network = try await TestNetwork {
            $0.others = 1
            // Long enough that block 1 is the one with the transfer.
            $0.heartbeat = 600_000
        }
        // The representative listens elsewhere, and the liar in its place.
        var hidden = network.nodes[0].configuration
        let port = try await freePort()
        hidden.listen = "127.0.0.1:\(port)"
        let representative = try await LedgerNodeServer.start(configuration: hidden)
        let honest = "https://127.0.0.1:\(port)"
        let transfer = try network.sign(
            .transfer(to: Identity(network.voters[1].publicKey), amount: 3), by: network.voters[0],
            sequence: 0)
        let sent = try await network.client.send(
            "POST", honest + "/v1/transactions",
            headers: [("content-type", "application/json")],
            body: JSON.object(JSONObject([("transaction", .string(transfer.jws.compact))])).bytes,
            deadlineMilliseconds: 60_000)
        #expect(sent.status == 202)
        try await eventually("the transfer is in a block") { representative.height == 1 }

        let liar = LyingPeer { _ in ["nothing": 1] }
        let server = try network.stand(
            inFor: 0, with: liar.router(network, honest: honest))
        let events = EventLog()
        try await network.withNodes([1], log: events.append) { nodes in
            for (name, lie) in Self.lies {
                liar.tell(lie)
                let (height, refused) = (nodes[0].height, events.count(of: "peer-refused"))
                try await eventually("\(name) is refused") {
                    events.count(of: "peer-refused") >= refused + 2
                }
                #expect(nodes[0].height <= height + 1, "\(name) was believed")
            }
            #expect(nodes[0].height == 0)
            liar.tell { $0 }
            let block = try await network.block(1, from: 1)
            #expect(block.height == 1)
            let account = try await network.get(
                "/v1/accounts/\(network.voters[1].did)", from: 1)
            #expect(account["balance"]?.stringValue == "1003")
            let ready = try await network.send("GET", "/readyz", to: 1)
            #expect(ready.status == 200)
        }
        await server.stop()
        await representative.stop()
    }

    @Test func `a peer that takes calls and answers nothing keeps a follower from nobody`()
        async throws
    {
        let network = try await TestNetwork { $0.others = 1 }
        // Nobody listens where genesis says, so that the follower asks its peers in their order.
        var hidden = network.nodes[0].configuration
        let port = try await freePort()
        hidden.listen = "127.0.0.1:\(port)"
        let representative = try await LedgerNodeServer.start(configuration: hidden)
        let silent = try SilentListener()
        var configuration = network.nodes[1].configuration
        configuration.peers = [
            "https://127.0.0.1:\(silent.port)", "https://127.0.0.1:\(port)",
        ]
        let follower = try await LedgerNodeServer.start(configuration: configuration)
        // Once for what there is, and again for what comes after that.
        for _ in 1...2 {
            let wanted = max(representative.height, follower.height) + 3
            try await eventually("height \(wanted)") { follower.height >= wanted }
        }
        #expect(silent.wasAsked)
        await follower.stop()
        await representative.stop()
    }
}
