import Credentials
import Cryptography
import Encoding
import Ledger
import Storage

/// `auditor-set`: who judges nodes on a network, and how its auditors change that.
enum AuditorSetCommands {
    static let all = [show, propose, sign, submit]

    private static let proposal = Argument("PROPOSAL", "the file that propose wrote")
    private static let set = Option.path(
        "set", "the whole next set, edited by hand; its version is that after the one in force")
    private static let threshold = Option.value(
        "threshold", "COUNT", "consents needed, from distinct auditors")
    private static let operators = Option.value(
        "operators", "COUNT", "distinct operators needed behind them")
    private static let add = Option.value(
        "add", "FILE", "an auditor more: {issuer, name, operator, account, keys}", repeats: true)
    private static let remove = Option.value(
        "remove", "ISSUER", "an auditor less", repeats: true)
    private static let compromised = Option.value(
        "compromised", "KID=HEIGHT",
        "the key is in other hands since this block: what the ledger saw later does not count",
        repeats: true)

    static let show = Command(
        path: ["auditor-set", "show"],
        summary: "Show the auditors of a network, their keys and the quorum",
        discussion: """
            With --output json and --out FILE it is the document that propose --set takes when it
            is edited. GET /v1/auditor-set/changes has the versions before.
            """,
        options: [.out] + Option.ledger,
        examples: [
            .init("accredit auditor-set show", "who judges nodes now"),
            .init("accredit auditor-set show --out set.json", "the document, to be edited"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let set = try await invocation.ledger().auditorSet()
            if try invocation.text(.out) != nil {
                return try invocation.writeOut(set.json.text)
            }
            invocation.console.result(set.json) { describe(set, invocation.console) }
        })

    static let propose = Command(
        path: ["auditor-set", "propose"],
        summary: "Write a new auditor set for the auditors to sign",
        discussion: """
            The set in force with the changes that are given, or the document of --set. It is
            checked as the ledger checks it. The file holds both sets, so that signing needs no
            server; another change of the set that comes first makes it void. An auditor that only
            changes its own key needs nobody's agreement: auditor.rotate does that.
            """,
        options: [set, threshold, operators, add, remove, compromised, .out] + Option.ledger,
        examples: [
            .init(
                "accredit auditor-set propose --compromised https://a1.example#KEY=8120"
                    + " --out change.json", "a stolen key"),
            .init(
                "accredit auditor-set propose --add a4.json --threshold 3 --out change.json",
                "one auditor more, and a quorum of three"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let proposal = try AuditorSetProposal(over: try await invocation.ledger().auditorSet())
            {
                try change(&$0, invocation)
            }
            invocation.console.message(proposal.description)
            try invocation.writeOut(proposal.json.text)
        })

    static let sign = Command(
        path: ["auditor-set", "sign"],
        summary: "Agree to a new auditor set with an auditor's signing key",
        discussion: """
            Asks no server, so that the key may stay on a machine without a network. Prints what is
            agreed to; the signature holds for exactly that set and that version.
            """,
        arguments: [proposal],
        options: [.out] + Option.signing,
        examples: [
            .init(
                "accredit auditor-set sign change.json --key a1.pem --out a1.signature", "agree"),
            .init("accredit auditor-set sign change.json --key a1.pem", "printed"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let proposal = try AuditorSetProposal(file: invocation.requiredArgument("PROPOSAL"))
            let signer = try invocation.signer()
            let issuer = try proposal.issuer(of: signer.key.publicKey)
            invocation.console.message("\(issuer) agrees to this:")
            invocation.console.message(proposal.description)
            let signature = try AuditorSetSignature.sign(
                proposal.next, issuer: issuer, key: signer.key)
            try invocation.writeOut(signature.jws.compact)
        })

    static let submit = Command(
        path: ["auditor-set", "submit"],
        summary: "Send a new auditor set with the signatures of the auditors",
        discussion: """
            Any account may send it. A quorum of the set in force and a quorum of the new one have
            to have signed, each with a key that is in its window; the signatures are verified here
            first. The set holds from the block after the one it stands in.
            """,
        arguments: [proposal, Argument("SIGNATURE", "the files that sign wrote", .many)],
        options: Option.transaction,
        examples: [
            .init(
                "accredit auditor-set submit change.json a1.signature a2.signature --key alice",
                "and wait for the result"),
            .init(
                "accredit auditor-set submit change.json a1.signature --key alice --dry-run",
                "what would be signed"),
        ],
        run: { invocation in
            let proposal = try AuditorSetProposal(file: invocation.requiredArgument("PROPOSAL"))
            let signatures = try signatures(invocation.arguments("SIGNATURE"), of: proposal)
            let current = try await invocation.ledger().auditorSet()
            try check(proposal, signatures, over: current)
            try await invocation.transact(
                .auditorSetUpdate(
                    AuditorSetUpdate(set: proposal.next, signatures: signatures)))
        })
}

extension AuditorSetCommands {
    private static func change(_ members: inout JSONObject, _ invocation: Invocation) throws {
        if let path = try invocation.text(set) {
            guard let document = try InputFile.json(path).objectValue else {
                throw Failure(.failure, "auditor-set.document", "\(path) is no auditor set")
            }
            members = document
        }
        for option in [threshold, operators] {
            guard let text = try invocation.text(option) else { continue }
            guard let count = Int(text) else {
                throw Failure.usage(
                    "--\(option.name) is a number, not \"\(text)\"", code: "usage.bad-value",
                    fix: "write --\(option.name) 2")
            }
            members[option.name] = JSON(count)
        }
        var auditors = members["auditors"]?.arrayValue ?? []
        for issuer in invocation.all(remove) {
            let count = auditors.count
            auditors.removeAll { $0["issuer"]?.stringValue?.hasSameBytes(as: issuer) == true }
            guard auditors.count < count else {
                throw Failure.usage(
                    "no auditor has the issuer \"\(issuer)\"", code: "usage.bad-value",
                    fix: "accredit auditor-set show lists them")
            }
        }
        for path in invocation.all(add) { auditors.append(try InputFile.json(path)) }
        for text in invocation.all(compromised) { try mark(text, in: &auditors) }
        members["auditors"] = .array(auditors)
    }

    /// - Parameter text: `KID=HEIGHT`.
    private static func mark(_ text: String, in auditors: inout [JSON]) throws {
        guard let equals = text.lastIndex(of: "="),
            let height = UInt64(text[text.index(after: equals)...]),
            let hash = text[..<equals].firstIndex(of: "#")
        else {
            throw Failure.usage(
                "\"\(text)\" is not KID=HEIGHT", code: "usage.bad-value",
                why: "a kid is the auditor's address, #, and the key's thumbprint",
                fix: "write --compromised https://a1.example#THUMBPRINT=8120")
        }
        let issuer = String(text[..<hash])
        let thumbprint = text[text.index(after: hash)..<equals]
        for index in auditors.indices
        where auditors[index]["issuer"]?.stringValue?.hasSameBytes(as: issuer) == true {
            guard var auditor = auditors[index].objectValue else { continue }
            var keys = auditor["keys"]?.arrayValue ?? []
            for place in keys.indices {
                guard var key = keys[place].objectValue, let jwk = key["jwk"],
                    try PublicKey(jwk: jwk).thumbprint.utf8.elementsEqual(thumbprint.utf8)
                else { continue }
                key["compromisedSince"] = JSON(height)
                keys[place] = .object(key)
                auditor["keys"] = .array(keys)
                auditors[index] = .object(auditor)
                return
            }
        }
        throw Failure.usage(
            "no auditor has the key \"\(text[..<equals])\"", code: "usage.bad-value",
            fix: "accredit auditor-set show lists them")
    }

    private static func signatures(
        _ files: [String], of proposal: AuditorSetProposal
    ) throws -> [String] {
        var signatures: [AuditorSetSignature] = []
        for file in files {
            let text = try InputFile.text(file)
            do throws(CredentialError) {
                let signature = try AuditorSetSignature(text, of: proposal.next)
                if !signatures.contains(where: { $0.keyID.hasSameBytes(as: signature.keyID) }) {
                    signatures.append(signature)
                }
            } catch {
                throw Failure(
                    .verification, "auditor-set.signature",
                    "\(file) is no signature over this set", why: error.detail,
                    fix: "have it signed again: accredit auditor-set sign PROPOSAL --key KEY")
            }
        }
        return signatures.map(\.jws.compact)
    }

    /// Tells before anything is sent why the ledger would refuse the change.
    private static func check(
        _ proposal: AuditorSetProposal, _ signatures: [String], over current: AuditorSet
    ) throws {
        guard current == proposal.current else {
            throw Failure(
                .conflict, ResultCode.auditorSetVersion.rawValue,
                "the proposal replaces version \(proposal.current.version) of the auditor set of "
                    + proposal.current.network,
                why: "version \(current.version) of \(current.network) is in force",
                fix: "propose it again and have it signed again")
        }
        do {
            try current.checkUpdate(
                to: proposal.next, signatures: signatures, at: SystemClock.now())
        } catch {
            throw Failure(
                .verification, ResultCode.approvalsNotMet.rawValue,
                "the signatures are not enough", why: error.detail,
                fix: "have more auditors sign: accredit auditor-set sign PROPOSAL --key KEY")
        }
    }

    private static func describe(_ set: AuditorSet, _ console: Console) -> String {
        var rows: [[String]] = []
        for auditor in set.auditors {
            for key in auditor.keys {
                rows.append([
                    auditor.issuer, auditor.operatorName, key.thumbprint, key.window.from.rfc3339,
                    key.window.until.rfc3339, key.compromisedSince.map { "block \($0)" } ?? "",
                ])
            }
        }
        return Table.pairs([
            ("network", set.network), ("version", String(set.version)),
            ("threshold", "\(set.threshold) of \(set.auditors.count)"),
            ("operators", String(set.operators)), ("digest", set.digest.text),
        ]) + "\n\n"
            + console.table(
                Table(["ISSUER", "OPERATOR", "KEY", "FROM", "UNTIL", "LOST SINCE"], rows))
    }
}

extension LedgerClient {
    /// The auditor set in force.
    func auditorSet() async throws -> AuditorSet {
        try AuditorSet(json: try await service.get("/v1/auditor-set"))
    }
}
