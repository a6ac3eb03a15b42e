import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger

/// The ledger counted again from genesis and blocks alone, by the published rules and by other code
/// than the ledger's: votes are kept by voter and added up when asked for, and an account loses the
/// votes of a candidate that leaves the list at once.
struct Recount: Sendable {
    struct Account: Sendable, Hashable {
        var balance: UInt64 = 0
        var sequence: UInt64 = 0
        var allowance: UInt64 = 0
        /// By candidate; never zero.
        var votes: [String: UInt64] = [:]

        var cast: UInt64 { votes.values.reduce(0, &+) }
    }

    struct Deposit: Sendable {
        let auditor: String
        let node: String
        let payer: String
        let amount: UInt64
        /// Heights at which it was paid back; at most one.
        var refunds: [UInt64] = []
        var isHeld: Bool { refunds.isEmpty }
    }

    /// A candidate on the list.
    struct Candidate: Sendable {
        let node: String
        /// Height, index of the transaction, place in its list.
        let registered: [UInt64]
        var validUntil: Instant
        let consensusKey: [UInt8]
        let endpoint: String
        var deposits: [Digest]
        var application: Digest
        var backing: [Backing]
    }

    /// A credential that stands behind a candidacy.
    struct Backing: Sendable {
        let name: CredentialName
        /// RFC 7638 thumbprint of the key that signed it.
        let key: String
        /// The height it was first seen at.
        let seen: UInt64
    }

    struct CredentialName: Sendable, Hashable {
        let issuer: String
        let id: String
    }

    /// One election, or genesis as number 0.
    struct Term: Sendable {
        let number: UInt64
        let height: UInt64
        let actsFrom: UInt64
        /// Candidate and votes, in the order of the election.
        let ranking: [Rank]
        /// Empty when the sitting representatives stayed.
        let seats: [String]
        let representatives: [Representative]

        /// Node and consensus key of each, in one order.
        var members: [String] {
            representatives.map { "\($0.node.text) \(Hexadecimal.encode($0.consensusKey))" }
                .sorted()
        }
    }

    struct Rank: Sendable, Hashable {
        let node: String
        let votes: UInt64
        let isEligible: Bool
    }

    /// What is left of a moment.
    struct Snapshot: Sendable {
        let height: UInt64
        let time: Instant
        let accounts: [String: Account]
        let deposits: [Digest: Deposit]
        /// Candidates on the list, in the order of an election, with their votes.
        let tallies: [Rank]
        let statuses: [String: NodeStatus]
    }

    let network: String
    /// SHA-256 of the genesis file.
    let genesis: Digest
    let genesisTime: Instant
    let registrar: String
    var auditorSet: AuditorSet
    /// In force from the next block on.
    var comingAuditorSet: AuditorSet
    /// Digest and height of credentials as they were first seen.
    var sightings: [CredentialName: (digest: Digest, height: UInt64)] = [:]
    var revoked: Set<CredentialName> = []
    let approval: ApprovalPolicy
    let rules: Rules
    /// Sum of all balances in genesis.
    let supply: UInt64
    var accounts: [String: Account] = [:]
    var deposits: [Digest: Deposit] = [:]
    var candidates: [String: Candidate] = [:]
    var applicationOwners: [Digest: String] = [:]
    var consensusKeyOwners: [[UInt8]: String] = [:]
    /// Every node that was ever put on the list.
    var everListed: Set<String> = []
    var terms: [Term]
    /// By height, from 0.
    private(set) var snapshots: [Snapshot] = []

    struct Rules: Sendable {
        let electionInterval: UInt64
        let seats: Int
        let minimumSeats: Int
        let votesPerCandidate: UInt64
        let termMarginSeconds: Int64
    }

    /// - Throws: `FormatError`, `CredentialError` or `LedgerError` for a genesis file that cannot
    ///   be read.
    init(genesis: [UInt8]) throws {
        self.genesis = Digest.sha256(genesis)
        let json = try JSON.parse(genesis)
        var fields = try Fields(json, "genesis")
        network = try fields.string("network")
        genesisTime = try fields.instant("time")
        registrar = try fields.string("registrar")
        auditorSet = try AuditorSet(json: try fields.json("auditorSet"))
        comingAuditorSet = auditorSet
        var parameters = try fields.object("parameters")
        approval = try ApprovalPolicy(json: try parameters.json("approval"))
        rules = Rules(
            electionInterval: try parameters.uint64("electionInterval"),
            seats: try parameters.int("seats", in: 1...21),
            minimumSeats: try parameters.int("minimumSeats", in: 1...21),
            votesPerCandidate: try parameters.uint64("votesPerCandidate"),
            termMarginSeconds: try parameters.int64("termMarginSeconds", in: 0...Int64.max / 1000))
        let allowance = try parameters.uint64("allowance")
        var supply: UInt64 = 0
        for var holder in try fields.objects("accounts", maximumCount: 100_000) {
            let balance = try holder.amount("balance")
            supply &+= balance
            accounts[try holder.string("account")] = Account(
                balance: balance, allowance: try holder.optionalUInt64("allowance") ?? allowance)
        }
        self.supply = supply
        let seated = try fields.objects("representatives", maximumCount: 21).map { member in
            var member = member
            return Representative(
                node: try Identity(did: try member.string("node")),
                consensusKey: try member.bytes("consensusKey", count: 32),
                endpoint: try member.string("endpoint"))
        }
        terms = [
            Term(
                number: 0, height: 0, actsFrom: 1, ranking: [], seats: [],
                representatives: seated)
        ]
        for member in seated { consensusKeyOwners[member.consensusKey] = member.node.text }
        keepSnapshot(height: 0, time: genesisTime)
    }

