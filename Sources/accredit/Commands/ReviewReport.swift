import Auditing
import Credentials
import Cryptography
import Encoding
import Policies

/// A case as a reviewer sees it, from an auditor or from a file alike. What the applicant wrote is
/// printed in cells, which escape what could drive a terminal.
struct ReviewReport: Sendable {
    let dossier: ReviewDossier
    let review: ReviewCase
    let checks: [ReviewCheck]

    /// - Throws: `AuditingError` when the case does not hold together; nothing is shown then.
    init(
        _ dossier: ReviewDossier, zones: ZoneTable, creditSources: [CreditSource]? = nil,
        further: [ReviewCheck] = []
    ) throws {
        self.dossier = dossier
        review = try dossier.reviewCase(zones: zones)
        checks = dossier.checks(creditSources: creditSources, zones: zones) + further
    }

    var failed: [ReviewCheck] { checks.filter { !$0.holds } }

    /// A decision on exactly what is shown.
    /// - Parameter seconds: how long it counts.
    func draft(
        _ kind: ReviewDecision.Kind, role: String?, reason: String, seconds: Int64,
        at now: Instant
    ) -> ReviewDecision.Draft {
        ReviewDecision.Draft(
            network: dossier.network, issuer: dossier.issuer,
            application: review.application.digest, policy: review.policy.digest,
            facts: review.facts.digest, kind: kind, role: role, reason: reason,
            validity: Validity(
                from: Instant(seconds: now.seconds),
                until: Instant(seconds: now.seconds + seconds)),
            id: SecureRandom.uuid())
    }

    var json: JSON {
        [
            "case": dossier.json, "application": JSON(review.application.digest.text),
            "policyDigest": JSON(review.policy.digest.text),
            "factsDigest": JSON(review.facts.digest.text), "due": JSON(review.due.rfc3339),
            "claims": review.application.claims, "evidence": review.facts.evidence,
            "findings": review.facts.findings,
            "checks": .array(
                checks.map {
                    [
                        "name": JSON($0.name), "ok": JSON($0.holds), "detail": JSON($0.detail),
                    ]
                }),
        ]
    }

    func table(_ console: Console, at now: Instant) -> String {
        var parts = [head(at: now)]
        parts.append(
            console.table(Table(["QUALIFICATION", "STATED", "FOUND BY THE AUDITOR"], facts)))
        parts.append(
            console.table(
                Table(
                    ["FINDING", "REASON", "MESSAGE"],
                    (review.facts.findings.arrayValue ?? []).map { finding in
                        ["rule", "reason", "message"].map { finding[$0]?.stringValue ?? "" }
                    })))
        parts.append(
            console.table(
                Table(
                    ["CHECKED HERE", "OK", "DETAIL"],
                    checks.map { [$0.name, $0.holds ? "yes" : "NO", $0.detail] })))
        if !dossier.decisions.isEmpty { parts.append(console.table(decisions)) }
        if !dossier.earlier.isEmpty { parts.append(console.table(earlier)) }
        return parts.joined(separator: "\n\n")
    }

    private func head(at now: Instant) -> String {
        let application = review.application
        let rule = review.rule
        var wanted = "\(rule.approvals) of \(rule.of)"
        for part in rule.parts {
            wanted += (rule.isInOrder ? ", then " : ", with ") + "\(part.approvals) in \(part.name)"
        }
        let approvals = review.approvals(in: dossier.verifiedDecisions, at: now).count
        let left = review.due.milliseconds(since: now) / 1000
        return Table.pairs([
            ("application", application.digest.text), ("auditor", dossier.issuer),
            ("network", dossier.network), ("operator", application.operatorName),
            ("node", application.node), ("account", application.account),
            ("endpoint", application.endpoint),
            ("signed", application.issuedAt.rfc3339),
            ("referred", review.facts.referredAt.rfc3339),
            ("due", review.due.rfc3339 + (left > 0 ? " (in \(Self.span(left)))" : " (over)")),
            ("state", "\(dossier.state), \(approvals) approvals; wanted: \(wanted)"),
            ("looking at it", claims),
            ("policy", "\(review.policy.title) \(review.policy.digest.text)"),
            ("facts", review.facts.digest.text),
        ])
    }

    private var claims: String {
        let names = dossier.claims.map {
            "\(review.reviewer($0.reviewer)?.name ?? $0.reviewer) until \($0.until.rfc3339)"
        }
        return names.isEmpty ? "nobody" : names.joined(separator: ", ")
    }

    /// `3 d 4 h`, `25 min`.
    static func span(_ seconds: Int64) -> String {
        if seconds >= 86_400 { return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h" }
        if seconds >= 3600 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        return "\(seconds / 60) min"
    }

    /// What the applicant says beside what the auditor found, by name.
    private var facts: [[String]] {
        var rows: [[String]] = []
        func add(_ json: JSON, _ path: String, _ column: Int) {
            if let members = json.objectValue?.members {
                for member in members {
                    add(member.value, path.isEmpty ? member.name : "\(path).\(member.name)", column)
                }
                return
            }
            let value = Self.cell(json)
            if let row = rows.firstIndex(where: { $0[0] == path }) {
                rows[row][column] = value
            } else if rows.count < Limits.reviewRowCountMaximum {
                rows.append(column == 1 ? [path, value, ""] : [path, "", value])
            }
        }
        add(review.application.claims["qualifications"] ?? .null, "", 1)
        add(review.facts.evidence, "", 2)
        return Self.grouped(rows)
    }

    /// What belongs together side by side: all of the device, all of the deposit.
    private static func grouped(_ rows: [[String]]) -> [[String]] {
        func head(_ row: [String]) -> Substring { row[0].prefix { $0 != "." } }
        var heads: [Substring] = []
        for row in rows where !heads.contains(head(row)) { heads.append(head(row)) }
        return heads.flatMap { name in rows.filter { head($0) == name } }
    }

    private static func cell(_ json: JSON) -> String {
        let text = json.stringValue ?? json.text
        let most = Limits.reviewCellCharacterMaximum
        return text.count <= most ? text : "\(text.prefix(most))… (\(text.utf8.count) bytes)"
    }

    private var decisions: Table {
        Table(
            ["REVIEWER", "DECISION", "ROLE", "SIGNED", "REASON"],
            dossier.verifiedDecisions.map { decision in
                [
                    review.reviewer(decision.reviewer)?.name ?? decision.reviewer,
                    decision.kind.rawValue, decision.draft.role ?? "",
                    decision.validity.from.rfc3339, decision.draft.reason,
                ]
            })
    }

    private var earlier: Table {
        Table(
            ["OTHER APPLICATION OF THE NODE", "RECEIVED", "OUTCOME", "REASON"],
            dossier.earlier.map {
                [$0.application.text, $0.received.rfc3339, $0.outcome, $0.reason ?? ""]
            })
    }
}
