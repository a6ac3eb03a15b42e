import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import Storage

/// `receipt`: the proof that a transaction is in a block, fetched, and verified without any server.
enum ReceiptCommands {
    static let all = [get, verify]

    private static let before = Option.value(
        "before", "TIME", "also prove whether it counts at this time, e.g. 2026-11-21T12:00:00Z")

    static let get = Command(
        path: ["receipt", "get"],
        summary: "Fetch the receipt of a transaction",
        discussion: """
            The receipt is one file that proves, with the genesis file alone, that the transaction
            and its result are in a block the representatives agreed on.
            """,
        arguments: [Argument("ID", "the transaction's id")],
        options: [before, .out] + Option.ledger,
        examples: [
            .init("accredit receipt get 3f5a… --out vote.receipt", "into a file"),
            .init(
                "accredit receipt get 3f5a… --before 2026-11-21T12:00:00Z",
                "with the proof whether it counts at that time"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID").text
            var path = "/v1/transactions/\(id)/receipt"
            if let time = try invocation.cutoff(before) {
                path += "?before=\(Service.escaped(time.rfc3339))"
            }
            let json = try await invocation.ledger().service.get(path)
            try invocation.writeOut(json.text)
        })

    static let verify = Command(
        path: ["receipt", "verify"],
        summary: "Verify a receipt with the genesis file alone",
        discussion: """
            Asks no server. Follows the hand-overs from the representatives of genesis to those of
            the block, then certificate, inclusion and signature. Exits 6 when anything is off.
            """,
        arguments: [Argument("FILE", "the receipt; - for standard input")],
        options: [.genesis],
        examples: [
            .init("accredit receipt verify vote.receipt --genesis genesis.json", "yes or no"),
            .init(
                "accredit receipt verify - --genesis genesis.json --output json",
                "for a program"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let bytes = try InputFile.read(
                path, maximumByteCount: Limits.proofByteCountMaximum)
            let genesis = try invocation.genesis()
            var checks = Checks()
            var members = JSONObject([])
            do throws(ProofError) {
                let verified = try Receipt(ProofFile.parse(bytes)).verify(genesis: genesis)
                describe(verified, &checks, &members)
            } catch {
                checks.add(error.code.rawValue, false, error.detail)
            }
            try checks.report("receipt", members, invocation.console)
        })

    private static func describe(
        _ verified: VerifiedReceipt, _ checks: inout Checks, _ members: inout JSONObject
    ) {
        let receipt = verified.receipt
        let header = receipt.header
        members = JSONObject([
            ("network", .string(receipt.file.network)),
            ("transaction", .string(receipt.transaction.id.text)),
            ("type", .string(receipt.transaction.body.type)),
            ("sender", .string(receipt.transaction.sender.text)),
            ("height", JSON(header.height)), ("time", .string(header.time.rfc3339)),
            ("code", .string(receipt.code)),
        ])
        checks.add("hand-overs", true, "\(receipt.file.handovers.count) since genesis")
        checks.add(
            "block", true,
            "\(header.height) of \(header.time.rfc3339), certified by "
                + "\(receipt.certificate.signers.count) representatives")
        checks.add(
            "transaction", true,
            "\(receipt.transaction.id.text), a \(receipt.transaction.body.type) of "
                + receipt.transaction.sender.text)
        checks.add("result", true, receipt.code)
        guard let counted = verified.counted, let cutoff = receipt.cutoff else { return }
        members["before"] = .string(cutoff.before.rfc3339)
        members["counted"] = .string(counted.rawValue)
        let words =
            switch counted {
            case .yes: "yes: block \(header.height) is before \(cutoff.before.rfc3339)"
            case .no:
                "no: it was refused, or block \(header.height) is not before "
                    + cutoff.before.rfc3339
            case .provisional:
                "provisional: no block of \(cutoff.before.rfc3339) or later was there yet"
            }
        checks.add("counted", true, words)
    }
}

extension Option {
    static let genesis = Option.path("genesis", "the network's genesis file, all that is trusted")
}

extension Invocation {
    /// The genesis file that `--genesis` names.
    func genesis() throws -> Genesis {
        try InputFile.parse(
            try required(.genesis), as: "the genesis file of a network",
            maximumByteCount: Limits.genesisByteCountMaximum
        ) { try Genesis(bytes: $0) }
    }

    /// The time an option gives; nil when it is absent.
    func cutoff(_ option: Option) throws(Failure) -> Instant? {
        guard let text = try text(option) else { return nil }
        do { return try Instant(rfc3339: text) } catch {
            throw .usage(
                "--\(option.name) is \"\(text)\"", code: "usage.bad-value", why: error.detail,
                fix: "write 2026-11-21T12:00:00Z")
        }
    }
}
