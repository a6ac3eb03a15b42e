import Encoding

/// What auditors stated about a candidate.
extension PageRoutes {
    private static func issuer(_ claims: JSON) -> String {
        claims["issuer"]?["id"]?.stringValue ?? claims["issuer"]?.stringValue ?? claims.text("iss")
    }

    private static func isGranted(_ claims: JSON) -> Bool {
        claims["credentialSubject"]?["consent"]?.boolValue ?? false
    }

    /// The auditor's name in the auditor set, else its issuer.
    static func name(_ claims: JSON, _ auditors: [JSON]) -> String {
        let issuer = issuer(claims)
        let known = auditors.first { $0.text("issuer").hasSameBytes(as: issuer) }
        return known?["name"]?.stringValue ?? claims["issuer"]?["name"]?.stringValue ?? issuer
    }

    static func verdicts(_ credentials: [JSON], _ auditors: [JSON]) -> HTML {
        guard !credentials.isEmpty else {
            return Component.note("The credentials are in the transaction that admitted the node.")
        }
        let rows = credentials.map { claims -> [HTML] in
            let verdict =
                isGranted(claims)
                ? Component.badge("✓ Consents", .good) : Component.badge("✗ Refuses", .bad)
            let evaluations = claims.list("evidence")
            return [
                issuerCell(claims, auditors), verdict, "\(evaluations.map(policy))",
                reasons(claims),
                """
                \(Component.time(claims["validFrom"])) to<br>\
                \(Component.time(claims["validUntil"]))
                """,
            ]
        }
        let granted = credentials.count(where: isGranted)
        return """
            <p>\(granted) of \(Words.count(UInt64(credentials.count), "auditor")) \
            \(granted == 1 ? "consents" : "consent"). Refusals travel with the consents and are \
            shown as they were signed.</p>
            \(Component.table(
                "Credentials", [
                    .text("Auditor"), .text("Verdict"), .text("Judged by"), .text("Reasons"),
                    .text("Valid"),
                ], rows))
            """
    }

    private static func issuerCell(_ claims: JSON, _ auditors: [JSON]) -> HTML {
        """
        <strong>\(Component.quoted(name(claims, auditors), to: 80))</strong><br>\
        <span class="muted">\(Component.quoted(issuer(claims), to: 120))</span>
        """
    }

    private static func policy(_ evaluation: JSON) -> HTML {
        let mode = evaluation.text("mode") == "human" ? "reviewers" : "policy alone"
        return """
            \(Component.quoted(evaluation.text("policy"), to: 80))<br>\
            <span class="muted">\(mode)</span>
            """
    }

    private static func reasons(_ claims: JSON) -> HTML {
        let findings = claims.list("evidence").flatMap { $0.list("findings") }
        let reason = claims["credentialSubject"]?["reason"]?.stringValue
        var items = findings.prefix(Limits.listedFactsMaximum).map { finding -> HTML in
            """
            <li>\(Component.quoted(finding.text("message"))) \
            <span class="muted">(\(Component.quoted(finding.text("rule"), to: 80)))</span></li>
            """
        }
        if items.isEmpty, let reason { items = ["<li>\(Component.quoted(reason))</li>"] }
        return items.isEmpty ? "–" : "<ul class=\"plain\">\(items)</ul>"
    }

    /// A bar for each credential on one scale of time, the earliest end first.
    static func timeline(_ credentials: [JSON], _ auditors: [JSON], now: Instant) -> HTML {
        let spans = credentials.compactMap {
            claims -> (name: String, from: Instant, until: Instant)? in
            guard isGranted(claims), let from = Component.instant(claims["validFrom"]),
                let until = Component.instant(claims["validUntil"])
            else { return nil }
            return (name(claims, auditors), from, until)
        }.sorted { $0.until < $1.until }
        guard let from = spans.map(\.from).min(), let until = spans.map(\.until).max(),
            let first = spans.first
        else { return Component.note("No consenting credential is known here.") }
        let range = (from: min(from, now), until: max(until, now))
        let items = spans.map { span -> HTML in
            """
            <li><span class="who"><strong>\(Component.quoted(span.name, to: 80))</strong></span>\
            <span class="tally">ends \(Component.time(span.until))</span>\
            \(Meter.span(span.from, span.until, within: range, now: now))</li>

            """
        }
        return """
            <p>The earliest end decides: \(Component.time(first.until)). Unless renewed before, \
            the node then leaves the list and its votes return to their voters. The upright line \
            is the newest block’s time.</p>
            <ol class="ranking spans">
            \(items)</ol>
            <p class="ends muted"><span>\(Component.time(range.from))</span>\
            <span>\(Component.time(range.until))</span></p>
            """
    }

    /// The facts each consenting auditor vouches for.
    static func qualifications(_ credentials: [JSON], _ auditors: [JSON]) -> HTML {
        var rows: [[HTML]] = []
        for claims in credentials where isGranted(claims) {
            let facts = claims["credentialSubject"]?["qualifications"]?.objectValue?.members ?? []
            for fact in facts.prefix(Limits.listedFactsMaximum) {
                rows.append([
                    Component.quoted(name(claims, auditors), to: 80),
                    Component.quoted(fact.name, to: 80), value(fact.value),
                ])
            }
        }
        guard !rows.isEmpty else {
            return Component.note("The consenting credentials name no facts.")
        }
        return """
            <p>Each line is stated and signed by that auditor from evidence it gathered itself.</p>
            \(Component.table(
                "Qualifications", [.text("Auditor"), .text("Fact"), .text("As found")], rows))
            """
    }

    /// A fact as words: members side by side, nothing nested deeper than that.
    static func value(_ json: JSON) -> HTML {
        switch json {
        case .string(let text): return Component.quoted(text)
        case .object(let object):
            let parts = object.members.prefix(Limits.listedFactsMaximum).map { member -> HTML in
                """
                <li><span class="muted">\(Component.quoted(member.name, to: 80))</span> \
                \(scalar(member.value))</li>
                """
            }
            return "<ul class=\"plain\">\(parts)</ul>"
        case .null, .bool, .number, .array: return scalar(json)
        }
    }

    private static func scalar(_ json: JSON) -> HTML {
        if case .string(let text) = json { return Component.quoted(text, to: 120) }
        return Component.quoted(json.text, to: 120)
    }
}
