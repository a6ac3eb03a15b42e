import Encoding

/// What a verification looked at, one line each.
struct Checks: Sendable {
    struct Check: Sendable, Equatable {
        let name: String
        let isOK: Bool
        let detail: String
    }

    private(set) var checks: [Check] = []

    var areAllOK: Bool { checks.allSatisfy(\.isOK) }

    mutating func add(_ name: String, _ isOK: Bool, _ detail: String) {
        checks.append(Check(name: name, isOK: isOK, detail: detail))
    }

    /// Runs one check; what it throws is its detail.
    mutating func run(_ name: String, _ detail: String, _ body: () throws -> Void) {
        do {
            try body()
            add(name, true, detail)
        } catch {
            add(name, false, Failure(mapping: error).what)
        }
    }

    var json: JSON {
        .array(
            checks.map { check in
                ["name": JSON(check.name), "ok": JSON(check.isOK), "detail": JSON(check.detail)]
            })
    }

    func table(_ console: Console) -> String {
        console.table(
            Table(
                ["CHECK", "OK", "DETAIL"],
                checks.map { [$0.name, $0.isOK ? "yes" : "NO", $0.detail] }))
    }

    /// Prints every check; throws when one fails.
    func report(_ noun: String, _ members: JSONObject, _ console: Console) throws {
        var object = members
        object["ok"] = JSON(areAllOK)
        object["checks"] = json
        console.result(.object(object)) { table(console) }
        guard areAllOK else {
            let failed = checks.filter { !$0.isOK }
            throw Failure(
                .verification, "verification.failed", "the \(noun) does not verify",
                why: failed.map { "\($0.name): \($0.detail)" }.joined(separator: "\n       "))
        }
    }
}
