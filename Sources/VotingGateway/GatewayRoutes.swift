import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// The gateway's HTTP interface (DESIGN §8).
struct GatewayRoutes: Sendable {
    let service: VotingService
    let desk: LoginDesk
    let metrics: MetricRegistry
    let events = EventBroadcast()

    func router() -> Router {
        var router = Router(title: "Accredit voting gateway of \(service.network)", version: "1")
        router.onOperations(metrics: metrics) { await unreadiness() }
        addLogin(&router)
        addVotes(&router)
        addResults(&router)
        addPages(&router)
        return router
    }

    private func addResults(_ router: inout Router) {
        router.on(
            "GET", "/v1/results", summary: "A ledger node's results, now or ?before= a time"
        ) { try await results($0) }
    }

    private func results(_ request: Request) async throws -> Response {
        if let text = request.query("before") {
            do throws(FormatError) {
                _ = try Instant(rfc3339: text)
            } catch {
                throw Problem.badRequest(
                    "before is a time: \(error.detail)", fix: "Write ?before=2026-01-31T12:00:00Z.")
            }
        }
        return try await passedOn("/v1/results", request.query)
    }

    /// Why the gateway cannot do its work now; nil when it can.
    private func unreadiness() async -> String? {
        let status = await service.nodes.firstAnswer(
            "/v1/status", milliseconds: Limits.readinessMilliseconds)
        guard let status, let network = (try? status.json())?["network"]?.stringValue else {
            return "No ledger node answers."
        }
        return network.hasSameBytes(as: service.network)
            ? nil : "The ledger nodes are of network \(network), not \(service.network)."
    }
}
