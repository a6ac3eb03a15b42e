import Cryptography
import Encoding
import Ledger

/// `account`: balances and voting rights.
enum AccountCommands {
    static let all = [show, transfer, enroll]

    private static let to = Option.value("to", "DID", "account that receives the amount")
    private static let amount = Option.value("amount", "AMOUNT", "how much; a whole number")
    private static let account = Argument("DID", "the account's did:key")
    private static let allowance = Option.value(
        "allowance", "VOTES", "how many votes the account may have cast at one time")

    static let show = Command(
        path: ["account", "show"],
        summary: "Show an account's balance, next number, allowance and votes",
        discussion: """
            With --gateway the gateway is asked: for the account of --key after a login, with the
            votes in flight; for a DID given, what it tells anybody.
            """,
        arguments: [Argument("DID", "the account; that of --key when absent", .optional)],
        options: Option.ledger + Option.signing + [.network, .gateway],
        examples: [
            .init("accredit account show --key alice", "my own account"),
            .init(
                "accredit account show --key alice --gateway https://votes.example",
                "what a gateway has of it, votes in flight included"),
            .init("accredit account show did:key:zDnae… --output json", "any account"),
        ],
        run: { invocation in
            let json =
                if let url = try invocation.text(.gateway) {
                    try await invocation.account(at: url)
                } else {
                    try await invocation.ledger().account(
                        try invocation.argument("DID") ?? invocation.did())
                }
            invocation.console.result(json) { describe(json, invocation.console) }
        })

    static let transfer = Command(
        path: ["account", "transfer"],
        summary: "Send an amount to another account",
        options: [to, amount] + Option.transaction,
        examples: [
            .init(
                "accredit account transfer --to did:key:zDnae… --amount 100 --key alice", "pay 100"),
            .init(
                "accredit account transfer --to did:key:zDnae… --amount 100 --key alice --dry-run",
                "see what would be signed"),
        ],
        run: { invocation in
            let receiver = try Invocation.identity(invocation.required(to), "--to")
            let value = try invocation.requiredPayment(amount)
            try await invocation.transact(.transfer(to: receiver, amount: value))
        })

    static let enroll = Command(
        path: ["account", "enroll"],
        summary: "Give an account votes to cast; the registrar signs",
        arguments: [account],
        options: [allowance] + Option.transaction,
        examples: [
            .init(
                "accredit account enroll did:key:zDnae… --allowance 10 --key registrar", "ten votes"
            ),
            .init(
                "accredit account enroll did:key:zDnae… --allowance 0 --key registrar", "none left"),
        ],
        run: { invocation in
            let voter = try Invocation.identity(
                invocation.requiredArgument("DID"), "DID")
            _ = try invocation.required(allowance)
            let votes = try invocation.integer(allowance, in: 0...1_000_000_000) ?? 0
            try await invocation.transact(
                .voterEnroll(account: voter, allowance: UInt64(votes)))
        })

    private static func describe(_ json: JSON, _ console: Console) -> String {
        let pairs = [
            "account", "balance", "sequence", "allowance", "cast", "inFlight", "remaining",
            "nextSequence", "height",
        ].compactMap { name in json[name]?.plain.map { (name, $0) } }
        let votes = json["votes"]?.arrayValue ?? []
        guard !votes.isEmpty else { return Table.pairs(pairs) }
        return Table.pairs(pairs) + "\n\n" + console.table(.columns(votes, ["candidate", "votes"]))
    }
}
