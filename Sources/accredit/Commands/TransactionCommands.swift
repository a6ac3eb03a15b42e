import Cryptography

/// `transaction`: what became of one.
enum TransactionCommands {
    static let all = [show]

    static let show = Command(
        path: ["transaction", "show"],
        summary: "Show what became of a transaction",
        discussion: """
            Exits 0 when it was applied, 1 when the ledger's rules refused it, 3 while it is not in
            a block, and 5 when the node has never seen it.
            """,
        arguments: [Argument("ID", "the transaction's id")],
        options: Option.ledger,
        examples: [
            .init("accredit transaction show 3f5a…", "is it in a block?"),
            .init("accredit transaction show 3f5a… --output json", "the same, for a program"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID").text
            let outcome = try await invocation.ledger().outcome(of: id)
            invocation.console.result(outcome.json) { outcome.table }
            switch outcome.state {
            case .committed:
                if !outcome.isApplied { throw Invocation.refusal(outcome) }
            case .pending:
                throw Failure(
                    .remote, "transaction.pending", "transaction \(id) is not in a block yet",
                    fix: "ask again in a moment")
            case .unknown:
                throw Failure(
                    .notFound, "transaction.unknown", "the node does not know transaction \(id)",
                    why: "it was never sent there, or its time ran out")
            }
        })
}
