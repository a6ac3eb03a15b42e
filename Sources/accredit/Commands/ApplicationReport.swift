import Encoding

/// How `apply` tells what the auditors said.
enum ApplicationReport {
    static func table(_ outcomes: [AuditorReply], _ console: Console) -> String {
        console.table(
            Table(
                ["AUDITOR", "OUTCOME", "REASON"],
                outcomes.map { [$0.issuer, $0.outcome, $0.reason] }))
    }

    /// Why there is no bundle: every auditor with its reason.
    static func refusal(_ progress: ApplicationProgress) -> Failure {
        let reasons = progress.outcomes.map { outcome in
            let reason = Escaping.escaped(outcome.reason)
            return "\(outcome.issuer): \(outcome.outcome)" + (reason.isEmpty ? "" : ", \(reason)")
        }
        return Failure(
            .failure, "application.refused", "the quorum of auditors did not consent",
            why: reasons.isEmpty ? nil : reasons.joined(separator: "\n       "),
            fix: "mend what the auditors name, then apply with a new application",
            members: [("application", progress.json)])
    }

    /// Writes a token to `--out` and tells the outcomes; without `--out` the token is the data and
    /// the outcomes are a message. JSON has everything in one document.
    static func keep(
        _ token: String, _ noun: String, _ json: JSON, _ invocation: Invocation,
        table: () -> String
    ) throws {
        let path = try invocation.text(.out)
        let isFile = path != nil && path != InputFile.standard
        if isFile { try invocation.writeOut(token) }
        switch (invocation.console.format, isFile) {
        case (.json, _): invocation.console.result(json) { "" }
        case (.table, true): invocation.console.line(table())
        case (.table, false):
            invocation.console.message(table())
            invocation.console.line(token)
        }
    }
}
