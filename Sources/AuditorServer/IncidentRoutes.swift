import Encoding
import Web

/// What incidents there are, for the auditor's own machine.
struct IncidentRoutes: Sendable {
    let store: AuditorStore

    func add(to router: inout Router) {
        router.on(
            "GET", "/v1/incidents", summary: "Incidents; on the auditor's own machine only"
        ) { request in
            try request.requireLoopback("incidents")
            return .json(["incidents": .array(try store.incidents().map(\.json))])
        }
        router.on(
            "GET", "/v1/incidents/{id}",
            summary: "An incident's credentials; on the auditor's own machine only"
        ) { request in
            try request.requireLoopback("incidents")
            let id = request["id"]
            guard let incident = try store.incidents().first(where: { $0.id.hasSameBytes(as: id) })
            else { throw Problem.notFound("There is no incident \(id.quotedForMessage).") }
            let credentials = try store.credentials(of: incident.id)
            var answer = incident.json.objectValue ?? JSONObject()
            answer["list"] = .array(
                credentials.map { ["credential": JSON($0.jti), "done": JSON($0.isDone)] })
            return .json(.object(answer))
        }
    }
}

extension Request {
    /// - Throws: a `Problem` with status 403 for whoever is not on this machine.
    func requireLoopback(_ what: String) throws(Problem) {
        guard remote.isLoopback else {
            throw Problem(
                type: "operator-only", title: "Operator only", status: 403,
                detail: "What \(what) there are is told on the auditor's own machine only.",
                fix: "Ask from there, over a loopback address.")
        }
    }
}
