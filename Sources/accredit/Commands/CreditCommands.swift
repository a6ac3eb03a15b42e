import Credentials
import Cryptography
import Encoding
import Ledger
import Storage

/// `credit`: for credit sources that auditors trust.
enum CreditCommands {
    static let all = [sign]

    private static let source = Option.value(
        "source", "NAME", "the credit source's name, as auditors know it")
    private static let account = Option.value("account", "DID", "the account that is judged")
    private static let score = Option.value("score", "SCORE", "a whole number, 0 to 1000000")
    private static let validFor = Option.value(
        "valid-for", "TIME", "how long the statement holds", standard: "30d")

    static let sign = Command(
        path: ["credit", "sign"],
        summary: "Sign a statement on an account's credit",
        options: [source, account, score, validFor, .network, .out] + Option.signing,
        examples: [
            .init(
                "accredit credit sign --source bureau --account did:key:zDnae… --score 742"
                    + " --network demo --key bureau --out credit.jws", "a statement for 30 days"),
            .init(
                "accredit credit sign --source bureau --account did:key:zDnae… --score 742"
                    + " --valid-for 12h --network demo --key bureau", "for half a day, printed"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let source = try invocation.required(source)
            let subject = try Invocation.identity(invocation.required(account), "--account").text
            _ = try invocation.required(score)
            let value = try invocation.amount(score) ?? 0
            let network = try invocation.required(.network)
            let from = Instant(seconds: SystemClock.now().seconds)
            let length = try invocation.seconds(validFor, in: 1...34_560_000) ?? 0
            let validity = Validity(from: from, until: Instant(seconds: from.seconds + length))
            let statement = try CreditStatement.sign(
                source: source, account: subject, network: network, score: value,
                validity: validity, key: try invocation.signer().key)
            try invocation.writeOut(statement.jws.compact)
        })
}
