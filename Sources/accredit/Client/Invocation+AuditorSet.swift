import Credentials
import Encoding

extension Invocation {
    /// The auditor set to judge by: the file of `--auditor-set`, else the one on the ledger.
    func auditorSet() async throws -> AuditorSet {
        if let path = try text(.auditorSet) {
            return try InputFile.parse(path, as: "an auditor set") {
                try AuditorSet(json: try JSON.parse($0))
            }
        }
        guard try text(.node) != nil else {
            throw Failure.usage(
                "there is no auditor set to judge by", code: "usage.missing-option",
                why: "what is verified is verified against the auditors of a network",
                fix: "give --auditor-set FILE, or --node URL to take the one on the ledger")
        }
        let json = try await ledger().service.get("/v1/auditor-set")
        return try AuditorSet(json: json["auditorSet"] ?? json)
    }
}
