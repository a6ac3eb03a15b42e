import Cryptography
import Encoding
import Ledger
import Storage

extension LedgerClient {
    /// A transaction of the account's next number, ready to be signed.
    func draft(
        _ body: TransactionBody, from did: String, network: String
    ) async throws(Failure) -> TransactionDraft {
        let now = SystemClock.now()
        return TransactionDraft(
            network: network, sequence: try await nextSequence(of: did),
            notAfter: Instant(seconds: now.seconds + Limits.transactionSeconds), body: body)
    }

    /// Signs a transaction of the account's next number.
    func sign(
        _ body: TransactionBody, by signer: Signer, network: String
    ) async throws -> Transaction {
        try await draft(body, from: signer.did, network: network).sign(signer.key)
    }

    /// Signs a transaction of the account's next number and hands it over. Where another program
    /// that signs for the account took that number meanwhile, it is signed with the one after.
    func send(
        _ body: TransactionBody, by signer: Signer, network: String, timeoutMilliseconds: Int64,
        progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> Transaction {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        while true {
            let transaction = try await sign(body, by: signer, network: network)
            progress("sending transaction \(transaction.id.text)")
            do throws(Failure) {
                try await hand(over: transaction)
                return transaction
            } catch {
                // Refused by the only node that has seen it: it is in no block and never will be.
                let isNumberTaken = ["sequence-taken", "sequence-used"].contains(error.code)
                let left = end - SystemClock.monotonicMilliseconds()
                guard isNumberTaken, left > Limits.retryMilliseconds else { throw error }
            }
            progress("its number was taken by another transaction of the account")
            try await Task.sleep(for: .milliseconds(Limits.retryMilliseconds / 4))
        }
    }

    /// Sends a transaction and waits until it stands in a block.
    /// - Throws: an `unknown` failure when it was sent and nothing is known of it in time: it may
    ///   still be committed until its `notAfter`.
    func commit(
        _ body: TransactionBody, by signer: Signer, network: String, timeoutMilliseconds: Int64,
        progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> TransactionOutcome {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        let transaction = try await send(
            body, by: signer, network: network, timeoutMilliseconds: timeoutMilliseconds,
            progress: progress)
        return try await commit(
            transaction, timeoutMilliseconds: end - SystemClock.monotonicMilliseconds(),
            progress: progress)
    }

    /// Waits until a transaction stands in a block; a node that does not know it is given it.
    /// - Throws: as the other one.
    func commit(
        _ transaction: Transaction, timeoutMilliseconds: Int64,
        progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> TransactionOutcome {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        let id = transaction.id.text
        while true {
            let left = end - SystemClock.monotonicMilliseconds()
            guard left > 0 else {
                throw unknown(id, "it was not in a block in time")
            }
            progress("waiting for transaction \(id) to be in a block")
            do throws(Failure) {
                let outcome = try await outcome(of: id, wait: min(left, Limits.pollMilliseconds))
                switch outcome.state {
                case .committed: return outcome
                case .pending: break
                // The node was restarted, or had no room; sending the same bytes is harmless.
                case .unknown: try await hand(over: transaction)
                }
            } catch {
                guard error.exit == .remote || error.exit == .notFound else { throw error }
                guard end - SystemClock.monotonicMilliseconds() > Limits.retryMilliseconds else {
                    throw unknown(id, error.why ?? error.what)
                }
            }
            try await Task.sleep(for: .milliseconds(Limits.retryMilliseconds / 4))
        }
    }

    /// Sends; when the answer is lost nobody knows whether the node took it.
    private func hand(over transaction: Transaction) async throws(Failure) {
        do throws(Failure) {
            _ = try await submit(transaction)
        } catch {
            let sentNothing = ["web.connect", "web.tls", "web.address", "server.format"]
            guard error.exit == .remote, error.code.hasPrefix("web."),
                !sentNothing.contains(error.code)
            else { throw error }
            throw unknown(transaction.id.text, error.why ?? error.what)
        }
    }

    private func unknown(_ id: String, _ why: String) -> Failure {
        Failure(
            .remote, "transaction.unknown",
            "the outcome of transaction \(id) is not known",
            why: why + "; it may still be committed",
            fix: "accredit transaction show \(id) --node \(service.base)",
            members: [("transaction", .string(id))])
    }
}
