import Cryptography
import Encoding
import Ledger
import Storage

/// Deposits that auditors send back by themselves, once nothing rests on them any more.
extension DemoStory {
    /// Waits until every deposit of a node is back with the account that paid it, and tells it.
    mutating func awaitRefunds(of node: String) async throws {
        for deposit in deposits where deposit.node == node {
            teller.step("waiting for \(deposit.auditor) to refund \(node)")
            let outcome = try await refundByItself(deposit)
            guard outcome.isApplied else { throw Invocation.refusal(outcome) }
            refunds.append(DemoRefund(deposit: deposit, outcome: outcome))
            teller.say(
                "\(deposit.auditor) refunds \(deposit.amount) to \(deposit.payer) "
                    + "(block \(outcome.height ?? 0)).")
        }
    }

    /// The transaction with which an auditor's own worker sent a deposit back.
    private func refundByItself(_ deposit: DemoDeposit) async throws -> TransactionOutcome {
        let auditor = Service(
            noun: "the auditor", base: try auditor(deposit.auditor).place.url, http: ledger.http)
        let end = SystemClock.monotonicMilliseconds() + DemoLedger.timeoutMilliseconds
        while SystemClock.monotonicMilliseconds() < end {
            if let id = try await sent(deposit, by: auditor) {
                return try await ledger.first.outcome(of: id)
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw Failure(
            .remote, "demo.no-refund",
            "\(deposit.auditor) has not refunded deposit \(deposit.id) in "
                + "\(DemoLedger.timeoutMilliseconds / 1000) s",
            fix: "see GET /v1/refunds and /v1/outbox of the auditor; --data FOLDER keeps its log")
    }

    /// The id of the refund's transaction once the auditor knows it to be in a block.
    @inline(never)
    private func sent(
        _ deposit: DemoDeposit, by auditor: Service
    ) async throws -> String? {
        let outbox = try await auditor.get("/v1/outbox")
        let entry = outbox["entries"]?.arrayValue?.first {
            $0["key"]?.stringValue == "refund:\(deposit.id)"
        }
        guard entry?["height"] != nil else { return nil }
        return entry?["transaction"]?.stringValue
    }
}
