import Credentials
import Cryptography
import Encoding
import Ledger
import Storage

/// `credential renew|needs-renewal|forecast`: a node keeps its bundle from running out.
enum RenewalCommands {
    static let all = [renew, needsRenewal, forecast]

    private static let file = Argument("BUNDLE", "the node's bundle")
    private static let credit = Option.path("credit", "a credit source's newer statement")
    private static let everyAuditor = Option.flag(
        "all", "ask every auditor that consented, due or not")
    private static let submit = Option.flag(
        "submit", "also send candidate.renew to the ledger, signed by --key")
    private static let watch = Option.flag(
        "watch", "go on: renew again and again, each time at two thirds of the life")
    private static let times = Option.value(
        "times", "NUMBER", "with --watch: end after so many renewals")

    static let renew = Command(
        path: ["credential", "renew"],
        summary: "Renew the credentials of a bundle that end soon",
        discussion: """
            The node signs (--key) a renewal of its application for each auditor whose credential
            is past two thirds of its life, and for no other. The auditor gathers evidence anew and
            judges by its policy of now. The fresh credentials take the place of the old ones, the
            rest stays byte for byte, and the bundle is replaced in one step (or goes to --out).
            A refusal travels in the bundle as long as the quorum stands without that auditor.

            --watch waits for two thirds of the life of the credential that ends first, plus a
            random twentieth so that nodes do not come all at once, renews, and waits again. What
            fails is tried again until the bundle ends; then the command exits 6.

            Exits 0 when the bundle is renewed or not due, 1 when no auditor improved it.
            """,
        arguments: [file],
        options: [
            credit, everyAuditor, submit, watch, times, .out, .auditorSet, .network, .timeout,
        ]
            + Option.ledger + Option.signing,
        examples: [
            .init(
                "accredit credential renew node1.bundle --key node1 --submit",
                "what is due, and tell the ledger"),
            .init(
                "accredit credential renew node1.bundle --key node1 --submit --watch",
                "for as long as the node stands"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let path = try invocation.requiredArgument("BUNDLE")
            let bundle = try InputFile.parseText(path, as: "a bundle") { try Bundle($0) }
            guard invocation.flag(watch) else {
                _ = try await renewNow(bundle, path, invocation)
                return
            }
            try await follow(bundle, path, invocation)
        })

    /// - Returns: the fresh bundle; nil when nothing is due.
    @inline(never)
    private static func renewNow(
        _ bundle: Bundle, _ path: String, _ invocation: Invocation
    ) async throws -> Bundle? {
        let now = SystemClock.now()
        let due =
            invocation.flag(everyAuditor)
            ? BundleRenewal.consents(bundle) : BundleRenewal.due(bundle, at: now)
        guard !due.isEmpty else {
            let next = BundleRenewal.nextDue(bundle)?.rfc3339
            invocation.console.result(
                ["renewed": false, "renewAt": next.map { JSON($0) } ?? .null]
            ) { "nothing is due before \(next ?? "ever: nobody consented")" }
            return nil
        }
        let renewal = BundleRenewal(
            set: try await invocation.auditorSet(), signer: try invocation.signer(),
            http: try invocation.http(),
            credit: try invocation.text(credit).map { path throws(Failure) in
                try InputFile.text(path)
            })
        let result = try await renewal.renew(bundle, due)
        try DurableFile.write(
            Array((result.bundle.jws.compact + "\n").utf8),
            to: try invocation.text(.out) ?? path, mode: 0o644, replacing: true)
        let transaction =
            invocation.flag(submit)
            ? try await send(result.bundle, renewal.signer, invocation) : nil
        report(result, transaction, invocation)
        return result.bundle
    }

    private static func send(
        _ bundle: Bundle, _ signer: Signer, _ invocation: Invocation
    ) async throws -> TransactionOutcome {
        let ledger = try invocation.ledger()
        let outcome = try await ledger.commit(
            .candidateRenew(node: try Identity(owner: signer.did), bundle: bundle.jws.compact),
            by: signer, network: try await invocation.network(ledger),
            timeoutMilliseconds: try invocation.timeoutMilliseconds)
        guard outcome.isApplied else { throw Invocation.refusal(outcome) }
        return outcome
    }

    private static func report(
        _ result: BundleRenewal.Result, _ transaction: TransactionOutcome?,
        _ invocation: Invocation
    ) {
        var members: [(String, JSON)] = [
            ("renewed", true), ("validUntil", JSON(result.validUntil.rfc3339)),
            (
                "auditors",
                .array(
                    result.replies.map {
                        [
                            "issuer": JSON($0.issuer), "outcome": JSON($0.outcome),
                            "reason": JSON($0.reason),
                        ]
                    })
            ),
        ]
        if let transaction { members.append(("transaction", transaction.json)) }
        invocation.console.result(.object(JSONObject(members))) {
            ApplicationReport.table(result.replies, invocation.console)
                + "\nthe bundle is good until \(result.validUntil.rfc3339)"
                + (transaction == nil ? "" : ", and the ledger knows")
        }
    }

    // MARK: - Watching

    private static func follow(
        _ first: Bundle, _ path: String, _ invocation: Invocation
    ) async throws {
        var bundle = first
        var left = try invocation.integer(times, in: 1...1_000_000) ?? .max
        while left > 0 {
            guard let due = BundleRenewal.nextDue(bundle) else {
                throw Failure(.failure, "bundle.refusals", "no auditor consents in this bundle")
            }
            let life = max(0, bundle.expires.milliseconds(since: due)) * 3
            let jitter = Int64(Self.random() * Double(life / 20))
            invocation.console.message("the next renewal is at \(due.rfc3339)")
            try await sleep(until: due.adding(milliseconds: jitter))
            if let fresh = try await attempt(bundle, path, invocation) {
                bundle = fresh
                left -= 1
            } else {
                try await sleep(until: SystemClock.now().adding(milliseconds: pause(bundle)))
            }
        }
    }

    /// One renewal of the watch; nil when it has to be tried again.
    @inline(never)
    private static func attempt(
        _ bundle: Bundle, _ path: String, _ invocation: Invocation
    ) async throws -> Bundle? {
        do {
            return try await renewNow(bundle, path, invocation)
        } catch let failure as Failure {
            guard SystemClock.now() < bundle.expires else {
                throw Failure(
                    .verification, "bundle.expired",
                    "the bundle ended at \(bundle.expires.rfc3339)",
                    why: failure.why ?? failure.what, fix: "apply anew with accredit apply")
            }
            invocation.console.message("not renewed, will be tried again: \(failure.text)")
            return nil
        }
    }

    /// Between two attempts: a tenth of what is left, from a second to an hour.
    private static func pause(_ bundle: Bundle) -> Int64 {
        min(max(bundle.expires.milliseconds(since: SystemClock.now()) / 10, 1_000), 3_600_000)
    }

    private static func sleep(until instant: Instant) async throws {
        let milliseconds = instant.milliseconds(since: SystemClock.now())
        if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
    }

    /// From 0 up to 1.
    private static func random() -> Double {
        let bytes = SecureRandom.bytes(4)
        return Double(bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }) / 4_294_967_296
    }

