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
        if let refused = try take([verified], isOwn: isOwn).first { throw refused.problem }
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
        for (place, problem) in try take(verified, isOwn: isOwn) {
            results[place] = .failure(problem)
        }
        return results
    }

    /// Takes transactions whose signatures were verified here; the ledger is read once for all.
    /// - Returns: why those were refused that were, by their places.
    private func take(
        _ all: [VerifiedTransaction], isOwn: Bool
    ) throws -> [(place: Int, problem: Problem)] {
        var refused: [(place: Int, problem: Problem)] = []
        let new = services.mempool.placesOfNew(all)
        var admitted: [(place: Int, isEarly: Bool)] = []
        for (place, inclusion) in zip(new, try inclusions(of: new.map { all[$0] })) {
            switch try admit(all[place], inclusion) {
            case .success(let isEarly?): admitted.append((place, isEarly))
            case .success(nil): break
            case .failure(let problem): refused.append((place, problem))
            }
        }
        let inserted = services.mempool.insert(
            admitted.map { (all[$0.place], $0.isEarly) }, isOwn: isOwn, at: services.now())
        var taken: [VerifiedTransaction] = []
        var early: [VerifiedTransaction] = []
        for ((place, isEarly), result) in zip(admitted, inserted) {
            switch result {
            case .success(true):
                taken.append(all[place])
                if isEarly { early.append(all[place]) }
            case .success(false): break
            case .failure(let refusal): refused.append((place, problem(refusal)))
            }
        }
        // The number before may have been committed since the ledger was asked, and then no block
        // to come lets this one go.
        for (verified, inclusion) in zip(early, try inclusions(of: early)) {
            if case .includable = inclusion { services.mempool.unpark(verified.transaction) }
        }
        if !taken.isEmpty { services.inbox.noteTransaction() }
        if isOwn, !taken.isEmpty {
            services.peers.post(
                transactions: taken.map(\.transaction.compact), to: services.deciderEndpoints)
        }
        return refused.sorted { $0.place < $1.place }
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

    private func inclusions(of verified: [VerifiedTransaction]) throws -> [Inclusion] {
        guard !verified.isEmpty else { return [] }
        let now = services.now()
        return try services.chain.readRecords { state in
            state.check(verified, at: max(now, state.tip.time.adding(milliseconds: 1)))
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
