import Credentials
import Cryptography
import Encoding
import Storage

/// `credential`: one auditor's signed answer.
enum CredentialCommands {
    static let all = [show, verify]

    private static let file = Argument("FILE", "the credential; - for standard input")
    private static let at = Option.value(
        "at", "TIME", "judge at this time instead of now, e.g. 2026-11-21T12:00:00Z")

    private static let status = Option.flag(
        "status", "also ask the auditor's status lists whether it was revoked or suspended")
    private static let statusList = Option.path(
        "status-list", "judge by this status list, asking nobody; once for each list",
        repeats: true)

    static let show = Command(
        path: ["credential", "show"],
        summary: "Show what a credential says, believing nothing",
        arguments: [file],
        examples: [
            .init("accredit credential show a1.credential", "who says what about whom"),
            .init("accredit credential show - --output json", "all claims, from standard input"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let credential = try InputFile.parseText(path, as: "a credential") {
                try Credential($0)
            }
            let claims = try JSON.parse(credential.jws.payload)
            invocation.console.message("read, not verified: accredit credential verify checks it")
            invocation.console.result(
                ["kid": .string(credential.keyID), "claims": claims]
            ) {
                describe(credential.claims)
            }
        })

    static let verify = Command(
        path: ["credential", "verify"],
        summary: "Verify a credential against the auditor set",
        discussion:
            """
            Needs only public files: with --auditor-set, and without --status, nothing is asked.
            A list that cannot be had or has expired fails the verification: nothing is known then.
            Exits 6 on failure.
            """,
        arguments: [file],
        options: [at, status, statusList, .auditorSet] + Option.ledger,
        examples: [
            .init("accredit credential verify a1.credential --auditor-set set.json", "offline"),
            .init("accredit credential verify a1.credential --status", "is it revoked by now?"),
            .init(
                "accredit credential verify a1.credential --node https://127.0.0.1:7101",
                "against the set on the ledger"),
        ],
        run: { invocation in
            let text = try InputFile.text(try invocation.requiredArgument("FILE"))
            let set = try await invocation.auditorSet()
            let now = try invocation.instant(at)
            var checks = Checks()
            var members = JSONObject([("set", .string(set.digest.text))])
            checks.run("shape", "a credential") {
                let credential = try Credential(text)
                members["credential"] = .string(credential.claims.id)
            }
            if checks.areAllOK {
                let credential = try Credential(text)
                checks.check(credential, against: set, at: now)
                let claims = credential.claims
                checks.add("consent", true, claims.consent.isGranted ? "granted" : "refused")
                let lists = invocation.all(statusList)
                if invocation.flag(status) || !lists.isEmpty {
                    let lists = try lists.map { path in
                        try InputFile.parseText(path, as: "a status list") { try StatusList($0) }
                    }
                    try await checks.checkStatus(
                        of: claims, set,
                        lists.isEmpty ? .asked(try invocation.http()) : .given(lists)
                    ) { try invocation.instant(at) }
                }
            }
            try checks.report("credential", members, invocation.console)
        })

    static func describe(_ claims: CredentialClaims) -> String {
        var rows = [
            ("credential", claims.id), ("auditor", claims.issuer), ("node", claims.node.did),
        ]
        switch claims.consent {
        case .granted: rows.append(("consent", "granted"))
        case .refused(let reason): rows.append(("consent", "refused: \(reason)"))
        }
        rows += [
            ("network", claims.network), ("application", claims.application.text),
            ("endpoint", claims.endpoint), ("valid from", claims.validity.from.rfc3339),
            ("valid until", claims.validity.until.rfc3339),
        ]
        if let deposit = claims.deposit {
            rows.append(("deposit", "\(deposit.amount) by \(deposit.account)"))
        }
        for evaluation in claims.evidence {
            rows.append(("judged by", "\(evaluation.policy), \(evaluation.mode.rawValue)"))
            for finding in evaluation.findings {
                rows.append(("finding", "\(finding.rule): \(finding.message)"))
            }
        }
        return Table.pairs(rows)
    }
}

extension Checks {
    /// The steps of verifying one credential, each told: issuer and key in the set, signature,
    /// key window, time.
    mutating func check(_ credential: Credential, against set: AuditorSet, at now: Instant) {
        let claims = credential.claims
        let name = claims.issuer
        do throws(CredentialError) {
            let verified = try set.verify(credential, at: now)
            add("\(name): issuer", true, "\(verified.auditor.name), in the auditor set")
            add("\(name): signature", true, "by \(credential.keyID)")
            add(
                "\(name): time", verified.isValid(at: now),
                "until \(claims.validity.until.rfc3339)")
        } catch {
            add("\(name): \(error.code.rawValue)", false, error.detail)
        }
    }
}

extension Invocation {
    /// A time given as RFC 3339, else now.
    func instant(_ option: Option) throws(Failure) -> Instant {
        guard let text = try text(option) else { return SystemClock.now() }
        do {
            return try Instant(rfc3339: text)
        } catch {
            throw .usage(
                "--\(option.name) is \"\(text)\"", code: "usage.bad-value", why: error.detail,
                fix: "write 2026-11-21T12:00:00Z")
        }
    }
}