    // MARK: - Reading

    /// Who has to decide the block of a height: elections act from two blocks on.
    func deciders(at height: UInt64) -> [Representative] {
        terms.last { $0.actsFrom <= height }?.representatives ?? []
    }

    /// The height from which on the deciders of a height have decided every block: an election that
    /// seats the same members again changes nothing.
    func seatedSince(at height: UInt64) -> UInt64 {
        let begun = terms.prefix { $0.actsFrom <= height }
        guard var since = begun.last else { return 1 }
        for term in begun.dropLast().reversed() {
            guard term.members == since.members else { break }
            since = term
        }
        return since.actsFrom
    }

    func snapshot(at height: UInt64) -> Snapshot? {
        height < UInt64(snapshots.count) ? snapshots[Int(height)] : nil
    }

    /// What a node is while the block of `height` is executed.
    func status(of node: String, executing height: UInt64) -> NodeStatus {
        let acting = deciders(at: height) + deciders(at: height + 1)
        if acting.contains(where: { $0.node.text.hasSameBytes(as: node) }) {
            return .representative
        }
        return candidates[node] == nil ? .ordinary : .candidate
    }

    /// Votes for a candidate, added up over all voters.
    func votes(for node: String) -> UInt64 {
        accounts.values.reduce(0) { $0 &+ ($1.votes[node] ?? 0) }
    }

    /// Sum of all balances and held deposits.
    var money: UInt64 {
        accounts.values.reduce(0) { $0 &+ $1.balance }
            &+ deposits.values.reduce(0) { $1.isHeld ? $0 &+ $1.amount : $0 }
    }

    // MARK: - Blocks

    /// Follows one block.
    /// - Returns: what the rules say of each transaction: the code of its result, or nil when it
    ///   may not stand in a block at all.
    mutating func follow(_ block: ReadBlock) -> [String?] {
        let (height, time) = (block.header.height, block.header.time)
        let ending = candidates.values.filter { $0.validUntil <= time }.map(\.node)
        var codes: [String?] = []
        for (index, transaction) in block.transactions.enumerated() {
            codes.append(run(transaction, height: height, index: UInt64(index), time: time))
        }
        for node in ending {
            // Renewed, or gone and there again, it stands.
            if let candidate = candidates[node], candidate.validUntil <= time { leaveList(node) }
        }
        takeAuditorSetOver(at: time)
        if let last = terms.last, height >= last.height + rules.electionInterval {
            terms.append(elect(after: last, height: height, time: time))
        }
        keepSnapshot(height: height, time: time)
        return codes
    }

    mutating func leaveList(_ node: String) {
        candidates[node] = nil
        for account in accounts.keys { accounts[account]?.votes[node] = nil }
    }

    private mutating func keepSnapshot(height: UInt64, time: Instant) {
        let ranking = ranking(at: time)
        var statuses: [String: NodeStatus] = [:]
        let nodes = everListed.union(deciders(at: height + 2).map(\.node.text))
        for node in nodes { statuses[node] = status(of: node, executing: height + 1) }
        snapshots.append(
            Snapshot(
                height: height, time: time, accounts: accounts, deposits: deposits,
                tallies: ranking, statuses: statuses))
    }

    // MARK: - Elections

    /// Votes, then earlier registration, then the bytes of the did.
    private func ranking(at time: Instant) -> [Rank] {
        let termEnd = time.adding(milliseconds: rules.termMarginSeconds * 1000)
        let lines = candidates.values.map { candidate in
            let isEligible =
                candidate.validUntil > termEnd
                && candidate.deposits.allSatisfy { deposits[$0]?.isHeld == true }
                && consensusKeyOwners[candidate.consensusKey] == candidate.node
            return (
                candidate,
                Rank(
                    node: candidate.node, votes: votes(for: candidate.node),
                    isEligible: isEligible)
            )
        }
        return lines.sorted { left, right in
            if left.1.votes != right.1.votes { return left.1.votes > right.1.votes }
            if left.0.registered != right.0.registered {
                return left.0.registered.lexicographicallyPrecedes(right.0.registered)
            }
            return left.0.node.utf8.lexicographicallyPrecedes(right.0.node.utf8)
        }.map(\.1)
    }

    private func elect(after last: Term, height: UInt64, time: Instant) -> Term {
        let ranking = ranking(at: time)
        let seats = ranking.filter(\.isEligible).prefix(rules.seats).map(\.node)
        let elected = seats.compactMap { candidates[$0] }.compactMap { candidate in
            (try? Identity(did: candidate.node)).map {
                Representative(
                    node: $0, consensusKey: candidate.consensusKey, endpoint: candidate.endpoint)
            }
        }
        let isEnough =
            elected.count >= rules.minimumSeats
            && (try? approval.quorum(of: elected.count)) != nil
        return Term(
            number: last.number + 1, height: height, actsFrom: height + 2, ranking: ranking,
            seats: isEnough ? seats : [],
            representatives: isEnough ? elected : last.representatives)
    }
}
