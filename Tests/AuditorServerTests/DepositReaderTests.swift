import Auditing
import Cryptography
import Encoding
import Synchronization
import TestSupport
import Testing
import Web

@testable import AuditorServer

/// Deposits asked for at the same time, of nodes that answer well, badly, or not at all.
@Suite struct DepositReaderTests {
    /// What a stand-in for a ledger node was asked, and how it answers about several.
    private final class Node: Sendable {
        enum Manner: Sendable { case knowsLists, knowsNone, leavesOut, isBroken, isMalformed }

        let url: String
        private let server: HTTPServer
        private let counter: Counter

        /// Ids that begin with an even digit have a deposit.
        static func deposit(_ id: Digest) -> JSON? {
            guard let first = id.text.utf8.first, first % 2 == 0 else { return nil }
            return [
                "id": JSON(id.text), "payer": "did:key:z1", "node": "did:key:z2",
                "auditor": "https://a.example", "amount": "7", "state": "held", "height": 3,
            ]
        }

        init(_ manner: Manner) throws {
            let asked = Counter()
            var router = Router()
            router.on("GET", "/v1/deposits/{id}") { request in
                asked.value.withLock { $0.singles += 1 }
                if manner == .isBroken { throw Problem.unavailable("broken") }
                guard let deposit = Self.deposit(try Digest(hexadecimal: request["id"])) else {
                    throw Problem.notFound("none")
                }
                return .json(deposit)
            }
            router.on("GET", "/v1/deposits") { request in
                asked.value.withLock { $0.lists += 1 }
                let ids = try (request.query("ids") ?? "").split(separator: ",").map {
                    try Digest(hexadecimal: String($0))
                }
                #expect(ids.count <= Limits.depositsPerRequestMaximum)
                var found = ids.compactMap(Self.deposit)
                switch manner {
                case .knowsLists: break
                case .knowsNone: throw Problem.badRequest("which auditor?")
                case .leavesOut: found = []
                case .isBroken: throw Problem.unavailable("broken")
                case .isMalformed:
                    found = found.map { ["id": $0["id"] ?? .null, "amount": "much"] }
                }
                return .json([
                    "deposits": .array(found),
                    "missing": .array(
                        ids.filter { Self.deposit($0) == nil }.map { JSON($0.text) }),
                ])
            }
            server = HTTPServer(router: router, address: SocketAddress(host: "127.0.0.1", port: 0))
            url = "http://\(try server.start())"
            counter = asked
        }

        private final class Counter: Sendable {
            let value = Mutex<(lists: Int, singles: Int)>((0, 0))
        }

        var lists: Int { counter.value.withLock { $0.lists } }
        var singles: Int { counter.value.withLock { $0.singles } }

        func stop() async { await server.stop() }
    }

    private static let count = 200

    /// Whether each of many readings at one time found what there is.
    private func readings(of nodes: [Node]) async -> (right: Int, failed: Int) {
        let reader = DepositReader(
            nodes: nodes.map(\.url), client: HTTPClient(), deadlineMilliseconds: 60_000)
        let ids = (0..<Self.count).map { Digest.sha256([UInt8($0)]) }
        var (right, failed) = (0, 0)
        await withTaskGroup(of: (Digest, DepositReader.Reading).self) { group in
            for id in ids { group.addTask { (id, await reader.read(id)) } }
            while let (id, reading) = await group.next() {
                switch reading {
                case .success(let deposit):
                    if deposit?.id == (Node.deposit(id) == nil ? nil : id) { right += 1 }
                case .failure: failed += 1
                }
            }
        }
        for node in nodes { await node.stop() }
        return (right, failed)
    }

    @Test func `what is asked at one time is asked of the node together`() async throws {
        let node = try Node(.knowsLists)
        let (right, failed) = await readings(of: [node])
        #expect(right == Self.count && failed == 0)
        #expect(node.lists >= 2)
        #expect(node.lists + node.singles < Self.count / 2)
    }

    @Test(arguments: [0, 1, 2])
    func `a node that does not tell of each together is asked for each`(
        _ number: Int
    ) async throws {
        let manners: [Node.Manner] = [.knowsNone, .leavesOut, .isMalformed]
        let node = try Node(manners[number])
        let (right, failed) = await readings(of: [node])
        #expect(right == Self.count && failed == 0)
        #expect(node.singles > Self.count / 2)
    }

    @Test func `the next node is asked when one is out of order`() async throws {
        let nodes = [try Node(.isBroken), try Node(.knowsLists)]
        let (right, failed) = await readings(of: nodes)
        #expect(right == Self.count && failed == 0)
    }

    @Test func `nobody is told anything when no node answers`() async throws {
        let node = try Node(.isBroken)
        let (right, failed) = await readings(of: [node])
        #expect(right == 0 && failed == Self.count)
        #expect(node.lists > 0)
    }
}
