import Cryptography
import Encoding
import Ledger
import Web

/// Takes transactions in: shape, signature, the ledger's check, then the waiting room and the
/// representatives. Every refusal is a problem that says what, why and how to fix it.
struct TransactionDesk: Sendable {
    let services: NodeServices

    /// Takes one compact transaction. Handing in again what waits or is committed changes nothing.
    /// - Parameter isOwn: handed in by a client here, so this node tells the representatives.
    func submit(_ compact: String, isOwn: Bool) async throws -> Digest {
        let transaction: Transaction
        do {
            transaction = try Transaction(compact: compact)
        } catch {
            throw Problem(
                type: "transaction-malformed", title: "Not a transaction", status: 400,
                detail: error.detail,
                fix: "Sign a payload {network, sequence, notAfter, type, body} as a compact JWS.")
        }
        let id = transaction.id
        if services.mempool.contains(id) { return id }
        let verified: VerifiedTransaction
        do {
            verified = try services.verifier.verify(transaction)
        } catch {
            throw Problem(
                type: "signature", title: "The signature does not verify", status: 400,
                detail: error.detail, fix: "Sign with the key whose did:key is the header's kid.")
        }
        if let refused = try settle(try ask([verified]), isOwn: isOwn).first {
            throw refused.problem
        }
        return id
    }

    /// Takes several compact transactions, each by itself: a wrong one keeps no other out.
    /// - Returns: of each, in order, its id or why it was not taken.
    func submit(
        _ compacts: [String], isOwn: Bool
    ) async throws -> [Result<Digest, Problem>] {
        // Many at once are verified by several tasks, away from the event loop; what fails there is
        // looked at again alone, to be refused with its reason.
        guard let verified = try? await services.verifier.verify(compacts) else {
            var results: [Result<Digest, Problem>] = []
            for compact in compacts {
                do {
                    results.append(.success(try await submit(compact, isOwn: isOwn)))
                } catch let problem as Problem {
                    results.append(.failure(problem))
                }
            }
            return results
        }
        var results = verified.map { Result<Digest, Problem>.success($0.id) }
        for (place, problem) in try settle(try ask(verified), isOwn: isOwn) {
            results[place] = .failure(problem)
        }
        return results
    }

    /// What the ledger said of transactions whose signatures were verified here.
    struct Asked {
        let all: [VerifiedTransaction]
        /// After which block it was asked.
        fileprivate let height: UInt64
        fileprivate var admitted: [(place: Int, isEarly: Bool)] = []
        /// Why those were refused that were.
        fileprivate var refused: [(place: Int, problem: Problem)] = []
    }

    /// Asks about those that do not wait here; the ledger is read once for all.
    func ask(_ all: [VerifiedTransaction]) throws -> Asked {
        let new = services.mempool.placesOfNew(all)
        let (inclusions, height) = try inclusions(of: new.map { all[$0] })
        var asked = Asked(all: all, height: height)
        for (place, inclusion) in zip(new, inclusions) {
            switch try admit(all[place], inclusion) {
            case .success(let isEarly?): asked.admitted.append((place, isEarly))
            case .success(nil): break
            case .failure(let problem): asked.refused.append((place, problem))
            }
        }
        return asked
    }

    /// Puts those that the ledger takes into the waiting room, and tells the representatives.
    /// - Returns: why those were refused that were, by their places.
    func settle(
        _ asked: Asked, isOwn: Bool
    ) throws -> [(place: Int, problem: Problem)] {
        var refused = asked.refused
        let inserted = services.mempool.insert(
            asked.admitted.map { (asked.all[$0.place], $0.isEarly) }, isOwn: isOwn,
            at: services.now())
        var waiting: [(place: Int, isEarly: Bool)] = []
        for (item, result) in zip(asked.admitted, inserted) {
            switch result {
            case .success(true): waiting.append(item)
            case .success(false): break
            case .failure(let refusal): refused.append((item.place, problem(refusal)))
            }
        }
        // A block that came since the ledger was asked found none of these here: it has neither
        // taken out those whose number it used nor let those go that waited for it.
        if !waiting.isEmpty, services.chain.tip.height != asked.height {
            refused += try askAgain(asked.all, &waiting)
        }
        if !waiting.isEmpty { services.inbox.noteTransaction() }
        if isOwn, !waiting.isEmpty {
            services.peers.post(
                transactions: waiting.map { asked.all[$0.place].transaction.compact },
                to: services.deciderEndpoints)
        }
        return refused.sorted { $0.place < $1.place }
    }

