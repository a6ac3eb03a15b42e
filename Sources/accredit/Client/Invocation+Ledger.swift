import Cryptography
import Encoding
import Ledger
import Web

extension Invocation {
    /// A client that trusts the authorities of the settings.
    func http() throws -> HTTPClient {
        HTTPClient(trust: TrustAnchors(path: try required(.authority)))
    }

    func ledger() throws -> LedgerClient {
        LedgerClient(node: try required(.node), http: try http())
    }

    /// The network's name: told, or asked from the node.
    func network(_ ledger: LedgerClient) async throws -> String {
        if let name = try text(.network) { return name }
        return try await ledger.network()
    }

    /// Carries one transaction through: next number, signature, sending, waiting, outcome.
    /// `--dry-run` stops before the signature and prints the bytes that would be signed.
    func transact(_ body: TransactionBody) async throws {
        let ledger = try ledger()
        if flag(.dryRun) { return try await showDraft(body, ledger) }
        let signer = try signer()
        let network = try await network(ledger)
        if flag(.noWait) {
            let transaction = try await ledger.send(
                body, by: signer, network: network, timeoutMilliseconds: try timeoutMilliseconds)
            let id = transaction.id.text
            console.result(["id": .string(id), "state": "pending"]) { id }
            return
        }
        let progress = Progress(console)
        defer { progress.finish() }
        let outcome = try await ledger.commit(
            body, by: signer, network: network, timeoutMilliseconds: try timeoutMilliseconds,
            progress: { progress.step($0) })
        progress.finish()
        guard outcome.isApplied else { throw Self.refusal(outcome) }
        console.result(outcome.json) { outcome.table }
    }

    /// A transaction that stands in a block and was refused there by the ledger's rules.
    static func refusal(_ outcome: TransactionOutcome) -> Failure {
        let detail = outcome.detail.flatMap { $0.isEmpty ? nil : $0 }
        return Failure(
            .failure, outcome.code,
            "the ledger refused the transaction: \(outcome.code ?? "")", why: detail,
            members: [("transaction", outcome.json)])
    }

    private func showDraft(_ body: TransactionBody, _ ledger: LedgerClient) async throws {
        let sender = try did()
        try showDraft(
            try await ledger.draft(body, from: sender, network: try await network(ledger)),
            by: sender)
    }

    /// Prints what a signature would cover.
    func showDraft(_ draft: TransactionDraft, by sender: String) throws {
        console.message("not signed and not sent: this would be signed by \(sender)")
        console.result(
            [
                "typ": .string(Transaction.jwsType), "kid": .string(sender),
                "payload": draft.payload, "signed": .string(draft.payload.text),
            ]
        ) { Escaping.escapedJSON(draft.payload.text) }
    }

    /// A did:key given on the command line.
    static func identity(_ text: String, _ origin: String) throws(Failure) -> Identity {
        do {
            return try Identity(owner: text)
        } catch {
            throw .usage(
                "\(origin) is \"\(text)\"", code: "usage.bad-value", why: error.detail,
                fix: "accredit keys show NAME prints the did of a key")
        }
    }
}
