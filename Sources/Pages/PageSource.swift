package import Encoding
package import Web

/// Where pages get what they show: the public JSON documents, and nothing else. So a page can tell
/// no more and nothing different than its JSON twin.
package protocol PageSource: Sendable {
    /// The document at a path such as `/v1/blocks/7`, percent-encoded, without the query.
    /// - Throws: a `Problem`, as the server of the document answered it.
    func document(
        _ path: String, _ query: [(name: String, value: String)]
    ) async throws -> JSON
}

extension PageSource {
    package func document(_ path: String) async throws -> JSON { try await document(path, []) }

    /// Nil where there is no such document.
    func documentIfAny(
        _ path: String, _ query: [(name: String, value: String)] = []
    ) async throws -> JSON? {
        do {
            return try await document(path, query)
        } catch let problem as Problem where (400..<500).contains(problem.status) {
            return nil
        }
    }
}

/// The documents of the server that serves the pages too.
package struct RouterSource: PageSource {
    private let router: Router

    package init(_ router: Router) { self.router = router }

    package func document(
        _ path: String, _ query: [(name: String, value: String)]
    ) async throws -> JSON {
        let response = await router.respond(to: Request(path: path, query: query))
        return try Self.document(response)
    }

    /// The JSON of an answer.
    /// - Throws: the `Problem` that it is otherwise.
    package static func document(_ response: Response) throws -> JSON {
        let limits = JSONLimits(
            byteCountMaximum: Limits.documentByteCountMaximum,
            valueCountMaximum: Limits.documentValueCountMaximum)
        let json = try JSON.parse(response.body, limits: limits)
        guard response.status == 200 else {
            throw Problem(
                type: "document", title: json["title"]?.stringValue ?? "No answer",
                status: (400..<500).contains(response.status) ? response.status : 502,
                detail: json["detail"]?.stringValue ?? "There is no answer to show.",
                fix: json["fix"]?.stringValue)
        }
        return json
    }
}
