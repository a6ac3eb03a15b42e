import Encoding

/// Every deposit paid to one auditor: what the ledger says, and what the auditor adds.
struct DepositReport: Sendable {
    static let columns = [
        "id", "state", "amount", "payer", "node", "nodeStatus", "height", "refundedAt", "refund",
        "reason", "approvedBy", "hold",
    ]

    let auditor: String
    let deposits: [JSON]
    /// Why the auditor added nothing.
    let trouble: String?

    static func collect(_ invocation: Invocation, auditor: String) async throws -> DepositReport {
        let http = try invocation.http()
        let ledger = try invocation.ledger().service
        let service = Service(noun: "the auditor", base: auditor, http: http)
        let paid = try await pages(
            ledger, "/v1/deposits?auditor=\(Service.escaped(auditor))&limit=100", "deposits")
        var trouble: String?
        var refunds: [String: JSON] = [:]
        do throws(Failure) {
            for refund in try await pages(service, "/v1/refunds?", "refunds") {
                if let id = refund["deposit"]?.stringValue { refunds[id] = refund }
            }
        } catch {
            trouble = "without what the auditor knows: \(error.what)"
        }
        let deposits = paid.map { deposit in
            merged(deposit, refunds[deposit["id"]?.stringValue ?? ""])
        }
        return DepositReport(auditor: auditor, deposits: deposits, trouble: trouble)
    }

    /// All elements of a list that is told page by page.
    static func pages(
        _ service: Service, _ path: String, _ member: String
    ) async throws(Failure) -> [JSON] {
        var all: [JSON] = []
        var last: String?
        repeat {
            let after = last.map { "&after=\($0)" } ?? ""
            let page = try await service.get(path + after)
            all += page[member]?.arrayValue ?? []
            let next = page["next"]?.stringValue
            // Pages go on; a server that repeats itself is not followed in circles.
            guard next != last else { break }
            last = next
        } while last != nil
        return all
    }

    private static func merged(_ deposit: JSON, _ refund: JSON?) -> JSON {
        var object = deposit.objectValue ?? JSONObject()
        guard let refund else { return deposit }
        object["refund"] = refund["state"]
        for name in ["reason", "approvedBy", "approvalsNeeded", "hold", "since"] {
            if let value = refund[name] { object[name] = value }
        }
        return .object(object)
    }

    var json: JSON { ["auditor": JSON(auditor), "deposits": .array(deposits)] }

    var table: Table {
        .columns(
            deposits, ["id", "state", "amount", "payer", "nodeStatus", "refund", "reason", "hold"])
    }

    /// RFC 4180, with a first line of names. What a spreadsheet would take for a formula is quoted.
    var commaSeparated: String {
        let rows = deposits.map { row in Self.columns.map { row[$0]?.plain ?? "" } }
        return ([Self.columns] + rows).map { $0.map(Self.cell).joined(separator: ",") }
            .joined(separator: "\r\n")
    }

    private static func cell(_ text: String) -> String {
        var text = Escaping.escaped(text)
        if let first = text.utf8.first, "=+-@".utf8.contains(first) { text = "'" + text }
        guard text.utf8.contains(where: { ",\" ".utf8.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