    // MARK: - Looking ahead

    static let needsRenewal = Command(
        path: ["credential", "needs-renewal"],
        summary: "Tell by the exit code whether a bundle or credential is due for renewal",
        discussion: """
            Exits 0 when it is time to renew, 1 when it is not, 5 when there is no such file, and 6
            when it has ended already. Nothing is asked, nothing is verified.
            """,
        arguments: [Argument("FILE", "a bundle or a credential")],
        options: [at],
        examples: [
            .init("accredit credential needs-renewal node1.bundle", "its exit code tells a script"),
            .init("accredit credential needs-renewal a1.credential --output json", "why"),
        ],
        run: { invocation in
            let credentials = try InputFile.parseText(
                try invocation.requiredArgument("FILE"), as: "a bundle or a credential"
            ) { try consents($0) }
            let now = try invocation.instant(at)
            guard let end = credentials.map(\.claims.validity.until).min(),
                let due = credentials.map(\.claims.renewal).min()
            else { throw Failure(.verification, "bundle.refusals", "nobody consents in it") }
            guard now < end else {
                throw Failure(
                    .verification, "credential.expired", "it ended at \(end.rfc3339)",
                    fix: "apply anew with accredit apply")
            }
            guard due <= now else {
                throw Failure(
                    .failure, "renewal.not-due", "it is not due before \(due.rfc3339)",
                    members: [("renewAt", JSON(due.rfc3339)), ("validUntil", JSON(end.rfc3339))])
            }
            invocation.console.result(
                ["renewAt": JSON(due.rfc3339), "validUntil": JSON(end.rfc3339)]
            ) { "due since \(due.rfc3339), ends at \(end.rfc3339)" }
        })

    private static let at = Option.value(
        "at", "TIME", "judge at this time instead of now, e.g. 2026-11-21T12:00:00Z")

    private static func consents(_ text: String) throws -> [Credential] {
        if let credential = try? Credential(text) {
            return credential.claims.consent.isGranted ? [credential] : []
        }
        return BundleRenewal.consents(try Bundle(text))
    }

    static let forecast = Command(
        path: ["credential", "forecast"],
        summary: "Tell when candidates would lapse, and whose credential limits them",
        discussion: """
            With BUNDLE: each auditor's end and the time to renew; the earliest end is the
            bundle's. Without: the candidates on the ledger, those that lapse first at the top.
            """,
        arguments: [Argument("BUNDLE", "a node's bundle", .optional)],
        options: Option.ledger,
        examples: [
            .init("accredit credential forecast node1.bundle", "what limits this bundle"),
            .init("accredit credential forecast --node https://127.0.0.1:7101", "every candidate"),
        ],
        run: { invocation in
            let path = invocation.argument("BUNDLE")
            let rows: [JSON]
            if let path {
                rows = try forecast(
                    InputFile.parseText(path, as: "a bundle") { try Bundle($0) })
            } else {
                rows = try await candidates(invocation)
            }
            let columns =
                path == nil
                ? ["node", "validUntil", "days", "votes", "status"]
                : ["issuer", "validUntil", "renewAt", "limits"]
            invocation.console.result(["forecast": .array(rows)]) {
                rows.isEmpty ? "nobody" : invocation.console.table(.columns(rows, columns))
            }
        })

    private static func forecast(_ bundle: Bundle) throws -> [JSON] {
        let consents = BundleRenewal.consents(bundle)
        let end = consents.map(\.claims.validity.until).min()
        return consents.map { credential in
            let claims = credential.claims
            return [
                "issuer": JSON(claims.issuer), "validUntil": JSON(claims.validity.until.rfc3339),
                "renewAt": JSON(claims.renewal.rfc3339),
                "limits": JSON(claims.validity.until == end ? "yes" : "no"),
            ]
        }
    }

    private static func candidates(_ invocation: Invocation) async throws -> [JSON] {
        let json = try await invocation.ledger().service.get("/v1/candidates")
        let now = SystemClock.now()
        let rows = (json["candidates"]?.arrayValue ?? []).compactMap {
            row -> (Instant, JSON)? in
            guard let text = row["validUntil"]?.stringValue,
                let until = try? Instant(rfc3339: text), var members = row.objectValue
            else { return nil }
            members["days"] = JSON(max(0, until.milliseconds(since: now)) / 86_400_000)
            return (until, .object(members))
        }
        return rows.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
