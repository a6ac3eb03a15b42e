import Encoding
import Ledger
import LedgerNode
import Storage
import Synchronization
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct CatchUpTests {
    typealias Lie = @Sendable (Response) async -> Response

    private static let lies: [(String, Lie)] = [
        (
            "one bit of the run changed",
            { answer in
                var changed = answer
                changed.body[answer.body.count / 2] ^= 1
                return changed
            }
        ),
        (
            "a run that ends in the middle of a block",
            { answer in
                var changed = answer
                changed.body.removeLast(answer.body.count / 3)
                return changed
            }
        ),
        (
            "bytes that are no blocks",
            { _ in Response(status: 200, body: [UInt8](repeating: 0xFF, count: 4_000)) }
        ),
    ]

    /// Passes blocks of an honest node on, while it has any to give, and lies about runs of them.
    private static func start(
        in network: TestNetwork, port: UInt16? = nil, honest: String,
        isOpen: @escaping @Sendable () -> Bool = { true }, _ lie: @escaping Lie = { $0 }
    ) throws -> HTTPServer {
        var router = Router()
        for path in ["/v1/blocks/{height}", "/v1/blocks/{height}/run"] {
            router.on("GET", path) { request in
                guard isOpen() else { throw Problem.notFound("none yet") }
                let target = path.replacing("{height}", with: request["height"])
                let answer = try await network.client.send(
                    "GET", honest + target, deadlineMilliseconds: 60_000,
                    maximumBodyByteCount: 32 * 1024 * 1024)
                let response = Response(
                    status: answer.status,
                    headers: [("content-type", answer.header("content-type") ?? "")],
                    body: answer.body)
                guard answer.status == 200, path.hasSuffix("run") else { return response }
                return await lie(response)
            }
        }
        return try network.stand(inFor: 0, with: router, port: port)
    }

    /// A chain whose newest block is old enough that many are fetched at a time.
    private static func grow(_ network: TestNetwork) async throws {
        try await network.withNodes([0]) { _ in
            for sequence in 0..<20 {
                let data = try network.sign(
                    .data(content: "block \(sequence)"), by: network.voters[0],
                    sequence: UInt64(sequence))
                _ = try await network.run(data, at: 0)
            }
            _ = try await network.block(40, from: 0)
        }
    }

    @Test func `a node far behind leaves a liar for another and takes the same blocks`()
        async throws
    {
        let network = try await TestNetwork {
            $0.others = 3
            $0.heartbeat = 60
        }
        try await Self.grow(network)
        try await Task.sleep(for: .seconds(4))
        // The representative answers elsewhere, and a liar in its place.
        var hidden = network.nodes[0].configuration
        let port = try await freePort()
        hidden.listen = "127.0.0.1:\(port)"
        let honest = "https://127.0.0.1:\(port)"
        let representative = try await LedgerNodeServer.start(configuration: hidden)
        for (number, (name, lie)) in Self.lies.enumerated() {
            let liar = try Self.start(in: network, honest: honest, lie)
            let events = EventLog()
            // The other has nothing before the lie was told, however late the liar is with it.
            let port = try await freePort()
            let place = "https://127.0.0.1:\(port)"
            let other = try Self.start(
                in: network, port: port, honest: honest,
                isOpen: { events.count(of: "peer-refused") > 0 })
            var configuration = network.nodes[1 + number].configuration
            configuration.peers = [place]
            let node = try await LedgerNodeServer.start(
                configuration: configuration,
                surroundings: LedgerNodeServer.Surroundings(log: events.append))
            let ours = try await network.block(40, from: 1 + number)
            let refused = events.all("peer-refused").compactMap { $0["peer"]?.stringValue }
            #expect(refused.contains(network.nodes[0].endpoint), "\(name)")
            #expect(!refused.contains(place), "\(name)")
            #expect(!events.all("blocks-fetched").isEmpty, "\(name)")
            #expect(ours.height == 40)
            let transactions = try await network.get(
                "/v1/accounts/\(network.voters[0].did)", from: 1 + number)
            #expect(transactions["sequence"] == 20)
            await node.stop()
            // What was taken many at a time is what a start finds.
            let again = try await LedgerNodeServer.start(configuration: configuration)
            #expect(again.height >= 40)
            await again.stop()
            await liar.stop()
            await other.stop()
        }
        await representative.stop()
    }

    @Test func `a node wiped of its disk comes back by fetching all blocks`() async throws {
        let network = try await TestNetwork {
            $0.others = 1
            $0.heartbeat = 60
        }
        try await network.withNodes([0, 1]) { nodes in
            _ = try await network.block(30, from: 1)
            await nodes[1].stop()
            let data = network.nodes[1].configuration.data
            for name in try DurableFolder.names(in: data) {
                try DurableFolder.remove("\(data)/\(name)")
            }
            let again = try await network.start(1)
            let ours = try await network.block(30, from: 1)
            let theirs = try await network.block(30, from: 0)
            #expect(ours.id == theirs.id)
            await again.stop()
        }
    }
}
