import Encoding
import Ledger
import Web

/// Tallies over time, and tables for spreadsheets.
extension NodeRoutes {
    func addHistory(_ router: inout Router) {
        router.on(
            "GET", "/v1/candidates/{did}/history",
            summary: "Changes of a candidate's tally, oldest first; ?before= a height, ?limit=, "
                + "?format=csv"
        ) { try history($0) }
    }

    private func history(_ request: Request) throws -> Response {
        let identity = try Self.identity(request["did"])
        var before = UInt64(Int64.max)
        if let text = request.query("before") {
            guard let height = UInt64(text) else { throw Problem.badRequest("before is a height.") }
            before = height
        }
        var limit = Limits.listedChangesMaximum
        if let text = request.query("limit") {
            guard let value = Int(text), (1...limit).contains(value) else {
                throw Problem.badRequest(
                    "limit is a number from 1 to \(Limits.listedChangesMaximum).")
            }
            limit = value
        }
        let changes = try services.store.history(
            of: identity.text, before: before, limit: limit + 1)
        let shown = changes.suffix(limit)
        if try Self.isTable(request) {
            let lines = shown.map { "\($0.height),\($0.time.rfc3339),\($0.votes)" }
            return Self.table(["height,time,votes"] + lines, name: "history")
        }
        var members = JSONObject([
            ("candidate", .string(identity.text)),
            (
                "history",
                .array(
                    shown.map {
                        [
                            "height": JSON($0.height), "time": .string($0.time.rfc3339),
                            "votes": JSON($0.votes),
                        ]
                    })
            ),
        ])
        if changes.count > limit, let first = shown.first { members["next"] = JSON(first.height) }
        return .json(.object(members))
    }

    /// Whether `?format=csv` asks for a table.
    static func isTable(_ request: Request) throws(Problem) -> Bool {
        switch request.query("format") {
        case nil, "json": return false
        case "csv": return true
        case _: throw .badRequest("format is json or csv.")
        }
    }

    /// The results, one candidate a line, each with what the line is true of.
    static func table(of results: JSON) -> Response {
        let height = results["height"]?.uint64Value ?? 0
        let time = results["time"]?.stringValue ?? ""
        let isFinal = results["final"]?.boolValue ?? false
        let lines = (results["results"]?.arrayValue ?? []).map { line in
            "\(line["candidate"]?.stringValue ?? ""),\(line["votes"]?.uint64Value ?? 0),\(height),"
                + "\(time),\(isFinal)"
        }
        return table(["candidate,votes,height,time,final"] + lines, name: "results")
    }

    /// Comma-separated values (RFC 4180). The lines hold numbers, times and did:keys only, in
    /// which nothing has to be quoted.
    static func table(_ lines: [String], name: String) -> Response {
        .bytes(
            Array((lines.joined(separator: "\r\n") + "\r\n").utf8),
            contentType: "text/csv; charset=utf-8; header=present",
            headers: [("content-disposition", "attachment; filename=\"\(name).csv\"")])
    }
}
