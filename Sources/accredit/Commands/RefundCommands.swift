import Credentials
import Cryptography
import Encoding

/// `deposit approve|hold|release|retry`: an operator's orders about one refund, and `deposit
/// report`: all deposits paid to an auditor.
enum RefundCommands {
    static let all = [approve, hold, release, retry, report]

    private static let id = Argument("ID", "the deposit's id, as deposit list shows it")
    private static let auditor = Option.value(
        "auditor", "ISSUER", "the auditor whose deposits are told")
    private static let why = Option.value("reason", "TEXT", "why; kept in the auditor's log")
    private static let csv = Option.flag("csv", "print comma-separated values for a spreadsheet")

    static let approve = Command(
        path: ["deposit", "approve"],
        summary: "Approve a refund that needs operators' approval",
        discussion: """
            Amount and payer are read from the ledger node (--node) and stand in what is signed: an
            auditor whose store says otherwise refuses. Nobody's approval counts twice.
            """,
        arguments: [id], options: [.node] + Option.operation,
        examples: [
            .init(
                "accredit deposit approve 3f5a… --auditor https://a1.example --key ops1",
                "the first of two"),
            .init(
                "accredit deposit approve 3f5a… --auditor https://a1.example --key ops1 --dry-run",
                "what would be signed"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
            let deposit = try await invocation.ledger().service.get("/v1/deposits/\(id.text)")
            guard let amount = deposit["amount"], let payer = deposit["payer"] else {
                throw Failure(
                    .remote, "server.format", "the ledger node does not tell who paid \(id.text)")
            }
            try await order(
                "refund.approve", ["deposit": JSON(id.text), "amount": amount, "payer": payer],
                invocation)
        })

    static let hold = Command(
        path: ["deposit", "hold"],
        summary: "Keep a deposit from going back until it is released",
        discussion: """
            For deposits of nodes that were proven to have signed two blocks of one height, and
            whatever else has to be settled first. Works before the deposit is due.
            """,
        arguments: [id], options: [why] + Option.operation,
        examples: [
            .init(
                "accredit deposit hold 3f5a… --reason equivocation"
                    + " --auditor https://a1.example --key ops1", "until release"),
            .init(
                "accredit deposit hold 3f5a… --reason lawsuit --auditor https://a1.example"
                    + " --key ops1 --dry-run", "what would be signed"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
            let reason = try invocation.required(why)
            try await order(
                "refund.hold", ["deposit": JSON(id.text), "reason": JSON(reason)], invocation)
        })

    static let release = Command(
        path: ["deposit", "release"],
        summary: "End what deposit hold began",
        arguments: [id], options: Option.operation,
        examples: [
            .init(
                "accredit deposit release 3f5a… --auditor https://a1.example --key ops1",
                "it goes back once it is due"),
            .init(
                "accredit deposit release 3f5a… --auditor https://a1.example --key ops1 --dry-run",
                "what would be signed"),
        ],
        run: { try await order("refund.release", try deposit($0), $0) })

    static let retry = Command(
        path: ["deposit", "retry"],
        summary: "Look again at a refund that the ledger refused",
        arguments: [id], options: Option.operation,
        examples: [
            .init(
                "accredit deposit retry 3f5a… --auditor https://a1.example --key ops1",
                "after the cause is mended"),
            .init(
                "accredit deposit retry 3f5a… --auditor https://a1.example --key ops1 --dry-run",
                "what would be signed"),
        ],
        run: { try await order("refund.retry", try deposit($0), $0) })

    static let report = Command(
        path: ["deposit", "report"],
        summary: "Tell every deposit paid to an auditor, and what became of it",
        discussion: """
            The ledger node tells the deposits. On the auditor's own machine the auditor adds why a
            refund waits, who approved it and who holds it back.
            """,
        options: [auditor, csv] + Option.ledger,
        examples: [
            .init("accredit deposit report --auditor https://a1.example", "a table"),
            .init(
                "accredit deposit report --auditor https://a1.example --csv > deposits.csv",
                "for a spreadsheet"),
        ],
        run: { invocation in
            let report = try await DepositReport.collect(
                invocation, auditor: try invocation.required(auditor))
            if let trouble = report.trouble { invocation.console.message(trouble) }
            if invocation.flag(csv) {
                invocation.console.line(report.commaSeparated)
                return
            }
            invocation.console.result(report.json) { invocation.console.table(report.table) }
        })

    private static func deposit(_ invocation: Invocation) throws -> JSON {
        let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
        return ["deposit": JSON(id.text)]
    }

    private static func order(
        _ name: String, _ arguments: JSON, _ invocation: Invocation
    ) async throws {
        guard let result = try await invocation.order(name, arguments) else { return }
        invocation.console.result(result) {
            Table.pairs((result.objectValue?.members ?? []).map { ($0.name, $0.value.plain ?? "") })
        }
    }
}
