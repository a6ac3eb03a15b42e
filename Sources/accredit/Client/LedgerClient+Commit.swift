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

    /// Hands a transaction over and waits until it stands in a block.
    /// - Throws: an `unknown` failure when it was sent and nothing is known of it in time: it may
    ///   still be committed until its `notAfter`.
    func commit(
        _ transaction: Transaction, timeoutMilliseconds: Int64,
        progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> TransactionOutcome {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        let id = transaction.id.text
        progress("sending transaction \(id)")
        try await hand(over: transaction)
        while true {
            let left = end - SystemClock.monotonicMilliseconds()
            guard left > 0 else {
                throw unknown(id, "it was not in a block after \(timeoutMilliseconds / 1000) s")
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
