import Encoding
import Web

/// What incidents there are, for the auditor's own machine.
struct IncidentRoutes: Sendable {
    let store: AuditorStore

    private static let refusal =
        "What incidents there are is told on the auditor's own machine only."

    func add(to router: inout Router) {
        router.on(
            "GET", "/v1/incidents", summary: "Incidents; on the auditor's own machine only"
        ) { request in
            try request.requireLoopback(Self.refusal)
            return .json(["incidents": .array(try store.incidents().map(\.json))])
        }
        router.on(
            "GET", "/v1/incidents/{id}",
            summary: "An incident's credentials; on the auditor's own machine only"
        ) { request in
            try request.requireLoopback(Self.refusal)
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
