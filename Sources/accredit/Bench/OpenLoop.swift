import Cryptography
import Encoding
import Synchronization
import Web

/// Votes sent to a `BenchNetwork` at a fixed rate, whatever it answers, and when each was seen in a
/// block by somebody who follows one of the nodes. What waits too long to be sent, for others to
/// go with or for its turn, counts as waiting: time runs from when a vote was meant to be sent.
struct OpenLoop: Sendable {
    /// What one run came to.
    struct Outcome: Sendable {
        /// Seconds from when each vote was meant to be sent until it was seen in a block, in order.
        var latencies: [Double] = []
        /// Seconds from the first vote's moment to the last one's block.
        var wall = 0.0
        /// Seconds between each two blocks that were seen, the first two at first.
        var gaps: [Double] = []
        /// The newest block before the first vote was sent, and the newest seen.
        var firstHeight: UInt64 = 0
        var lastHeight: UInt64 = 0
        /// CPU seconds of all nodes, and of this process.
        var nodes = 0.0
        var client = 0.0

        /// The longest time without a block, in seconds, of those that ended with a block of the
        /// heights that count.
        func longestGap(_ counts: (UInt64) -> Bool = { _ in true }) -> Double {
            gaps.indices.filter { counts(firstHeight + 2 + UInt64($0)) }.map { gaps[$0] }
                .max() ?? 0
        }

        func percentile(_ hundredths: Int) -> Double {
            latencies.isEmpty
                ? 0 : latencies[min(latencies.count - 1, latencies.count * hundredths / 100)]
        }
    }

    /// Requests at a time for each node.
    private static let width = 16
    private static let waitMilliseconds: Int64 = 5_000
    private static let patienceSeconds = 120.0

    let network: BenchNetwork
    /// Of the ledger's voters, who each keep to one node.
    let voterCount: Int
    /// Votes that go in one request; those of one node's voters, in order.
    var together = 1

    /// - Parameters:
    ///   - votes: compact, each with its number, which tells the voter.
    ///   - rate: votes a second.
    // Inlined into another asynchronous function it crashes the optimizer of Swift 6.3.1.
    @inline(never)
    func run(_ votes: [(number: Int, compact: String)], rate: Double) async throws -> Outcome {
        let loads = try loads(votes)
        let before = try network.usage().map(\.processor).reduce(0, +)
        let client = CPUTime.process()
        let from = try await height()
        let start = CPUTime.wall()
        let follower = Task { try await follow(votes.map(\.compact), from: from + 1) }
        do {
            try await send(loads, from: start, rate: rate)
        } catch {
            follower.cancel()
            throw error
        }
        var outcome = try await follower.value
        outcome.latencies = outcome.latencies.enumerated()
            .map { $1 - start - Double($0) / rate }.sorted()
        outcome.wall -= start
        outcome.firstHeight = from
        outcome.client = CPUTime.process() - client
        outcome.nodes = try network.usage().map(\.processor).reduce(0, +) - before
        return outcome
    }

    /// The votes of one node's voters, as requests, in order.
    private final class Load: Sendable {
        struct Item: Sendable {
            /// The last one's place among all votes, which says when it is meant to be sent.
            let place: Int
            let request: PreparedRequest
        }

        let node: Service
        let items: [Item]
        let turn = Turn()

        init(_ node: Service, _ items: [Item]) {
            self.node = node
            self.items = items
        }
    }

    private func loads(_ votes: [(number: Int, compact: String)]) throws -> [Load] {
        let count = network.nodes.count
        var shares = [[(place: Int, compact: String)]](repeating: [], count: count)
        for (place, vote) in votes.enumerated() {
            shares[vote.number % voterCount % count].append((place, vote.compact))
        }
        return try zip(network.nodes, shares).map { node, share in
            let starts = stride(from: 0, to: share.count, by: together)
            return Load(
                node,
                try starts.map { start in
                    let votes = share[start..<min(start + together, share.count)]
                    return Load.Item(
                        place: votes.last?.place ?? 0,
                        request: try Self.request(votes.map(\.compact), node))
                })
        }
    }

    private static func request(
        _ votes: [String], _ node: Service
    ) throws -> PreparedRequest {
        let body: JSON =
            votes.count == 1
            ? ["transaction": JSON(votes[0])] : ["transactions": .array(votes.map { JSON($0) })]
        return try PreparedRequest(
            "POST", node.base + "/v1/transactions",
            headers: [("content-type", "application/json")], body: body.bytes)
    }

    private func send(_ loads: [Load], from start: Double, rate: Double) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for load in loads {
                guard let first = load.items.first else { continue }
                let executor = try HTTPClient.executor(for: first.request)
                for _ in 0..<Self.width {
                    group.addTask(executorPreference: executor) {
                        while let index = load.turn.take(below: load.items.count) {
                            try await Self.send(load, load.items[index], start, rate)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Sends one request when its last vote is due, and sees that all were taken.
    @inline(never)
    private static func send(
        _ load: Load, _ item: Load.Item, _ start: Double, _ rate: Double
    ) async throws {
        let early = start + Double(item.place) / rate - CPUTime.wall()
        if early > 0 { try await Task.sleep(for: .microseconds(Int64(early * 1e6))) }
        try await load.node.taken(item.request)
    }

    private func height() async throws -> UInt64 {
        try await network.nodes[0].get("/v1/status")["height"]?.uint64Value ?? 0
    }

    /// Reads one block after the other until every vote was seen. `latencies` are moments.
    private func follow(_ votes: [String], from: UInt64) async throws -> Outcome {
        var places: [String: Int] = [:]
        for (place, vote) in votes.enumerated() { places[vote] = place }
        var outcome = Outcome(latencies: [Double](repeating: 0, count: votes.count))
        var height = from
        var previous: Double?
        let end = CPUTime.wall() + Self.patienceSeconds
        while !places.isEmpty {
            guard CPUTime.wall() < end else {
                throw Failure(
                    .failure, "bench.stuck", "\(places.count) votes were not committed",
                    why: "the newest block seen is \(height - 1)")
            }
            guard let block = try await block(height) else { continue }
            let now = CPUTime.wall()
            for transaction in block["transactions"]?.arrayValue ?? [] {
                guard let compact = transaction.stringValue,
                    let place = places.removeValue(forKey: compact)
                else { continue }
                outcome.latencies[place] = now
            }
            if let previous { outcome.gaps.append(now - previous) }
            previous = now
            outcome.lastHeight = height
            outcome.wall = now
            height += 1
        }
        return outcome
    }

    /// A block; nil when it did not come in time.
    @inline(never)
    private func block(_ height: UInt64) async throws -> JSON? {
        do {
            return try await network.nodes[0].get(
                "/v1/blocks/\(height)", wait: Self.waitMilliseconds,
                maximumByteCount: Limits.blockByteCountMaximum)
        } catch {
            guard error.exit == .notFound else { throw error }
            return nil
        }
    }
}
