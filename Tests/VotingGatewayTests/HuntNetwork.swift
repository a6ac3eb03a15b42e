import Cryptography
import Encoding
import Ledger
import Synchronization
import TestSupport
import Web

@testable import LedgerNode
@testable import VotingGateway

/// Four simulated nodes, each with a ledger and the waiting room of the product, that agree on one
/// chain. A node may be cut off: it takes transactions and learns of blocks only when it is back.
/// Blocks are made when the test says so, and time is the test's.
final class HuntNetwork: Sendable {
    private struct Node: Sendable {
        var ledger: any HuntLedger
        var pool = Mempool()
        var committed: [Digest: (height: UInt64, index: Int, code: String)] = [:]
        var compacts: [Digest: String] = [:]
    }

    /// More than ever waits here.
    private static let bounds = BlockLimits(
        transactionCount: 5_000, blockByteCount: 8 * 1024 * 1024,
        transactionByteCount: 256 * 1024)

    private struct State: Sendable {
        var nodes: [Node]
        var chain: [HuntBlock] = []
        var cut: Set<Int> = []
        var now: Instant
        var random: SeededGenerator
        var verified: [String: VerifiedTransaction] = [:]
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var waiterCount: UInt64 = 0
        /// Of a hundred answers, so many are lost on their way.
        var lossPercent = 0
    }

    static let nodeCount = 4
    let fixture: HuntFixture
    private let state: Mutex<State>

    init(_ fixture: HuntFixture, seed: UInt64, ledger: any HuntLedger) {
        self.fixture = fixture
        state = Mutex(
            State(
                nodes: (0..<Self.nodeCount).map { _ in Node(ledger: ledger) },
                now: fixture.start.adding(milliseconds: 1000),
                random: SeededGenerator(seed: seed)))
    }

    static func url(_ node: Int) -> String { "sim://node\(node)" }

    var now: Instant { state.withLock { $0.now } }

    func advance(to time: Instant) { state.withLock { $0.now = max($0.now, time) } }

    func lose(percent: Int) { state.withLock { $0.lossPercent = percent } }

    /// Cuts these nodes off from the others; none joins all of them again.
    func cut(_ nodes: Set<Int>) throws {
        try state.withLock { state in
            state.cut = nodes
            for node in state.nodes.indices where !nodes.contains(node) {
                try Self.catchUp(node, &state)
            }
            Self.gossip(&state)
        }
    }

    /// A node's waiting room is lost, as at a restart.
    func restart(_ node: Int) { state.withLock { $0.nodes[node].pool = Mempool() } }

    /// Makes the next block, if enough nodes can talk to each other, and wakes who waits for it.
    func step(milliseconds: Int64 = 200) throws {
        let woken = try state.withLock { state in
            state.now = state.now.adding(milliseconds: milliseconds)
            let group = state.nodes.indices.filter { !state.cut.contains($0) }
            if group.count >= 3 {
                let proposer = group[Int(state.random.next() % UInt64(group.count))]
                if state.random.next() % 3 == 0 { Self.gossip(&state) }
                let node = state.nodes[proposer]
                state.chain.append(
                    try node.ledger.propose(
                        node.pool.pending(within: Self.bounds), time: state.now))
                for node in group { try Self.catchUp(node, &state) }
            }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in woken { continuation.resume() }
    }

    private static func catchUp(_ index: Int, _ state: inout State) throws {
        while true {
            let place = Int(state.nodes[index].ledger.height) - 1
            guard place < state.chain.count else { return }
            let block = state.chain[place]
            let codes = try state.nodes[index].ledger.apply(block)
            let height = state.nodes[index].ledger.height
            for (order, entry) in zip(block.transactions, codes).enumerated() {
                let transaction = entry.0.transaction
                state.nodes[index].committed[transaction.id] = (height, order, entry.1)
                state.nodes[index].compacts[transaction.id] = transaction.jws.compact
            }
            state.nodes[index].pool.remove(committed: block.transactions, at: block.time)
        }
    }

    /// What waits at one node is told to those that it can talk to.
    private static func gossip(_ state: inout State) {
        for index in state.nodes.indices {
            for transaction in state.nodes[index].pool.pending(within: bounds) {
                tell(transaction, from: index, &state)
            }
        }
    }

    private static func tell(
        _ transaction: VerifiedTransaction, from index: Int, _ state: inout State
    ) {
        for other in state.nodes.indices
        where other != index && state.cut.contains(other) == state.cut.contains(index) {
            if case .refused = inclusion(of: transaction, at: other, state) { continue }
            _ = try? state.nodes[other].pool.insert(transaction, isOwn: false, at: state.now)
        }
    }

    private static func inclusion(
        of transaction: VerifiedTransaction, at index: Int, _ state: State
    ) -> Inclusion {
        let ledger = state.nodes[index].ledger
        return ledger.check(
            transaction, at: max(state.now, ledger.time.adding(milliseconds: 1)))
    }

    /// Waits for the next block, or until cancelled.
    func pause() async throws {
        let waiter = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.waiting[waiter] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: waiter) }?.resume()
        }
        try Task.checkCancellation()
    }

    var waiterCount: Int { state.withLock { $0.waiting.count } }
}