    /// Takes those out again that no block takes any more, and lets those go that wait for nothing.
    /// - Parameter waiting: afterwards, those that still do.
    /// - Returns: why those were refused that were, by their places.
    private func askAgain(
        _ all: [VerifiedTransaction], _ waiting: inout [(place: Int, isEarly: Bool)]
    ) throws -> [(place: Int, problem: Problem)] {
        var refused: [(place: Int, problem: Problem)] = []
        let (inclusions, _) = try inclusions(of: waiting.map { all[$0.place] })
        let before = zip(waiting, inclusions)
        waiting = []
        for ((place, wasEarly), inclusion) in before {
            let verified = all[place]
            switch try admit(verified, inclusion) {
            case .success(let isEarly?):
                if wasEarly, !isEarly { services.mempool.unpark(verified.transaction) }
                waiting.append((place, isEarly))
            case .success(nil): services.mempool.remove(verified)
            case .failure(let problem):
                services.mempool.remove(verified)
                refused.append((place, problem))
            }
        }
        return refused
    }

    /// - Returns: whether earlier numbers of its sender come first; nil for a transaction that is
    ///   committed already.
    private func admit(
        _ verified: VerifiedTransaction, _ inclusion: Inclusion
    ) throws -> Result<Bool?, Problem> {
        switch inclusion {
        case .includable: return .success(false)
        case .early: return .success(true)
        case .refused(let reason, let detail):
            // What is committed has used its number up, and may have passed its notAfter since.
            if try services.store.transaction(verified.id) != nil { return .success(nil) }
            return .failure(
                Problem(
                    type: reason.rawValue, title: "The ledger does not take this transaction",
                    status: Self.status(reason), detail: detail, fix: Self.fix(reason),
                    extra: [("transaction", .string(verified.id.text))]))
        }
    }

    /// - Returns: what the ledger says of each, and after which block.
    private func inclusions(
        of verified: [VerifiedTransaction]
    ) throws -> (inclusions: [Inclusion], height: UInt64) {
        guard !verified.isEmpty else { return ([], services.chain.tip.height) }
        let now = services.now()
        return try services.chain.readRecords { state in
            let time = max(now, state.tip.time.adding(milliseconds: 1))
            return (state.check(verified, at: time), state.tip.height)
        }
    }

    private static func status(_ reason: Inclusion.Reason) -> Int {
        switch reason {
        case .wrongNetwork, .unknownAccount, .expired: 422
        case .sequenceUsed, .sequenceTooFar: 409
        case .tooLong: 413
        }
    }

    private static func fix(_ reason: Inclusion.Reason) -> String {
        switch reason {
        case .wrongNetwork: "Name this network in the payload, or send it to a node of the other."
        case .unknownAccount: "Have somebody transfer an amount to the account, or enrol it."
        case .sequenceUsed, .sequenceTooFar:
            "GET /v1/accounts/{did} tells the next sequence; sign again with it."
        case .expired: "Sign again with a later notAfter, and check this machine's clock."
        case .tooLong: "Split it into several transactions."
        }
    }

    private func problem(_ refusal: Mempool.Refusal) -> Problem {
        switch refusal {
        case .full(let lane):
            Problem(
                type: "waiting-room-full", title: "Too many transactions wait", status: 503,
                detail: "\(services.mempool.count(in: lane)) transactions wait for a block in "
                    + "the lane \(lane.name).",
                fix: "Send it again in a moment.", headers: [("retry-after", "1")])
        case .senderFull(let lane):
            Problem(
                type: "sender-full", title: "Too many transactions of this sender wait",
                status: 429,
                detail: "At most \(Limits.pendingPerSenderMaximum) wait for one sender, "
                    + "\(lane.perSenderMaximum) in the lane \(lane.name), and "
                    + "\(Limits.pendingPerSenderByteCountMaximum) bytes.",
                fix: "Wait until some are committed.", headers: [("retry-after", "1")])
        case .sequenceTaken(let other):
            Problem(
                type: "sequence-taken", title: "Another transaction has this sequence",
                status: 409,
                detail: "Transaction \(other.text) of this sender waits with the same sequence.",
                fix: "Wait for it, or sign this one with the next sequence.")
        }
    }

    /// Tells the representatives again, from time to time, what clients handed in here: a
    /// representative that was restarted has forgotten it.
    func resend() {
        let now = services.now()
        let before = now.adding(milliseconds: -Limits.resendMilliseconds)
        let due = services.mempool.ownUnsent(since: before, now: now)
        guard !due.isEmpty else { return }
        services.peers.post(
            transactions: due.map(\.transaction.compact), to: services.deciderEndpoints)
    }
}
