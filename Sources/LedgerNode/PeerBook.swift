import Consensus
import Encoding
import Ledger
import Storage
import Synchronization
import Web

/// What this node knows of each node that talks to it: when it was heard, what it says of itself,
/// what it has cost, and whether it is left out for a while. Times are monotonic milliseconds.
final class PeerBook: Sendable {
    /// What a peer did that an honest one does not do.
    enum Offence: String, Sendable {
        /// A message that cannot be read.
        case malformed
        /// A signature or certificate that does not verify.
        case wrongSignature = "wrong-signature"
        /// A message that its sender had no business to send.
        case misplaced
        /// More than its budget.
        case excess

        var points: Int64 {
            switch self {
            case .malformed, .wrongSignature: 25
            case .misplaced: 10
            case .excess: 4
            }
        }
    }

    struct Entry: Sendable {
        fileprivate(set) var heardAt: Int64?
        /// The newest height and round that it sent something of.
        fileprivate(set) var spokeOf: (height: UInt64, round: UInt32)?
        /// The highest height it has spoken of: a claim.
        fileprivate(set) var claimedHeight: UInt64 = 0
        /// How many milliseconds its clock is ahead of this node's, the time on the way included.
        fileprivate(set) var clockLead: Int64?
        fileprivate(set) var excludedUntil: Int64?
        fileprivate(set) var exclusionReason: Offence?
        fileprivate var score: Int64 = 0
        fileprivate var scoredAt: Int64 = 0
        fileprivate var heldByteCount = 0
        fileprivate var budgets: Budgets
    }

    fileprivate struct Budgets: Sendable {
        var requests: PeerBudget
        var bytes: PeerBudget
        var messages: PeerBudget
        var signatures: PeerBudget
        var transactions: PeerBudget

        init(at now: Int64) {
            requests = PeerBudget(Limits.peerRequestRate, at: now)
            bytes = PeerBudget(Limits.peerByteRate, at: now)
            messages = PeerBudget(Limits.peerMessageRate, at: now)
            signatures = PeerBudget(Limits.peerSignatureRate, at: now)
            transactions = PeerBudget(Limits.peerTransactionRate, at: now)
        }
    }

    private let entries = Mutex<[Identity: Entry]>([:])
    private let log: NodeLog
    private let metrics: MetricRegistry
    private let clock: @Sendable () -> Int64

    init(
        log: NodeLog, metrics: MetricRegistry,
        clock: @escaping @Sendable () -> Int64 = SystemClock.monotonicMilliseconds
    ) {
        self.log = log
        self.metrics = metrics
        self.clock = clock
        metrics.declare(
            "accredit_node_peer_messages_total", .counter, "Consensus messages taken, by peer.")
        metrics.declare(
            "accredit_node_peer_offences_total", .counter,
            "What peers did that honest ones do not do, by peer and kind.")
        metrics.declare(
            "accredit_node_peer_exclusions_total", .counter,
            "Times a peer was left out for a while, by peer.")
        metrics.declare(
            "accredit_node_peer_refused_total", .counter,
            "Requests to peer routes by callers that are no peers, by reason.")
    }

    func entry(_ node: Identity) -> Entry? { entries.withLock { $0[node] } }

    // MARK: Budgets

    /// Lets a request of `byteCount` bytes in, before its body comes; `leave` ends it.
    func enter(_ node: Identity, byteCount: Int) throws(Problem) {
        let now = clock()
        let refusal = update(node, at: now) { entry -> Refused? in
            if let until = entry.excludedUntil, now < until {
                return .excluded(until - now, entry.exclusionReason)
            }
            guard entry.heldByteCount + byteCount <= Limits.peerHeldByteCountMaximum else {
                return .budget("bytes at a time")
            }
            guard entry.budgets.requests.take(1, at: now) else {
                return .budget("requests a second")
            }
            guard entry.budgets.bytes.take(byteCount, at: now) else {
                return .budget("bytes a second")
            }
            entry.heldByteCount += byteCount
            return nil
        }
        if let refusal { throw refuse(node, refusal) }
    }

    func leave(_ node: Identity, byteCount: Int) {
        update(node, at: clock()) { $0.heldByteCount -= min(byteCount, $0.heldByteCount) }
    }

    /// Charges what a request turned out to hold.
    func charge(
        _ node: Identity, messages: Int = 0, signatures: Int = 0, transactions: Int = 0
    ) throws(Problem) {
        let now = clock()
        let refusal = update(node, at: now) { entry -> Refused? in
            guard entry.budgets.messages.take(messages, at: now) else {
                return .budget("consensus messages a second")
            }
            guard entry.budgets.signatures.take(signatures, at: now) else {
                return .budget("signatures a second")
            }
            guard entry.budgets.transactions.take(transactions, at: now) else {
                return .budget("transactions a second")
            }
            return nil
        }
        if let refusal { throw refuse(node, refusal) }
        if messages > 0 {
            metrics.add(
                "accredit_node_peer_messages_total", Double(messages), labels: [("peer", node.text)]
            )
        }
    }

