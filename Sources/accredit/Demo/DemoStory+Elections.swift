import Cryptography
import Encoding
import Ledger

extension DemoStory {
    /// Blocks that one round of votes takes on a slow machine. With fewer left before an election
    /// the round waits for the next term, so that it counts as a whole.
    private static let votingBlockCount: UInt64 = 6

    /// Every so many voters go through the voting gateway, the others through nodes.
    private static let gatewayVoterInterval = 4

    /// Casts the votes, each voter through another node or the gateway.
    /// - Returns: the height that has all of them.
    func vote(_ votes: [DemoVote]) async throws -> UInt64 {
        try await awaitRoom()
        teller.step("\(votes.count) voters vote")
        let story = self
        let outcomes = try await withThrowingTaskGroup(of: Cast.self) { group in
            for vote in votes {
                group.addTask { try await story.cast(vote) }
            }
            var outcomes: [Cast] = []
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        let heights = outcomes.map(\.height)
        let cast = votes.flatMap(\.changes.values).filter { $0 > 0 }.reduce(0, +)
        let taken = votes.flatMap(\.changes.values).filter { $0 < 0 }.reduce(0, -)
        let (first, last) = (heights.min() ?? 0, heights.max() ?? 0)
        teller.say(
            "\(votes.count) voters, through \(network.nodes.count) nodes: \(cast) votes cast"
                + (taken > 0 ? ", \(taken) withdrawn" : "")
                + " (blocks \(first) to \(last)).")
        show(outcomes.compactMap { cast in cast.receipt.map { (cast.voter, $0) } })
        return last
    }

    /// A vote that counts, with the gateway's receipt where it went through the gateway.
    private struct Cast: Sendable {
        let voter: Int
        let height: UInt64
        let receipt: GatewayOutcome?
    }

    private func cast(_ vote: DemoVote) async throws -> Cast {
        let receipt =
            vote.voter % Self.gatewayVoterInterval == 0
            ? try await carryThroughGateway(vote) : nil
        let outcome = if let receipt { receipt.outcome } else { try await carry(vote) }
        guard outcome.isApplied else { throw Invocation.refusal(outcome) }
        return Cast(voter: vote.voter, height: UInt64(outcome.height ?? 0), receipt: receipt)
    }

    /// Logs in at the gateway and hands the vote in there.
    private func carryThroughGateway(_ vote: DemoVote) async throws -> GatewayOutcome {
        let signer = try signer(Self.voter(vote.voter))
        var gateway = GatewayClient(gateway: network.gateway.url, http: ledger.http)
        _ = try await gateway.logIn(signer, network: network.network)
        let transaction = try await gateway.draft(
            try changes(vote), from: signer.did, network: network.network
        ).sign(signer.key)
        let outcome = try await gateway.commit(
            transaction, timeoutMilliseconds: DemoLedger.timeoutMilliseconds, progress: { _ in })
        await gateway.logOut()
        return outcome
    }

    /// The first receipt of those that the gateway answered with.
    private func show(_ receipts: [(voter: Int, outcome: GatewayOutcome)]) {
        guard let first = receipts.min(by: { $0.voter < $1.voter }) else { return }
        teller.say(
            "\(receipts.count) of them logged in at the voting gateway. The receipt of "
                + "\(Self.voter(first.voter)):")
        for line in first.outcome.table.split(separator: "\n") { teller.say("  \(line)") }
    }

    private func changes(_ vote: DemoVote) throws -> [VoteChange] {
        try vote.changes.map { name, votes in
            VoteChange(candidate: try identity(name), votes: votes)
        }.sorted { $0.candidate < $1.candidate }
    }

    private func carry(_ vote: DemoVote) async throws -> TransactionOutcome {
        let nodes = network.nodes
        let through = ledger.client(nodes[vote.voter % nodes.count])
        return try await ledger.carry(
            .vote(try changes(vote)),
            by: try signer(Self.voter(vote.voter)), through: through)
    }

    private func awaitRoom() async throws {
        let status = try await ledger.first.status()
        guard let height = status["height"]?.uint64Value,
            let next = status["nextElection"]?.uint64Value
        else { throw ledger.first.malformed("/v1/status has no nextElection") }
        let start = next < height + Self.votingBlockCount ? next : height
        try await ledger.reach(start) { now in
            teller.step("voting begins after the election at block \(start)", at: now)
        }
        // Nodes that follow have to know the candidates and accounts too.
        for node in network.nodes { try await ledger.reach(start, on: ledger.client(node)) }
    }

    /// A voter who has used up its votes casts one more.
    func voteTooOften() async throws {
        let vote = DemoVotes.tooMany
        let outcome = try await carry(vote)
        teller.say(
            "\(Self.voter(vote.voter)) casts one more than it has: \(outcome.code ?? ""), "
                + named(outcome.detail ?? ""))
    }

    /// Waits for the first election that counts the block of `height`, and until everybody who is
    /// new has proposed a block.
    mutating func awaitElection(counting height: UInt64) async throws {
        let next = try await electionHeight(counting: height)
        try await ledger.reach(next + 2) { now in
            teller.step("waiting for the election at block \(next) to take force", at: now)
        }
        let all = try await fetchElections()
        guard let position = all.firstIndex(where: { $0.height >= height }) else {
            throw ledger.first.malformed("the election at \(next) is missing")
        }
        let before =
            position > 0 ? all[position - 1].representatives : network.founders.map(\.place.name)
        for passed in all[..<position]
        where !elections.contains(where: { $0.number == passed.number }) {
            teller.say(
                "Election \(passed.number) at block \(passed.height) came before: "
                    + (passed.note
                        ?? "it seats \(passed.representatives.sorted().joined(separator: ", "))")
                    + ".")
        }
        tell(all[position], before: before)
        elections = all
        try await awaitProposals(since: all[position], by: Set(before))
    }

    private func electionHeight(counting height: UInt64) async throws -> UInt64 {
        let held = try await fetchElections().first { $0.height >= height }
        if let held { return held.height }
        let status = try await ledger.first.status()
        guard let next = status["nextElection"]?.uint64Value else {
            throw ledger.first.malformed("/v1/status has no nextElection")
        }
        return next
    }

    /// All elections after genesis, in order.
    func fetchElections() async throws -> [DemoElection] {
        let list = try await ledger.first.service.get("/v1/elections")
        var elections: [DemoElection] = []
        for entry in list["elections"]?.arrayValue ?? [] {
            guard let number = entry["n"]?.uint64Value, number > 0 else { continue }
            let json = try await ledger.first.service.get("/v1/elections/\(number)")
            elections.append(DemoElection(json, name: name))
        }
        return elections
    }

    private func tell(_ election: DemoElection, before: [String]) {
        teller.say(
            "Election \(election.number) at block \(election.height), in force from "
                + "block \(election.actsFrom):")
        teller.show(
            Table(
                ["rank", "candidate", "votes", "seat"],
                election.ranking.enumerated().map { index, rank in
                    [
                        String(index + 1), rank.name, String(rank.votes),
                        election.seats.contains(rank.name) ? "seat" : rank.reason ?? "",
                    ]
                }))
        for (upper, lower) in zip(election.ranking, election.ranking.dropFirst())
        where upper.votes == lower.votes
            && election.seats.contains(upper.name) != election.seats.contains(lower.name)
        {
            teller.say(
                "\(upper.name) and \(lower.name) both hold \(upper.votes) votes; \(upper.name) "
                    + "registered earlier.")
        }
        if let note = election.note { teller.say(note) }
        teller.say("Seats before: \(before.sorted().joined(separator: ", "))")
        teller.say("Seats after:  \(election.representatives.sorted().joined(separator: ", "))")
    }

    private func awaitProposals(
        since election: DemoElection, by before: Set<String>
    ) async throws {
        var missing = Set(election.representatives).subtracting(before)
        var height = election.actsFrom
        // Proposers take turns; one whose turn fails has another four blocks later.
        let last = height + 6 * UInt64(election.representatives.count)
        while !missing.isEmpty, height < last {
            teller.step("waiting for a block of \(missing.sorted().joined(separator: ", "))")
            try await ledger.reach(height)
            let json = try await ledger.first.service.get("/v1/blocks/\(height)")
            let header = try JSON.parse(json["header"]?.stringValue ?? "")
            let proposer = name(header["proposer"]?.stringValue ?? "")
            if missing.remove(proposer) != nil {
                teller.say("\(proposer) has made its first block, number \(height).")
            }
            height += 1
        }
    }

    // MARK: - Leaving

    /// rowan withdraws; its deposits go back to who paid them.
    mutating func withdraw() async throws {
        let name = DemoCast.withdrawing
        teller.chapter("7. \(name) withdraws and its deposits go back")
        let own = deposits.filter { $0.node == name }
        guard let first = own.first else { return }
        let early = try await refund(first)
        teller.say(
            "\(first.auditor)'s operator tries to refund by hand while \(name) stands: \(early.code ?? ""), "
                + named(early.detail ?? ""))
        let before = try await balance(first.payer)
        teller.step("\(name) withdraws")
        let left = try await ledger.apply(
            .candidateRemove(node: try identity(name)), by: try signer(name),
            through: ledger.client(try node(name)))
        let status = try await ledger.client(try node(name)).status()
        teller.say(
            "\(name) leaves the list (block \(left.height ?? 0)); it is "
                + "\(status["nodeStatus"]?.stringValue ?? "?") again, and votes for it come back "
                + "to their voters.")
        try await awaitRefunds(of: name)
        let again = try await refund(first)
        teller.say(
            "\(first.auditor)'s operator tries once more by hand: \(again.code ?? ""), "
                + named(again.detail ?? ""))
        let after = try await balance(first.payer)
        teller.say("Balance of \(first.payer): \(before) before, \(after) after.")
    }

    private func refund(_ deposit: DemoDeposit) async throws -> TransactionOutcome {
        try await ledger.carry(
            .depositRefund(deposit: try Digest(hexadecimal: deposit.id)),
            by: try signer(deposit.auditor))
    }

    private func balance(_ account: String) async throws -> String {
        try await ledger.first.account(try signer(account).did)["balance"]?.stringValue ?? "?"
    }
}
