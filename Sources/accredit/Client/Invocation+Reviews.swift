import Auditing
import Credentials
import Cryptography
import Encoding
import Policies
import Storage
import Web

extension Option {
    static let auditor = Option.setting("auditor", "URL", "auditor whose cases they are")
}

extension Invocation {
    static let dueWithin = Option.value(
        "due", "TIME", "only cases due within this time, e.g. 24h")
    static let creditSources = Option.path(
        "credit-sources", "your own list of credit sources, [{\"name\", \"jwk\"}], to check with")
    static let reason = Option.value("reason", "TEXT", "why; one line, shown to the applicant")
    static let role = Option.value("role", "NAME", "the role or step you act in")
    static let validFor = Option.value(
        "valid-for", "TIME", "how long the decision counts; as long as the policy allows if absent")
    static let anyway = Option.flag("anyway", "approve although something did not check out")

    /// The auditor's cases: with a session when `--key` is given, else as the auditor's own machine.
    func reviews() async throws -> (client: ReviewClient, signer: Signer?) {
        var client = ReviewClient(auditor: try required(.auditor), http: try http())
        guard try text(.key) != nil else { return (client, nil) }
        let signer = try signer()
        try await client.logIn(signer)
        return (client, signer)
    }

    /// A case from a file; nil when CASE names an id.
    func caseFile() throws -> ReviewDossier? {
        let name = try requiredArgument("CASE")
        if (try? Digest(hexadecimal: name)) != nil { return nil }
        return try ReviewDossier(
            json: try JSON.parse(
                InputFile.read(name, maximumByteCount: Limits.answerByteCountMaximum),
                limits: JSONLimits(byteCountMaximum: Limits.answerByteCountMaximum)))
    }

    func report(
        _ dossier: ReviewDossier, isOffline: Bool = false
    ) async throws -> ReviewReport {
        let zones = ZoneTable(ZoneFiles.read)
        var sources: [CreditSource]?
        if let path = try text(Self.creditSources) { sources = try Self.sources(path) }
        var further: [ReviewCheck] = []
        if !isOffline, let node = try text(.node) {
            further.append(try await depositCheck(dossier, node, zones))
        }
        return try ReviewReport(
            dossier, zones: zones, creditSources: sources, further: further)
    }

    private static func sources(_ path: String) throws -> [CreditSource] {
        try (JSON.parse(InputFile.read(path)).arrayValue ?? []).map { entry in
            var fields = try Fields(entry, path)
            return CreditSource(
                name: try fields.string("name"), key: try PublicKey(jwk: fields.json("jwk")))
        }
    }

    /// The deposit as a ledger node of the reviewer's own choice shows it.
    private func depositCheck(
        _ dossier: ReviewDossier, _ node: String, _ zones: ZoneTable
    ) async throws -> ReviewCheck {
        let review = try dossier.reviewCase(zones: zones)
        guard let stated = review.facts.evidence["deposit"], let id = stated["id"]?.stringValue
        else { return ReviewCheck("deposit", true, "no deposit was believed") }
        let client = LedgerClient(node: node, http: try http())
        let found = try await client.service.get("/v1/deposits/\(Service.escaped(id))")
        let differing = ["amount", "payer", "node", "auditor", "state"].filter { name in
            let told = stated[name == "payer" ? "account" : name]
            let text = told?.stringValue ?? told?.text
            return found[name]?.stringValue != text
        }
        let isHeld = found["state"]?.stringValue == "held"
        return ReviewCheck(
            "deposit", differing.isEmpty && isHeld,
            differing.isEmpty
                ? "\(node) shows the same deposit, \(found["state"]?.stringValue ?? "?")"
                : "\(node) shows another \(differing.joined(separator: ", "))")
    }

    /// The decision that is about to be signed, refused where the auditor would refuse it, or where
    /// something does not check out.
    func draft(
        _ kind: ReviewDecision.Kind, by did: String, _ report: ReviewReport
    ) throws -> ReviewDecision.Draft {
        let review = report.review
        let reason = try required(Self.reason)
        if kind == .approve, let fault = report.failed.first, !flag(Self.anyway) {
            throw Failure(
                .verification, "review.checks", "nothing is signed: \(fault.name) is not in order",
                why: report.failed.map { "\($0.name): \($0.detail)" }.joined(
                    separator: "\n       "),
                fix: "deny it or comment on it; --anyway signs nevertheless")
        }
        let most = review.rule.approvalExpiresAfterSeconds
        let seconds = try seconds(Self.validFor, in: 1...most) ?? most
        return report.draft(
            kind, role: try role(for: did, kind, report), reason: reason, seconds: seconds,
            at: SystemClock.now())
    }

    /// `--role`, or the only one that is open to the reviewer.
    private func role(
        for did: String, _ kind: ReviewDecision.Kind, _ report: ReviewReport
    ) throws -> String? {
        if let role = try text(Self.role) { return role }
        guard kind == .approve, let reviewer = report.review.reviewer(did) else { return nil }
        let open = report.review.openParts(
            for: reviewer, after: report.dossier.verifiedDecisions, at: SystemClock.now())
        return open.count == 1 ? open.first : nil
    }

    /// Shows the exact bytes, signs them, and looks at the result as the auditor will.
    func sign(
        _ draft: ReviewDecision.Draft, _ signer: Signer, _ report: ReviewReport
    ) throws -> ReviewDecision {
        let payload = draft.json
        console.message("signing as \(signer.did):")
        console.message(Escaping.escapedJSON(payload.text))
        console.message("SHA-256 of these bytes: \(Digest.sha256(payload.bytes).text)")
        let decision = try draft.sign(with: signer.key)
        if let refusal = report.review.refusal(
            of: decision, after: report.dossier.verifiedDecisions, at: SystemClock.now())
        {
            throw refusal
        }
        return decision
    }
}
