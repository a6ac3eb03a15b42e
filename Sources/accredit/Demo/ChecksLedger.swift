import Cryptography
import Encoding
import Ledger

/// The checks of what the ledger says against a recount from its blocks.
enum LedgerChecks {
    /// The result of every transaction.
    /// - Parameter codes: what the recount says, by block.
    static func rules(_ blocks: [ReadBlock], codes: [[String?]]) -> DemoCheck {
        var check = DemoCheck(
            "rules", "every transaction has the result that the published rules give it")
        for (block, expected) in zip(blocks, codes) {
            for (index, transaction) in block.transactions.enumerated() {
                let place = "block \(block.header.height): \(transaction.body.type) \(index)"
                let found = index < block.codes.count ? block.codes[index] : "none"
                let wanted = index < expected.count ? expected[index] : nil
                check.expect(found, wanted ?? "that it stands in no block", place)
            }
        }
        return check
    }

    // MARK: - Votes

    /// Results and rankings against the votes added up from transactions.
    static func tallies(_ record: PublicRecord, _ recount: Recount) -> DemoCheck {
        var check = DemoCheck(
            "tallies",
            "results and rankings are the votes in the committed transactions, added up again")
        for json in record.results {
            let before = json["before"]?.stringValue
            let place = before.map { "results before \($0)" } ?? "results"
            check.expect(place) { check in
                let height = try Self.height(json, place)
                let snapshot = try Self.snapshot(recount, height, place)
                check.expect(
                    try votes(json["results"], place), counted(snapshot.tallies),
                    "\(place), block \(height)")
                guard let before else { return }
                let end = try Instant(rfc3339: before)
                let last = recount.snapshots.last { $0.time < end }?.height
                check.expect(height, last ?? 0, "\(place): last block before it")
            }
        }
        for (term, json) in zip(recount.terms.dropFirst(), record.elections) {
            let place = "election \(term.number)"
            check.expect(place) { check in
                let found = try ranking(json).filter { $0.votes > 0 }
                check.expect(
                    Dictionary(uniqueKeysWithValues: found.map { ($0.node, $0.votes) }),
                    counted(term.ranking), "\(place): votes")
            }
        }
        return check
    }

    private static func counted(_ ranking: [Recount.Rank]) -> [String: UInt64] {
        Dictionary(
            uniqueKeysWithValues: ranking.filter { $0.votes > 0 }.map { ($0.node, $0.votes) })
    }

    private static func votes(_ json: JSON?, _ place: String) throws -> [String: UInt64] {
        var votes: [String: UInt64] = [:]
        for line in json?.arrayValue ?? [] {
            guard let candidate = line["candidate"]?.stringValue,
                let count = line["votes"]?.uint64Value, votes[candidate] == nil
            else { throw FormatError(.shape, "\(place): a line cannot be read or stands twice") }
            votes[candidate] = count
        }
        return votes.filter { $0.value > 0 }
    }

    private static func ranking(_ json: JSON) throws -> [Recount.Rank] {
        var nodes: Set<String> = []
        return try (json["ranking"]?.arrayValue ?? []).map { line in
            guard let node = line["node"]?.stringValue, let votes = line["votes"]?.uint64Value,
                let isEligible = line["eligible"]?.boolValue, nodes.insert(node).inserted
            else { throw FormatError(.shape, "a line of the ranking cannot be read") }
            return Recount.Rank(node: node, votes: votes, isEligible: isEligible)
        }
    }

    /// Order, tie-breaks, eligibility, seats and representatives of every election.
    static func elections(_ record: PublicRecord, _ recount: Recount) -> DemoCheck {
        var check = DemoCheck(
            "elections",
            "order, ties, eligibility, seats and representatives of every election follow from "
                + "the votes")
        let terms = recount.terms.dropFirst()
        check.expect(record.elections.count, terms.count, "number of elections")
        for (term, json) in zip(terms, record.elections) {
            let place = "election \(term.number)"
            check.expect(json["n"]?.uint64Value, term.number, "\(place): number")
            check.expect(json["height"]?.uint64Value, term.height, "\(place): height")
            check.expect(place) { check in
                check.expect(try ranking(json), term.ranking, "\(place): ranking")
            }
            check.expect(strings(json["seats"]), term.seats, "\(place): seats")
            check.expect(
                strings(json["representatives"])?.sorted(),
                term.representatives.map(\.node.text).sorted(), "\(place): representatives")
            check.expect(
                (json["note"]?.stringValue != nil) == term.seats.isEmpty, "\(place): note",
                term.seats.isEmpty ? "why the sitting ones stay" : "none, as the seats switch",
                json["note"]?.stringValue ?? "none")
        }
        return check
    }

    private static func strings(_ json: JSON?) -> [String]? {
        json?.arrayValue?.compactMap(\.stringValue)
    }

    /// Nobody ever had more votes cast than allowed.
    static func allowances(_ recount: Recount) -> DemoCheck {
        var check = DemoCheck(
            "allowances", "after no block has an account more votes cast than it may")
        let limit = recount.rules.votesPerCandidate
        for snapshot in recount.snapshots {
            for (name, account) in snapshot.accounts where !account.votes.isEmpty {
                let place = "block \(snapshot.height): \(name)"
                check.expect(
                    account.cast <= account.allowance, place, "at most \(account.allowance) votes",
                    "\(account.cast)")
                check.expect(
                    account.votes.values.allSatisfy { $0 <= limit }, place,
                    "at most \(limit) votes on one candidate", "\(account.votes)")
            }
        }
        return check
    }

    // MARK: - Money

