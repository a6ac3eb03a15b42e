import Credentials
import Cryptography
import Encoding
import Storage

/// `bundle`: the merged credentials of several auditors.
enum BundleCommands {
    static let all = [merge, verify]

    private static let at = Option.value(
        "at", "TIME", "judge at this time instead of now, e.g. 2026-11-21T12:00:00Z")

    static let merge = Command(
        path: ["bundle", "merge"],
        summary: "Merge credentials that were collected alone into one bundle",
        discussion: """
            The holder's key signs (--key); the holder is not trusted by anybody. Whether the
            quorum is met is told by bundle verify.
            """,
        arguments: [Argument("CREDENTIAL", "a file with one auditor's credential", .many)],
        options: [.out] + Option.signing,
        examples: [
            .init(
                "accredit bundle merge a1.credential a2.credential --key node1 --out node1.bundle",
                "two answers in one file"),
            .init("accredit bundle merge a1.credential a2.credential --key node1", "printed"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let credentials = try invocation.arguments("CREDENTIAL").map { path in
                try InputFile.parseText(path, as: "a credential") { try Credential($0) }
            }
            let signer = try invocation.signer()
            let bundle = try Bundle.merge(
                credentials, holder: signer.did, keyID: signer.did, id: SecureRandom.uuid(),
                at: Instant(seconds: SystemClock.now().seconds), key: signer.key)
            try invocation.writeOut(bundle.jws.compact)
        })

    static let verify = Command(
        path: ["bundle", "verify"],
        summary: "Verify a bundle: every credential, and whether the quorum is met",
        discussion:
            "Needs only public files: with --auditor-set nothing is asked. Exits 6 on failure.",
        arguments: [Argument("FILE", "the bundle; - for standard input")],
        options: [at, .auditorSet] + Option.ledger,
        examples: [
            .init("accredit bundle verify node1.bundle --auditor-set set.json", "offline"),
            .init(
                "accredit bundle verify node1.bundle --node https://127.0.0.1:7101",
                "against the set on the ledger"),
        ],
        run: { invocation in
            let path = try invocation.requiredArgument("FILE")
            let bundle = try InputFile.parseText(path, as: "a bundle") { try Bundle($0) }
            let set = try await invocation.auditorSet()
            let now = try invocation.instant(at)
            let (checks, members) = check(bundle, set, at: now)
            try checks.report("bundle", members, invocation.console)
        })

    /// Each credential told; one that fails does no harm as long as the quorum stands without it.
    static func check(
        _ bundle: Bundle, _ set: AuditorSet, at now: Instant
    ) -> (Checks, JSONObject) {
        var checks = Checks()
        var members = JSONObject([
            ("bundle", .string(bundle.id)), ("holder", .string(bundle.holder)),
            ("set", .string(set.digest.text)),
        ])
        switch QuorumVerifier.verify(bundle, set: set, network: set.network, at: now) {
        case .met(let verified):
            members["node"] = .string(verified.node)
            members["application"] = .string(verified.application.text)
            members["validUntil"] = .string(verified.validUntil.rfc3339)
            for consent in verified.consents {
                checks.add(consent.claims.issuer, true, "consents")
            }
            for refusal in verified.refusals {
                checks.add(refusal.claims.issuer, true, "refuses; does not count")
            }
            for rejection in verified.rejections {
                checks.add(rejection.issuer ?? "rule", true, "ignored: \(rejection.detail)")
            }
            checks.add(
                "quorum", true,
                "\(verified.consents.count) consents of the \(set.threshold) needed, valid until "
                    + verified.validUntil.rfc3339)
        case .refused(let rejections):
            for rejection in rejections {
                checks.add(
                    rejection.issuer ?? "quorum", false,
                    "\(rejection.code.rawValue): \(rejection.detail)")
            }
        }
        return (checks, members)
    }
}
