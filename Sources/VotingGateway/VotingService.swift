import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// Takes votes, refuses what an account has too few votes left for, and brings the others to the
/// ledger. The ledger decides; the gateway mirrors: a vote that the gateway lets through and the
/// ledger refuses does not count, and the answer says so.
actor VotingService {
    nonisolated let network: String
    nonisolated let isOpen: Bool
    nonisolated let store: VoteStore
    nonisolated let nodes: LedgerNodes
    private nonisolated let keys = KeyCache(capacity: Limits.accountKeysMaximum)
    private nonisolated let clock: @Sendable () -> Instant
    private nonisolated let metrics: MetricRegistry
    private nonisolated let log: @Sendable (JSON) -> Void
    private var following: [Digest: Task<Void, Never>] = [:]
    /// Whoever waits for a vote's outcome; a problem when the ledger did not take it.
    private var waiting: [Digest: [UInt64: AsyncStream<Problem?>.Continuation]] = [:]
    private var waiterCount: UInt64 = 0
    private var isStopping = false

    init(
        network: String, isOpen: Bool, nodes: LedgerNodes, store: VoteStore,
        metrics: MetricRegistry, clock: @escaping @Sendable () -> Instant,
        log: @escaping @Sendable (JSON) -> Void
    ) {
        self.network = network
        self.isOpen = isOpen
        self.nodes = nodes
        self.store = store
        self.metrics = metrics
        self.clock = clock
        self.log = log
        metrics.declare("gateway_votes_total", .counter, "Votes by what became of them.")
        metrics.declare("gateway_logins_total", .counter, "Logins by what became of them.")
        metrics.declare("gateway_votes_in_flight", .gauge, "Votes whose outcome is not known.")
    }

    /// Records a vote and hands it in; the same vote again gets what became of the first.
    /// - Parameter account: whose session hands it in; nil when nobody is logged in.
    /// - Returns: the vote as it stands after at most `waitMilliseconds`.
    /// - Throws: `Problem` for a vote that did not go to the ledger or was not taken there;
    ///   `StorageError`.
    func submit(
        _ compact: String, by account: String?, waitMilliseconds: Int
    ) async throws -> Vote {
        let vote = try judged(compact)
        try checkAuthority(over: vote, of: account)
        if let known = try store.vote(vote.id) {
            goOn(with: known)
        } else if try await !isRestored(vote) {
            try await begin(vote)
        }
        if let problem = await outcome(of: vote.id, milliseconds: waitMilliseconds) {
            throw problem
        }
        return try store.vote(vote.id) ?? vote
    }

    private nonisolated func checkAuthority(over vote: Vote, of account: String?) throws(Problem) {
        guard !isOpen else { return }
        guard let account else {
            throw LoginDesk.refusal("login-required", "This gateway takes votes after a login.")
        }
        guard account.hasSameBytes(as: vote.account) else {
            throw Problem(
                type: "other-account", title: "Not this account's vote", status: 403,
                detail: "The session is that of \(account), the vote that of \(vote.account).",
                fix: "Log in with the account whose vote it is.")
        }
    }

    /// Whether a vote whose time is over was committed before this gateway's store was lost: the
    /// sender gets the outcome then, as at first.
    private func isRestored(_ vote: Vote) async throws -> Bool {
        guard vote.notAfter <= clock(), let found = await follower(vote).found() else {
            return false
        }
        try await store.restore(found, at: clock())
        return true
    }

    /// What the ledger knows of a vote that this gateway does not.
    func recovered(_ id: Digest) async -> Vote? {
        for url in nodes.urls {
            guard
                let answer = try? await nodes.send(
                    "GET", url + "/v1/transactions/\(id.text)/receipt"),
                answer.status == 200,
                let receipt = try? JSON.parse(answer.body, limits: Vote.receiptLimits),
                let compact = receipt["transaction"]?.stringValue,
                let vote = try? judged(compact), vote.id == id
            else { continue }
            if let found = await follower(vote).found() { return found }
        }
        return nil
    }

    private nonisolated func follower(_ vote: Vote) -> VoteFollower {
        VoteFollower(vote, nodes: nodes, mayHaveArrived: true)
    }

    private func begin(_ vote: Vote) async throws {
        guard !isStopping, following.count < Limits.inFlightMaximum else {
            throw Problem.unavailable(
                isStopping
                    ? "The gateway is stopping." : "\(following.count) votes are in flight.",
                fix: "Send the same vote again in a moment.")
        }
        guard vote.notAfter > clock() else {
            throw Problem(
                type: "not-after-passed", title: "The vote's time is over", status: 422,
                detail: "notAfter \(vote.notAfter.rfc3339) is past.",
                fix: "Sign again with a later notAfter, and check this machine's clock.")
        }
        let mirror = try await mirror(of: vote.account)
        switch try await store.admit(vote, mirror: mirror, at: clock()) {
        case .admitted: follow(vote, mayHaveArrived: false)
        case .known(let known): goOn(with: known)
        case .tooManyOfAccount:
            throw Problem(
                type: "account-full", title: "Too many votes of this account are in flight",
                status: 429,
                detail: "At most \(Limits.inFlightPerAccountMaximum) may wait for the ledger.",
                fix: "Wait until some are committed.", headers: [("retry-after", "1")])
        case .exceeding(let inFlight):
            metrics.add("gateway_votes_total", labels: [("outcome", "exceeding")])
            let remaining = mirror.remaining(inFlight: inFlight)
            throw Problem(
                type: "votes-exceeded", title: "Not that many votes are left", status: 409,
                detail: "\(vote.charge) votes more would be cast; \(remaining) of "
                    + "\(mirror.allowance) are left: \(mirror.cast) are cast, \(inFlight) in flight.",
                fix: "Cast fewer, or withdraw some and wait until that is committed. "
                    + "The ledger was not asked.",
                extra: [
                    ("remaining", JSON(remaining)), ("inFlight", JSON(inFlight)),
                    ("height", JSON(mirror.height)),
                ])
        }
    }

    /// The account as a ledger node tells it; as one told it last, when none answers.
    func mirror(of account: String) async throws -> Mirror {
        if let fresh = try await nodes.mirror(of: account) {
            try await store.keep(fresh)
            return fresh
        }
        guard let last = try store.mirror(of: account) else {
            throw Problem.unavailable(
                "No ledger node answers, and the account \(account) was never asked about before.",
                fix: "Send the same again later; nothing was recorded.")
        }
        return last
    }

    /// Shape, type, network and signature; no state.
    private nonisolated func judged(_ compact: String) throws(Problem) -> Vote {
        let transaction: Transaction
        do throws(LedgerError) { transaction = try Transaction(compact: compact) } catch {
            throw Problem(
                type: "transaction-malformed", title: "Not a transaction", status: 400,
                detail: error.detail,
                fix: "Sign a payload {network, sequence, notAfter, type, body} as a compact JWS.")
        }
        guard case .vote(let changes) = transaction.body else {
            throw Problem(
                type: "not-a-vote", title: "Not a vote", status: 422,
                detail: "The transaction's type is \(transaction.body.type); a gateway takes vote.",
                fix: "Hand it to a ledger node.")
        }
        guard transaction.network.hasSameBytes(as: network) else {
            throw Problem(
                type: "wrong-network", title: "The vote is for another network", status: 422,
                detail: "It names \(transaction.network.quotedForMessage); this is \(network).",
                fix: "Sign for this network, or send it to a gateway of the other.")
        }
        do throws(LedgerError) { _ = try transaction.verified(keys: keys) } catch {
            throw Problem(
                type: "signature", title: "The signature does not verify", status: 400,
                detail: error.detail, fix: "Sign with the key whose did:key is the header's kid.")
        }
        return Vote(pending: transaction, changes)
    }

    // MARK: - In flight

    /// Goes on with what a stop interrupted.
    func resume() throws {
        for vote in try store.pending() { follow(vote, mayHaveArrived: true) }
    }

    private func goOn(with known: Vote) {
        guard known.state == .pending, !isStopping else { return }
        follow(known, mayHaveArrived: true)
    }

    /// Leaves what is in flight to the next start.
    func stop() async {
        isStopping = true
        let tasks = Array(following.values)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func follow(_ vote: Vote, mayHaveArrived: Bool) {
        guard following[vote.id] == nil else { return }
        following[vote.id] = Task {
            var problem: Problem?
            do {
                var follower = VoteFollower(vote, nodes: nodes, mayHaveArrived: mayHaveArrived)
                problem = try await take(try await follower.end(), of: vote)
            } catch is CancellationError {
                // The next start finds it in the store.
            } catch {
                log([
                    "event": "vote-not-settled", "vote": JSON(vote.id.text),
                    "cause": JSON("\(error)"),
                ])
            }
            following[vote.id] = nil
            // Sent again and recorded again while its refusal was being forgotten: whoever waits
            // learns what becomes of it now.
            if problem != nil, !isStopping, let again = try? store.vote(vote.id),
                again.state == .pending
            {
                return follow(again, mayHaveArrived: true)
            }
            metrics.set("gateway_votes_in_flight", Double(following.count))
            for continuation in (waiting.removeValue(forKey: vote.id) ?? [:]).values {
                continuation.yield(problem)
                continuation.finish()
            }
        }
        metrics.set("gateway_votes_in_flight", Double(following.count))
        if isStopping { following[vote.id]?.cancel() }
    }

    private func take(_ end: VoteFollower.End, of vote: Vote) async throws -> Problem? {
        let (outcome, code): (String, String)
        var problem: Problem?
        switch end {
        case .committed(let settled):
            try await store.settle(settled)
            (outcome, code) = ("committed", settled.code ?? "")
        case .void(let settled):
            try await store.settle(settled)
            (outcome, code) = ("void", settled.code ?? "")
        case .refused(let refusal):
            try await store.forget(vote.id)
            (outcome, code) = ("refused", refusal.type)
            problem = refusal
        }
        metrics.add("gateway_votes_total", labels: [("outcome", outcome)])
        log([
            "event": "vote-settled", "vote": JSON(vote.id.text), "outcome": JSON(outcome),
            "code": JSON(code),
        ])
        return problem
    }

    /// Returns when a vote's outcome is known, or after `milliseconds`.
    /// - Returns: the ledger node's problem, when it did not take the vote.
    func outcome(of id: Digest, milliseconds: Int) async -> Problem? {
        guard following[id] != nil else { return nil }
        let (stream, continuation) = AsyncStream.makeStream(of: Problem?.self)
        waiterCount &+= 1
        let waiter = waiterCount
        waiting[id, default: [:]][waiter] = continuation
        let problem = await withTaskGroup(of: Problem?.self) { group in
            group.addTask {
                for await problem in stream { return problem }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(milliseconds))
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        waiting[id]?[waiter] = nil
        return problem
    }
}