    /// Balances and held deposits, as the nodes tell them and added up.
    static func money(_ record: PublicRecord, _ recount: Recount) -> DemoCheck {
        var check = DemoCheck(
            "money",
            "after every block balances and held deposits add up to the supply of genesis, and "
                + "the accounts are what the transactions made of them")
        check.expect(recount.money, recount.supply, "balances and held deposits at the end")
        for snapshot in recount.snapshots {
            let sum =
                snapshot.accounts.values.reduce(0) { $0 &+ $1.balance }
                &+ snapshot.deposits.values.reduce(0) { $1.isHeld ? $0 &+ $1.amount : $0 }
            check.expect(sum, recount.supply, "block \(snapshot.height): sum")
        }
        for json in record.accounts {
            let name = json["account"]?.stringValue ?? "?"
            check.expect("account \(name)") { check in
                let snapshot = try Self.snapshot(
                    recount, try height(json, "account"), "account \(name)")
                let account = snapshot.accounts[name]
                let place = "account \(name), block \(snapshot.height)"
                check.expect(
                    json["balance"]?.stringValue, account.map { String($0.balance) },
                    "\(place): balance")
                check.expect(json["sequence"]?.uint64Value, account?.sequence, "\(place): number")
                check.expect(json["cast"]?.uint64Value, account?.cast, "\(place): votes cast")
                check.expect(
                    json["allowance"]?.uint64Value, account?.allowance, "\(place): allowance")
            }
        }
        return check
    }

    /// Each refund once, to the payer, of what was paid.
    static func refunds(
        _ record: PublicRecord, _ recount: Recount, expected: [ExpectedRefund]
    ) -> DemoCheck {
        var check = DemoCheck(
            "refunds", "each deposit due goes back once, in full, to the account that paid it")
        let refunded = recount.deposits.filter { !$0.value.isHeld }
        check.expect(
            Set(refunded.keys.map(\.text)), Set(expected.map(\.deposit)), "deposits paid back")
        for refund in expected {
            let place = "deposit \(refund.deposit)"
            guard let deposit = refunded.first(where: { $0.key.text == refund.deposit })?.value
            else { continue }
            check.expect(deposit.refunds.count, 1, "\(place): times paid back")
            check.expect(deposit.payer, refund.payer, "\(place): payer")
            check.expect(deposit.amount, refund.amount, "\(place): amount")
            guard let height = deposit.refunds.first,
                let before = recount.snapshot(at: height &- 1),
                let after = recount.snapshot(at: height)
            else { continue }
            let due = expected.filter { other in
                other.payer == refund.payer
                    && refunded.contains {
                        $0.key.text == other.deposit && $0.value.refunds == [height]
                    }
            }
            let balance = before.accounts[refund.payer]?.balance ?? 0
            check.expect(
                after.accounts[refund.payer]?.balance,
                balance &+ due.reduce(0) { $0 &+ $1.amount }, "\(place): balance of the payer")
        }
        for json in record.deposits {
            let id = json["id"]?.stringValue ?? "?"
            let isRefunded = expected.contains { $0.deposit == id }
            check.expect(
                json["state"]?.stringValue, isRefunded ? "refunded" : "held",
                "deposit \(id) as the node tells it")
        }
        return check
    }

    // MARK: - Nodes

    /// Refused applicants never stood; the others did.
    static func admissions(
        _ record: PublicRecord, _ blocks: [ReadBlock], _ recount: Recount,
        expected: [ExpectedOutcome]
    ) -> DemoCheck {
        var check = DemoCheck(
            "admissions",
            "only who has a quorum in time becomes a candidate; who is refused never was one")
        let listed = (record.candidates["candidates"]?.arrayValue ?? [])
            .compactMap { $0["node"]?.stringValue }
        for outcome in expected {
            let codes = blocks.flatMap { block in
                zip(block.transactions, block.codes).compactMap { transaction, code in
                    names(transaction.body, outcome.node) ? code : nil
                }
            }
            check.expect(codes, [outcome.admission], "\(outcome.name): its candidate.add")
            let isAdmitted = outcome.admission == ResultCode.ok.rawValue
            check.expect(
                recount.everListed.contains(outcome.node), isAdmitted,
                "\(outcome.name): ever a candidate")
            if !isAdmitted {
                check.expect(
                    listed.contains(outcome.node), false, "\(outcome.name): on the node's list")
            }
        }
        return check
    }

    private static func names(_ body: TransactionBody, _ node: String) -> Bool {
        guard case .candidateAdd(let entries) = body else { return false }
        return entries.contains { $0.node.text.hasSameBytes(as: node) }
    }

    /// What each node says it is itself.
    static func statuses(_ record: PublicRecord, _ recount: Recount) -> DemoCheck {
        var check = DemoCheck(
            "statuses", "each node shows itself as what the elections made of it")
        for json in record.statuses {
            let node = json["node"]?.stringValue ?? "?"
            check.expect("node \(node)") { check in
                let snapshot = try Self.snapshot(
                    recount, try height(json, "status"), "node \(node)")
                check.expect(
                    json["nodeStatus"]?.stringValue,
                    (snapshot.statuses[node] ?? .ordinary).rawValue,
                    "node \(node), block \(snapshot.height)")
            }
        }
        return check
    }

    private static func height(_ json: JSON, _ place: String) throws(FormatError) -> UInt64 {
        guard let height = json["height"]?.uint64Value else {
            throw FormatError(.shape, "\(place) has no height")
        }
        return height
    }

    private static func snapshot(
        _ recount: Recount, _ height: UInt64, _ place: String
    ) throws(FormatError) -> Recount.Snapshot {
        guard let snapshot = recount.snapshot(at: height) else {
            throw FormatError(.shape, "\(place) is of block \(height), which was not fetched")
        }
        return snapshot
    }
}
