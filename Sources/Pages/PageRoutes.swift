import Cryptography
import Encoding
package import Web

/// The pages: rendered here from public documents, readable without scripts.
package struct PageRoutes: Sendable {
    let source: any PageSource

    package init(_ source: any PageSource) { self.source = source }

    /// The documents that the pages link to as their twins. A server that has not got them itself
    /// passes them on.
    package static let documents = [
        "/v1/accounts/{did}", "/v1/accounts/{did}/transactions", "/v1/auditor-set", "/v1/blocks",
        "/v1/blocks/{height}", "/v1/blocks/{height}/transactions", "/v1/candidates",
        "/v1/candidates/{did}", "/v1/candidates/{did}/history", "/v1/deposits/{id}",
        "/v1/elections", "/v1/elections/{n}", "/v1/elections/{n}/certificate", "/v1/genesis",
        "/v1/parameters", "/v1/representatives", "/v1/results", "/v1/search",
        "/v1/status",
        "/v1/transactions/{id}", "/v1/transactions/{id}/receipt", "/v1/turnout",
    ]

    /// One segment of a path or one item of a query, percent-encoded.
    package static func segment(_ text: String) -> String { HarmlessText.segment(text) }

    package func add(to router: inout Router) {
        for asset in Asset.all {
            router.on("GET", asset.path, summary: asset.summary) { request in
                Self.answer(
                    asset.body, contentType: asset.contentType, request,
                    caching: "public, max-age=31536000, immutable")
            }
        }
        on(&router, "/", "Page: results, now or ?before= a time", results)
        on(&router, "/candidates", "Page: everybody who may be voted for", candidates)
        on(&router, "/candidates/{did}", "Page: one candidate", candidate)
        on(&router, "/elections", "Page: elections held", elections)
        on(&router, "/elections/{n}", "Page: one election", election)
        on(&router, "/explorer", "Page: the chain at a glance", explorer)
        on(&router, "/blocks", "Page: blocks, newest first", blocks)
        on(&router, "/blocks/{height}", "Page: one block", block)
        on(&router, "/transactions/{id}", "Page: one transaction", transaction)
        on(&router, "/accounts/{did}", "Page: one account", account)
        on(&router, "/deposits/{id}", "Page: one deposit", deposit)
        on(&router, "/representatives", "Page: who makes blocks, and how well", representatives)
        on(&router, "/auditors", "Page: auditors, their keys and the quorum", auditors)
        on(&router, "/parameters", "Page: what the network fixed for itself", parameters)
        on(&router, "/privacy", "Page: what is public about a vote") { _ in Self.privacy }
        router.on("GET", "/search", summary: "Page: finds what ?q= names") { request in
            if let place = try await destination(request) {
                return Response(status: 303, headers: [("location", place)])
            }
            return try await render(request) { try await nothingFound($0) }
        }
    }

    private func on(
        _ router: inout Router, _ pattern: String, _ summary: String,
        _ make: @escaping @Sendable (Request) async throws -> Page
    ) {
        router.on("GET", pattern, summary: summary) { try await render($0, make) }
    }

    /// A page in its frame; a problem becomes a page too.
    private func render(
        _ request: Request, _ make: @Sendable (Request) async throws -> Page
    ) async throws -> Response {
        var page: Page
        do {
            page = try await make(request)
        } catch let problem as Problem {
            page = Self.page(of: problem)
        }
        let status = try? await source.document("/v1/status")
        let html = Frame(status: status).document(page)
        var response = Self.answer(
            html.bytes, contentType: "text/html; charset=utf-8", request, caching: "no-cache")
        if response.status == 200 { response.status = page.status }
        return response
    }

    static func answer(
        _ body: [UInt8], contentType: String, _ request: Request, caching: String
    ) -> Response {
        let tag = "\"\(Digest.sha256(body).text.prefix(32))\""
        let headers = [
            ("cache-control", caching), ("etag", tag),
            ("content-security-policy", contentSecurityPolicy),
        ]
        let known = request.header("if-none-match")?.split(separator: ",").contains { entry in
            let entry = entry.drop { $0 == " " }
            return entry == tag || entry == "W/\(tag)" || entry == "*"
        }
        if known == true { return Response(status: 304, headers: headers) }
        return .bytes(body, contentType: contentType, headers: headers)
    }

    /// Nothing inline, nothing from elsewhere, and no script may write markup.
    static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'
        """

    static func page(of problem: Problem) -> Page {
        let fix = problem.fix.map { "<p>\($0)</p>" as HTML } ?? .empty
        return Page(
            status: problem.status, title: problem.title,
            content: """
                <h1>\(problem.title)</h1>
                <p>\(Component.quoted(problem.detail))</p>
                \(fix)
                <p><a href="/">Results</a> · <a href="/explorer">Explorer</a></p>
                """)
    }
}
