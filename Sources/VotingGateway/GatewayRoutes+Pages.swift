import Encoding
import Pages
import Web

/// Pages for those who vote here. What they show is the ledger's, passed on; so a gateway answers
/// for the documents behind its pages too.
extension GatewayRoutes {
    func addPages(_ router: inout Router) {
        let own = router.routes.filter { $0.method == "GET" }.map { Self.shape($0.pattern) }
        for pattern in PageRoutes.documents where !own.contains(Self.shape(pattern)) {
            router.on("GET", pattern, summary: "A ledger node's answer, passed on") { request in
                try await passedOn(request.path, request.query)
            }
        }
        router.on(
            "GET", "/v1/events", summary: "An event for each block (text/event-stream)"
        ) { try events.listen($0) }
        PageRoutes(LedgerSource(nodes: service.nodes)).add(to: &router)
    }

    /// A pattern without the names of its parameters.
    private static func shape(_ pattern: String) -> [String] {
        pattern.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }
    }

    func passedOn(
        _ path: String, _ query: [(name: String, value: String)]
    ) async throws -> Response {
        let response = try await LedgerSource(nodes: service.nodes).answer(path, query)
        guard response.status == 200 else { throw Problem(passingOn: response) }
        let type = response.header("content-type") ?? "application/json"
        let disposition = response.header("content-disposition")
        return .bytes(
            response.body, contentType: type,
            headers: disposition.map { [("content-disposition", $0)] } ?? [])
    }
}

/// The documents of the ledger nodes this gateway asks.
struct LedgerSource: PageSource {
    let nodes: LedgerNodes

    func document(
        _ path: String, _ query: [(name: String, value: String)]
    ) async throws -> JSON {
        try RouterSource.document(await answer(path, query))
    }

    func answer(
        _ path: String, _ query: [(name: String, value: String)]
    ) async throws -> Response {
        // A stranger's wait would keep a connection to the ledger for as long as it pleases.
        let items = query.filter { $0.name != "wait" }.map {
            "\(PageRoutes.segment($0.name))=\(PageRoutes.segment($0.value))"
        }
        let target = items.isEmpty ? path : "\(path)?\(items.joined(separator: "&"))"
        guard let response = await nodes.firstAnswer(target) else {
            throw Problem.unavailable("No ledger node answers.", fix: "Ask again later.")
        }
        return response
    }
}
