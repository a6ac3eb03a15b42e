import Cryptography
import Encoding
import Foundation
import Ledger
import TestSupport
import Web

/// One run of the double-vote hunt with real processes: a hundred attempts to spend one voter's
/// allowance at once, through four gateways and past them, while a node is halted, another is ended
/// and started again, and a gateway is ended and goes on with an old store, or without one.
struct ProcessHunt {
    static let attemptCount = 100
    static let allowance: Int64 = 10
    private static let senderCount = 8
    private static let patience = 2_400

    let network: ProcessNetwork
    let voter: KeyPair
    let attempts: [Transaction]
    private let wounded: ProcessNetwork.Server
    private let halted: ProcessNetwork.Server
    private let ended: ProcessNetwork.Server
    private let isBackedUp: Bool
    private var random: SeededGenerator

    init(_ network: ProcessNetwork, voter: Int, seed: UInt64) throws {
        self.network = network
        self.voter = network.test.voters[voter]
        var random = SeededGenerator(seed: seed)
        func draw(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        let shape = draw(4)
        let part = Int64(1 + draw(UInt64(Self.allowance)))
        let candidates = [network.test.nodes[0].identity, network.test.nodes[1].identity]
        let pair = self.voter
        attempts = try (0..<Self.attemptCount).map { place in
            // The shapes of the simulated hunt: one transaction; one number; five numbers that each
            // spend all; two that spend more than half.
            let (votes, sequence, later): (Int64, Int, Int) =
                switch shape {
                case 0: (part, 0, 0)
                case 1: (part, 0, place)
                case 2: (Self.allowance, place % 5, place / 5)
                default: (Self.allowance / 2 + 1, place % 2, place / 2)
                }
            let change = VoteChange(
                candidate: candidates[shape == 0 ? 0 : place % 2], votes: votes)
            return try network.test.sign(
                .vote([change]), by: pair, sequence: UInt64(sequence),
                validForSeconds: Int64(600 + later))
        }
        wounded = network.gateways[draw(4)]
        let node = draw(4)
        halted = network.nodes[node]
        ended = network.nodes[(node + 1 + draw(3)) % 4]
        isBackedUp = draw(2) == 0
        self.random = random
    }

    /// Runs it.
    /// - Returns: everything that is not as it must be, and the votes that count.
    mutating func faults() async throws -> (faults: [String], votes: Int64) {
        if isBackedUp {
            try await network.kill(wounded)
            try network.backUp(wounded)
            try network.start(wounded)
            try await network.waitUntilReady()
        }
        let orders = [attempts.shuffled(using: &random), attempts.shuffled(using: &random)]
        let targets = orders.map { order in
            order.map { _ in network.servers[Int(random.next() % 8)] }
        }
        let hunt = self
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hunt.storm(orders[0], targets[0]) }
            group.addTask { try await hunt.disturb() }
            try await group.waitForAll()
        }
        try await network.waitUntilReady()
        // Senders that learned nothing send the same again, anywhere.
        await storm(orders[1], targets[1])
        var faults = try await settle()
        let (more, votes) = try await check()
        faults += more
        faults += try await afterwards(left: Self.allowance - votes)
        return (faults, votes)
    }

    /// Hands all in, several at a time. A refusal is as good as an outcome here: what counts is the
    /// ledger.
    private func storm(_ order: [Transaction], _ targets: [ProcessNetwork.Server]) async {
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<Self.senderCount {
                group.addTask {
                    for place in stride(from: sender, to: order.count, by: Self.senderCount) {
                        _ = await network.hand(order[place], to: targets[place])
                    }
                }
            }
        }
    }

    private func disturb() async throws {
        network.halt(halted, true)
        try await Task.sleep(for: .milliseconds(100))
        try await network.kill(wounded)
        try network.restore(wounded)
        try network.start(wounded)
        try await network.kill(ended)
        try await Task.sleep(for: .milliseconds(200))
        try network.start(ended)
        network.halt(halted, false)
    }

    /// Waits until no gateway waits for an outcome and all nodes have one chain.
    private func settle() async throws -> [String] {
        for gateway in network.gateways {
            for id in Set(attempts.map(\.id)) {
                var looks = 0
                while try await state(of: id, at: gateway) == "pending" {
                    looks += 1
                    guard looks < Self.patience else {
                        return ["\(gateway.name) waits for \(id.text) for ever"]
                    }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
        let heights = try await heights()
        let height = UInt64(heights.max() ?? 0)
        var headers: Set<[UInt8]> = []
        for place in network.nodes.indices {
            headers.insert(try await network.test.block(height, from: place).bytes)
        }
        return headers.count == 1 ? [] : ["the nodes differ at block \(height)"]
    }

    private func heights() async throws -> [Int64] {
        var heights: [Int64] = []
        for node in network.nodes {
            heights.append(try await network.ask(node, "/v1/status")?["height"]?.int64Value ?? 0)
        }
        return heights
    }

    private func state(of id: Digest, at gateway: ProcessNetwork.Server) async throws -> String? {
        try await network.ask(gateway, "/v1/votes/\(id.text)")?["state"]?.stringValue
    }

    /// Holds everybody's word against that of one node.
    private func check() async throws -> (faults: [String], votes: Int64) {
        var faults: [String] = []
        var counted: [Int64] = []
        let node = network.nodes[0]
        var seen: Set<Digest> = []
        for attempt in attempts where seen.insert(attempt.id).inserted {
            let told = try await network.ask(node, "/v1/transactions/\(attempt.id.text)")
            let isCommitted = told?["state"]?.stringValue == "committed"
            if isCommitted, told?["code"]?.stringValue == "ok",
                case .vote(let changes) = attempt.body
            {
                counted.append(changes.reduce(0) { $0 + $1.votes })
            }
            for gateway in network.gateways {
                let word = try await network.ask(gateway, "/v1/votes/\(attempt.id.text)")
                switch word?["state"]?.stringValue {
                case nil: break
                case "void":
                    if isCommitted { faults.append("\(attempt.id.text) is void and in a block") }
                case "committed":
                    if word?["code"] != told?["code"] || word?["height"] != told?["height"] {
                        faults.append("\(gateway.name) tells \(attempt.id.text) otherwise")
                    }
                case let state?: faults.append("\(attempt.id.text) is \(state)")
                }
            }
        }
        if counted.count != 1 { faults.append("\(counted.count) of the attempts count") }
        let votes = counted.reduce(0, +)
        for place in network.nodes.indices {
            let account = try await network.test.get("/v1/accounts/\(voter.did)", from: place)
            if account["cast"]?.int64Value != votes {
                faults.append("node\(place) has \(account.text), \(votes) count")
            }
        }
        return (faults, votes)
    }

    /// More than what is left is refused before the ledger is bothered.
    private func afterwards(left: Int64) async throws -> [String] {
        let account = try await network.test.get("/v1/accounts/\(voter.did)", from: 0)
        let change = VoteChange(candidate: network.test.nodes[0].identity, votes: left + 1)
        let vote = try network.test.sign(
            .vote([change]), by: voter, sequence: account["sequence"]?.uint64Value ?? 0)
        var faults: [String] = []
        for gateway in network.gateways {
            var answer = await network.hand(vote, to: gateway)
            // One that does not reach its node in time has not judged.
            for _ in 0..<60 where answer == nil || answer?.status == 503 {
                answer = await network.hand(vote, to: gateway)
            }
            let type = try answer?.json()["type"]?.stringValue ?? ""
            if answer?.status != 409 || !type.hasSuffix("votes-exceeded") {
                faults.append("\(gateway.name) took \(left + 1) votes where \(left) are left")
            }
        }
        return faults
    }
}
