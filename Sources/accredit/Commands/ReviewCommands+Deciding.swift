import Auditing
import Credentials
import Cryptography
import Encoding
import Storage

/// Decisions: signed here and handed in, or signed on a machine that has no network.
extension ReviewCommands {
    private static let deciding: [Option] =
        [
            Invocation.reason, Invocation.role, Invocation.validFor, Invocation.creditSources,
            Invocation.anyway, .dryRun, .node,
        ] + remote

    static let approve = decision(
        .approve, "Approve an application, signed with your key", "papers-seen")
    static let deny = decision(
        .deny, "Deny an application, which ends its case", "not-reached")
    static let comment = decision(
        .comment, "Leave a signed comment on a case", "asked-for-the-lease")

    private static func decision(
        _ kind: ReviewDecision.Kind, _ summary: String, _ reason: String
    ) -> Command {
        Command(
            path: ["review", kind.rawValue],
            summary: summary,
            discussion: """
                Fetches the case, checks it as review show does, prints the exact bytes, signs them
                and hands them in. An approval is not signed while a check fails.
                """,
            arguments: [identifier], options: deciding,
            examples: [
                .init(
                    "accredit review \(kind.rawValue) 3f5a… --auditor https://a3.example"
                        + " --key rita --reason \(reason)", "sign and hand in"),
                .init(
                    "accredit review \(kind.rawValue) 3f5a… --auditor https://a3.example"
                        + " --key rita --reason \(reason) --dry-run", "see the bytes first"),
            ],
            run: { try await decide(kind, $0) })
    }

    private static func decide(
        _ kind: ReviewDecision.Kind, _ invocation: Invocation
    ) async throws {
        let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
        _ = try invocation.required(.key)
        let (client, signer) = try await invocation.reviews()
        guard let signer else { return }
        let answer: JSON?
        do {
            answer = try await handIn(kind, id, client, signer, invocation)
        } catch {
            await client.logOut()
            throw error
        }
        await client.logOut()
        guard let answer else { return }
        invocation.console.result(answer) {
            Table.members(answer, ["application", "decision", "state", "outcome"])
        }
    }

    private static func handIn(
        _ kind: ReviewDecision.Kind, _ id: Digest, _ client: ReviewClient, _ signer: Signer,
        _ invocation: Invocation
    ) async throws -> JSON? {
        let report = try await invocation.report(try await client.dossier(id))
        try check(report, id)
        let draft = try invocation.draft(kind, by: signer.did, report)
        if invocation.flag(.dryRun) {
            invocation.console.message("not signed: this would be signed by \(signer.did)")
            invocation.console.line(Escaping.escapedJSON(draft.json.text))
            return nil
        }
        let decision = try invocation.sign(draft, signer, report)
        return try await client.handIn(decision)
    }

    /// The auditor has to have told of the case that was asked for.
    private static func check(_ report: ReviewReport, _ id: Digest) throws(Failure) {
        guard report.review.application.digest == id else {
            throw Failure(
                .verification, "review.case", "the auditor told of another application",
                why: "asked for \(id.text), told of \(report.review.application.digest.text)")
        }
    }

    static let export = Command(
        path: ["review", "export"],
        summary: "Write a case to a file, for a machine without a network",
        discussion: "review show and review sign read the file; nothing in it is secret from you.",
        arguments: [identifier], options: [.out] + remote,
        examples: [
            .init(
                "accredit review export 3f5a… --auditor https://a3.example --key rita"
                    + " --out case.json", "to carry away"),
            .init(
                "accredit review export 3f5a… --auditor https://127.0.0.1:7003 --out case.json",
                "on the auditor's own machine"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID")
            let (client, _) = try await invocation.reviews()
            let dossier = try await client.dossier(id)
            await client.logOut()
            try invocation.writeOut(dossier.json.text)
        })

    private static let kind = Option.value(
        "decision", "WORD", "what you decide",
        choices: ReviewDecision.Kind.allCases.map(\.rawValue))

    static let sign = Command(
        path: ["review", "sign"],
        summary: "Sign a decision on a carried case; no network is used",
        discussion: """
            Checks the case as review show does and refuses to sign what the auditor would refuse:
            a case that is altered, over or decided, and one of your own application. The decision
            goes to --out, for review import on a machine with a network.
            """,
        arguments: [Argument("CASE", "a file of review export")],
        options: [
            kind, Invocation.reason, Invocation.role, Invocation.validFor,
            Invocation.creditSources, Invocation.anyway, .dryRun, .out,
        ] + Option.signing,
        examples: [
            .init(
                "accredit review sign case.json --decision approve --reason papers-seen"
                    + " --key rita --out decision.jws", "sign and carry back"),
            .init(
                "accredit review sign case.json --decision deny --reason papers-forged"
                    + " --key rita --dry-run", "see the bytes first"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let word = try invocation.required(kind)
            guard let kind = ReviewDecision.Kind(rawValue: word),
                let dossier = try invocation.caseFile()
            else {
                throw Failure.usage(
                    "CASE has to be a file", code: "usage.bad-value",
                    fix: "accredit review export ID --out case.json writes one")
            }
            let report = try await invocation.report(dossier, isOffline: true)
            let did = try invocation.did()
            let draft = try invocation.draft(kind, by: did, report)
            if invocation.flag(.dryRun) {
                invocation.console.message("not signed: this would be signed by \(did)")
                return invocation.console.line(Escaping.escapedJSON(draft.json.text))
            }
            let decision = try invocation.sign(draft, try invocation.signer(), report)
            try invocation.writeOut(decision.jws.compact)
        })

    /// The verb is `import`, which is a word of the language.
    static let bring = Command(
        path: ["review", "import"],
        summary: "Hand in a decision that was signed elsewhere",
        discussion: """
            The decision carries its reviewer's signature, so no key is needed. One that was handed
            in before, was altered, is over or belongs to another auditor is refused.
            """,
        arguments: [Argument("FILE", "a decision of review sign; - for standard input")],
        options: [.auditor, .authority],
        examples: [
            .init(
                "accredit review import decision.jws --auditor https://a3.example", "hand it in"),
            .init(
                "cat decision.jws | accredit review import - --auditor https://a3.example",
                "from standard input"),
        ],
        run: { invocation in
            let decision = try InputFile.parseText(
                try invocation.requiredArgument("FILE"), as: "a signed decision"
            ) { try ReviewDecision.verify($0) }
            let client = ReviewClient(
                auditor: try invocation.required(.auditor), http: try invocation.http())
            guard decision.draft.issuer.hasSameBytes(as: client.service.base) else {
                throw ReviewRefusal(
                    .foreign,
                    "it is signed for \(decision.draft.issuer), not for "
                        + client.service.base)
            }
            let answer = try await client.handIn(decision)
            invocation.console.result(answer) {
                Table.members(answer, ["application", "decision", "state", "outcome"])
            }
        })
}
