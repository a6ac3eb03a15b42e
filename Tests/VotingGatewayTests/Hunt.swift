import Cryptography
import Encoding
import Ledger
import TestSupport
import Web

@testable import VotingGateway

/// One run of the double-vote hunt: a hundred attempts to spend one allowance, at once, through
/// four gateways and past them, while nodes are cut off, waiting rooms are lost, answers do not
/// arrive and gateways are restored from backups, around an election. Everything that is drawn
/// comes from the seed; the order in which tasks run is the machine's.
struct Hunt: Sendable {
    enum Shape: UInt64, CaseIterable, Sendable {
        /// One transaction a hundred times.
        case same
        /// A hundred transactions that claim the same number.
        case conflicting
        /// Five numbers, each spending all of the allowance.
        case sequenced
        /// Two numbers, each spending more than half of it.
        case halves
    }

    static let attemptCount = 100
    static let gatewayCount = 4

    let fixture: HuntFixture
    let network: HuntNetwork
    let gateways: [HuntGateway]
    let attempts: [VerifiedTransaction]
    private let folder: TemporaryFolder
    private var random: SeededGenerator
    private let restored: Int?

    /// - Parameter ledger: what the nodes count with.
    init(_ fixture: HuntFixture, seed: UInt64, ledger: any HuntLedger) async throws {
        self.fixture = fixture
        var random = SeededGenerator(seed: seed)
        func draw(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        let network = HuntNetwork(fixture, seed: random.next(), ledger: ledger)
        self.network = network
        let folder = try TemporaryFolder()
        self.folder = folder
        gateways = try (0..<Self.gatewayCount).map {
            try HuntGateway(network, folder: folder.file("gateway\($0)"), first: $0)
        }
        let shape = Shape.allCases[draw(4)]
        let part = UInt64(1 + draw(HuntFixture.allowance))
        let notAfter = fixture.start.adding(milliseconds: 60_000)
        attempts = try (0..<Self.attemptCount).map { place in
            let (votes, sequence, later): (UInt64, Int, Int) =
                switch shape {
                case .same: (part, 0, 0)
                case .conflicting: (part, 0, place)
                case .sequenced: (HuntFixture.allowance, place % 5, place / 5)
                case .halves: (HuntFixture.allowance / 2 + 1, place % 2, place / 2)
                }
            return try fixture.vote(
                votes, for: shape == .same ? 0 : place % 2, sequence: UInt64(sequence),
                notAfter: notAfter.adding(milliseconds: Int64(later) * 1000))
        }
        network.lose(percent: [0, 5, 20][draw(3)])
        // The first block after this may be the one that closes a term.
        for _ in 0..<draw(UInt64(HuntFixture.electionInterval)) { try network.step() }
        restored = draw(2) == 0 ? draw(4) : nil
        if let restored, draw(2) == 0 { try await gateways[restored].backUp() }
        if draw(2) == 0 {
            let cut = draw(4)
            try network.cut([cut])
            // One gateway is on the side that decides nothing.
            gateways[cut].reach.set([cut])
            gateways[(cut + 1) % 4].reach.set(Set(0..<4).subtracting([cut]))
        }
        self.random = random
    }

    /// Runs it.
    /// - Returns: everything that is not as it must be.
    mutating func faults() async throws -> [String] {
        try await storm(restoring: restored)
        try network.cut([])
        for gateway in gateways { gateway.reach.set(Set(0..<HuntNetwork.nodeCount)) }
        network.lose(percent: 0)
        // Senders that learned nothing send the same again, anywhere.
        try await storm(restoring: nil)
        for _ in 0..<4 { try await step() }
        network.advance(to: fixture.start.adding(milliseconds: 200_000))
        var faults = try await settle()
        let counted = network.reports[0].account.cast
        faults += try await afterwards(counted: counted)
        faults += try await settle()
        faults += try await check()
        for gateway in gateways { await gateway.close() }
        return faults
    }

    private mutating func draw(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    /// Makes a block and lets the followers of votes look at it.
    private func step() async throws {
        try network.step()
        for _ in 0..<20 { await Task.yield() }
    }

    private mutating func storm(restoring: Int?) async throws {
        let order = attempts.shuffled(using: &random)
        let plan = order.map { (attempt: $0, by: draw(5), node: draw(4), steps: draw(12) == 0) }
        let restoringAt = draw(Self.attemptCount)
        let lost = draw(8) < 2 ? draw(4) : nil
        let (network, gateways) = (network, gateways)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, entry) in plan.enumerated() {
                group.addTask {
                    let compact = entry.attempt.transaction.jws.compact
                    if entry.by == 4 {
                        let body: JSON = ["transaction": JSON(compact)]
                        let url = HuntNetwork.url(entry.node) + "/v1/transactions"
                        _ = network.answer("POST", url, body.bytes)
                    } else {
                        // A refusal is as good as an outcome here: what counts is the ledger.
                        _ = try? await gateways[entry.by].service.submit(
                            compact, by: nil, waitMilliseconds: 0)
                    }
                }
                if entry.steps {
                    try network.step()
                    await Task.yield()
                }
                if place == restoringAt {
                    if let restoring { try await gateways[restoring].restore() }
                    if let lost { network.restart(lost) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Makes blocks until no gateway waits for an outcome.
    private func settle() async throws -> [String] {
        for look in 0..<1000 {
            var pending = 0
            for gateway in gateways { pending += try await gateway.service.store.pending().count }
            if pending == 0 { return [] }
            try await step()
            // Longer and longer: a slow disk needs its time for what the gateways write.
            try await Task.sleep(for: .milliseconds(1 + look / 10))
        }
        return ["votes are still pending after a thousand blocks"]
    }

    /// Once everything is settled, nothing more than what is left can be cast: the gateway refuses
    /// it, and so does the ledger when it is asked directly. What is left can be.
    private mutating func afterwards(counted: UInt64) async throws -> [String] {
        let gateway = await gateways[draw(4)].service
        let mirror = try await gateway.mirror(of: fixture.voter.did)
        let after = try gateway.store.votes(after: mirror)
        let left = HuntFixture.allowance - min(counted, HuntFixture.allowance)
        var faults: [String] = []
        if !after.isEmpty { faults.append("\(after.count) votes are in flight after all settled") }
        if mirror.remaining(inFlight: Vote.charge(of: after)) != Int64(left) {
            faults.append("the gateway tells \(mirror), \(left) are left")
        }
        let next = UInt64(clamping: mirror.sequence)
        let end = network.now.adding(milliseconds: 60_000)
        let more = try fixture.vote(left + 1, for: 0, sequence: next, notAfter: end)
        do {
            _ = try await gateway.submit(
                more.transaction.jws.compact, by: nil, waitMilliseconds: 0)
            faults.append("a gateway took \(left + 1) votes where \(left) are left")
        } catch let problem as Problem where problem.type == "votes-exceeded" {}
        let body: JSON = ["transaction": JSON(more.transaction.jws.compact)]
        _ = network.answer("POST", HuntNetwork.url(draw(4)) + "/v1/transactions", body.bytes)
        try await step()
        if left > 0 {
            let rest = try fixture.vote(left, for: 1, sequence: next + 1, notAfter: end)
            do {
                _ = try await gateway.submit(
                    rest.transaction.jws.compact, by: nil, waitMilliseconds: 0)
            } catch let problem as Problem {
                faults.append("the gateway refuses what is left: \(problem.detail)")
            }
        }
        return faults
    }

    /// Counts again from the chain alone, and compares everybody's word with that.
    private func check() async throws -> [String] {
        var faults: [String] = []
        let reports = network.reports
        let node = reports[0]
        if Set(reports.map(\.root)).count != 1 { faults.append("the nodes differ") }
        let chain = network.transactions
        let ids = chain.map(\.transaction.id)
        if Set(ids).count != ids.count { faults.append("a transaction stands twice in the chain") }
        if Set(chain.map(\.transaction.sequence)).count != ids.count {
            faults.append("a number was used twice")
        }
        let applied = chain.filter { node.committed[$0.transaction.id]?.code == "ok" }
        let hunted = Set(attempts.map(\.id))
        let counted = applied.filter { hunted.contains($0.transaction.id) }
        // They may all be stuck behind a number that was never used; two never count.
        if counted.count > 1 { faults.append("\(counted.count) of the attempts count") }
        func votes(through height: UInt64) -> UInt64 {
            applied.filter { $0.height <= height }.reduce(0) { sum, entry in
                guard case .vote(let changes) = entry.transaction.body else { return sum }
                return changes.reduce(sum) { $0 + UInt64($1.votes) }
            }
        }
        let total = votes(through: .max)
        if total != HuntFixture.allowance {
            faults.append("\(total) votes count, \(HuntFixture.allowance) are allowed")
        }
        if node.account.cast != total || node.votesOfCandidates != total {
            faults.append("\(node.account), \(node.votesOfCandidates) of candidates, not \(total)")
        }
        for election in node.elections where election.votes != votes(through: election.height) {
            faults.append(
                "the election at \(election.height) counts \(election.votes), not "
                    + "\(votes(through: election.height))")
        }
        for gateway in gateways {
            faults += try await check(gateway.service.store, against: node)
        }
        return faults
    }

    /// A gateway's last word on each vote is the ledger's.
    private func check(_ store: VoteStore, against node: HuntNodeReport) throws -> [String] {
        var faults: [String] = []
        for id in Set(attempts.map(\.id)) {
            guard let vote = try store.vote(id) else { continue }
            let found = node.committed[id]
            switch vote.state {
            case .pending: faults.append("\(id.text) is pending")
            case .void where found != nil: faults.append("\(id.text) is void and stands in a block")
            case .committed
            where found?.code != vote.code || found.map({ Int64($0.height) }) != vote.height
                || vote.receipt == nil:
                faults.append(
                    "\(id.text) is told as \(vote), the ledger has \(String(describing: found))")
            case .void, .committed: break
            }
        }
        return faults
    }
}