    private enum Refused {
        case budget(String)
        case excluded(Int64, Offence?)
    }

    private func refuse(_ node: Identity, _ refused: Refused) -> Problem {
        switch refused {
        case .budget(let what):
            blame(node, .excess)
            return Problem(
                type: "peer-budget", title: "More than a peer may send", status: 429,
                detail: "\(node) has used up its budget of \(what).",
                fix: "Send less; the newest first.", headers: [("retry-after", "1")])
        case .excluded(let milliseconds, let reason):
            let seconds = max(1, (milliseconds + 999) / 1_000)
            return Problem(
                type: "peer-excluded", title: "This peer is left out for a while", status: 429,
                detail: "\(node) is left out for \(seconds) s more, for "
                    + "\(reason?.rawValue ?? "offences").",
                fix: "Look for what sends with this node's key; GET /metrics here counts it.",
                headers: [("retry-after", "\(seconds)")])
        }
    }

    // MARK: Offences

    /// Counts an offence; a peer with too many is left out for a while.
    func blame(_ node: Identity, _ offence: Offence) {
        let now = clock()
        let isExcluded = update(node, at: now) { entry -> Bool in
            let forgiven = max(now - entry.scoredAt, 0) / 1_000
            entry.score = max(0, entry.score - forgiven) + offence.points
            entry.scoredAt = now
            guard entry.score >= Limits.peerOffencesMaximum else { return false }
            entry.score = 0
            entry.excludedUntil = now + Limits.peerExclusionMilliseconds
            entry.exclusionReason = offence
            return true
        }
        metrics.add(
            "accredit_node_peer_offences_total",
            labels: [("peer", node.text), ("kind", offence.rawValue)])
        guard isExcluded else { return }
        metrics.add("accredit_node_peer_exclusions_total", labels: [("peer", node.text)])
        log.event(
            "peer-excluded",
            [
                ("peer", .string(node.text)), ("reason", .string(offence.rawValue)),
                ("seconds", JSON(Int(Limits.peerExclusionMilliseconds / 1_000))),
            ])
    }

    // MARK: What was heard

    /// - Parameter clockLead: nil when the peer did not tell its time.
    func noteHeard(_ node: Identity, clockLead: Int64?) {
        let now = clock()
        update(node, at: now) { entry in
            entry.heardAt = now
            if let clockLead { entry.clockLead = clockLead }
        }
    }

    /// What a peer's own message speaks of. A claim until its signature was verified.
    func noteSpoken(_ node: Identity, height: UInt64, round: UInt32) {
        update(node, at: clock()) { entry in
            entry.claimedHeight = max(entry.claimedHeight, height)
            guard let last = entry.spokeOf, last.height > height else {
                entry.spokeOf = (height, round)
                return
            }
        }
    }

    /// The height that at least one honest decider speaks of: so many claim it or more that not all
    /// of them can be lying, as far as the quorum stands liars.
    func heightSpokenOf(_ directory: PeerDirectory) -> UInt64 {
        let liars = max(
            0,
            min(
                (directory.deciders.count - 1) / 3,
                2 * directory.quorum
                    - directory.deciders.count - 1))
        let claims = entries.withLock { entries in
            directory.deciders.compactMap { entries[$0.node]?.claimedHeight }
        }.sorted(by: >)
        return liars < claims.count ? claims[liars] : 0
    }

    @discardableResult
    private func update<T>(
        _ node: Identity, at now: Int64, _ body: (inout Entry) -> T
    ) -> T {
        entries.withLock { entries in
            if entries[node] == nil, entries.count >= Limits.peerRecordsMaximum {
                let oldest = entries.min { $0.value.heardAt ?? .min < $1.value.heardAt ?? .min }
                if let oldest { entries[oldest.key] = nil }
            }
            var entry = entries[node] ?? Entry(budgets: Budgets(at: now))
            let result = body(&entry)
            entries[node] = entry
            return result
        }
    }
}

extension PeerBook.Offence {
    /// What a refused message says about the peer that brought it; nil where an honest one, ahead
    /// or behind, may have sent it. Peers pass on only what they have verified.
    init?(_ refusal: Refusal) {
        switch refusal {
        case .wrongSignature, .wrongCertificate: self = .wrongSignature
        case .unknownSender, .wrongProposer, .malformed: self = .misplaced
        case .otherHeight, .tooFarAhead: return nil
        }
    }
}