extension HuntNetwork {
    /// What a node answers to a request. Nil when the answer is lost.
    func answer(_ method: String, _ url: String, _ body: [UInt8]) -> Response? {
        let query = url.utf8.firstIndex(of: UInt8(ascii: "?")) ?? url.endIndex
        let place = url[..<query]
        guard
            let node = (0..<Self.nodeCount).first(where: { place.hasPrefix(Self.url($0) + "/") })
        else { return nil }
        let path = place.dropFirst(Self.url(node).utf8.count).split(separator: "/")
        return state.withLock { state in
            let response: Response
            if method == "POST" {
                let compact = (try? JSON.parse(body))?["transaction"]?.stringValue ?? ""
                response = Self.take(compact, at: node, &state)
            } else {
                response = Self.read(path.map(String.init), at: node, state)
            }
            return state.random.next() % 100 < UInt64(state.lossPercent) ? nil : response
        }
    }

    /// The rules of the product's desk, over the product's ledger and waiting room.
    private static func take(_ compact: String, at node: Int, _ state: inout State) -> Response {
        guard let verified = state.verified[compact] ?? verify(compact) else {
            return problem(400, "signature")
        }
        state.verified[compact] = verified
        let id = verified.id
        let accepted = Response.json(["id": JSON(id.text)], status: 202)
        if state.nodes[node].pool.contains(id) { return accepted }
        if case .refused(let reason, _) = inclusion(of: verified, at: node, state) {
            return state.nodes[node].committed[id] != nil ? accepted : problem(409, reason.rawValue)
        }
        do {
            _ = try state.nodes[node].pool.insert(verified, isOwn: true, at: state.now)
        } catch {
            return problem(409, "sequence-taken")
        }
        tell(verified, from: node, &state)
        return accepted
    }

    private static func verify(_ compact: String) -> VerifiedTransaction? {
        guard let transaction = try? Transaction(compact: compact),
            let key = try? PublicKey(did: transaction.sender.text)
        else { return nil }
        return try? transaction.verified(key)
    }

    private static func read(_ path: [String], at node: Int, _ state: State) -> Response {
        let ledger = state.nodes[node].ledger
        switch path.dropFirst().first {
        case "status":
            return .json(["time": JSON(ledger.time.rfc3339)])
        case "accounts":
            let account = ledger.account
            return .json([
                "account": JSON(path.last ?? ""), "allowance": JSON(account.allowance),
                "cast": JSON(account.cast), "sequence": JSON(account.sequence),
                "height": JSON(ledger.height),
            ])
        case "transactions":
            guard path.count > 2, let id = try? Digest(hexadecimal: path[2]) else {
                return problem(400, "request")
            }
            guard let found = state.nodes[node].committed[id],
                let compact = state.nodes[node].compacts[id]
            else {
                let isWaiting = state.nodes[node].pool.contains(id)
                return path.count > 3
                    ? problem(404, "not-found")
                    : .json(["id": JSON(id.text), "state": isWaiting ? "pending" : "unknown"])
            }
            if path.count > 3 {
                return .json(["transaction": JSON(compact), "height": JSON(found.height)])
            }
            return .json([
                "id": JSON(id.text), "state": "committed", "height": JSON(found.height),
                "code": JSON(found.code), "detail": "",
            ])
        default:
            return problem(404, "not-found")
        }
    }

    private static func problem(_ status: Int, _ type: String) -> Response {
        .json(
            ["type": JSON("urn:accredit:problem:\(type)"), "status": JSON(status)], status: status)
    }
}

/// What one node ended with.
struct HuntNodeReport: Sendable {
    let root: String
    let account: HuntAccount
    let votesOfCandidates: UInt64
    let elections: [(height: UInt64, votes: UInt64)]
    let committed: [Digest: (height: UInt64, index: Int, code: String)]
}

extension HuntNetwork {
    var reports: [HuntNodeReport] {
        state.withLock { state in
            state.nodes.map { node in
                HuntNodeReport(
                    root: node.ledger.root, account: node.ledger.account,
                    votesOfCandidates: node.ledger.votesOfCandidates,
                    elections: node.ledger.elections, committed: node.committed)
            }
        }
    }

    /// Every transaction of the chain with its height, duplicates included.
    var transactions: [(height: UInt64, transaction: Transaction)] {
        state.withLock { state in
            state.chain.enumerated().flatMap { place, block in
                block.transactions.map { (UInt64(place) + 2, $0.transaction) }
            }
        }
    }
}

/// How one gateway reaches the nodes: some are out of reach while nodes are cut off.
struct HuntTransport: LedgerTransport {
    let network: HuntNetwork
    /// Nodes that this gateway can reach now.
    let reach: @Sendable () -> Set<Int>

    func send(
        _ method: String, _ url: String, body: [UInt8], milliseconds: Int
    ) async throws(WebError) -> Response {
        guard reach().contains(where: { url.hasPrefix(HuntNetwork.url($0) + "/") }) else {
            throw WebError(.connect, "out of reach")
        }
        guard let answer = network.answer(method, url, body) else {
            throw WebError(.timeout, "the answer is lost")
        }
        return answer
    }

    func pause(milliseconds: Int) async throws { try await network.pause() }
}
