package import Encoding

extension Router {
    /// An OpenAPI 3.1 document of exactly the routes in this table.
    package var openAPI: JSON {
        var paths: [(String, [(String, JSON)])] = []
        for route in routes {
            let operation = (
                String(decoding: Syntax.lowercased(route.method.utf8), as: UTF8.self),
                Self.operation(route)
            )
            if let index = paths.firstIndex(where: { $0.0 == route.pattern }) {
                paths[index].1.append(operation)
            } else {
                paths.append((route.pattern, [operation]))
            }
        }
        return object([
            ("openapi", "3.1.0"),
            ("info", object([("title", .string(title)), ("version", .string(version))])),
            ("paths", object(paths.map { ($0.0, object($0.1)) })),
            (
                "components",
                object([("schemas", object([("Problem", Self.problemSchema)]))])
            ),
        ])
    }

    /// The table with `GET /openapi.json` in it, which describes itself too.
    func withOpenAPI() -> Router {
        guard !routes.contains(where: { $0.pattern == "/openapi.json" }) else { return self }
        var described = self
        let summary = "This description"
        described.on("GET", "/openapi.json", summary: summary) { _ in Response() }
        let document = described.openAPI.bytes
        var router = self
        router.on("GET", "/openapi.json", summary: summary) { _ in
            .bytes(document, contentType: "application/json")
        }
        return router
    }

    private static func operation(_ route: Route) -> JSON {
        let words = route.pattern.split { !($0.isLetter || $0.isNumber) }.joined(separator: "-")
        var members: [(String, JSON)] = [
            ("operationId", .string("\(route.method.lowercased())-\(words)")),
            ("summary", .string(route.summary)),
        ]
        if !route.parameterNames.isEmpty {
            let parameters = route.parameterNames.map { name in
                object([
                    ("name", .string(name)), ("in", "path"), ("required", true),
                    ("schema", object([("type", "string")])),
                ])
            }
            members.append(("parameters", .array(parameters)))
        }
        if ["POST", "PUT", "PATCH"].contains(route.method) {
            let content = object([(route.consumes, object([("schema", object([]))]))])
            members.append(("requestBody", object([("required", true), ("content", content)])))
        }
        let reference = object([("$ref", "#/components/schemas/Problem")])
        let problem = object([
            ("description", "What went wrong, and how to fix it (RFC 9457)"),
            (
                "content",
                object([("application/problem+json", object([("schema", reference)]))])
            ),
        ])
        members.append(
            (
                "responses",
                object([("2XX", object([("description", "Done")])), ("default", problem)])
            ))
        return object(members)
    }

    private static var problemSchema: JSON {
        let names = ["type", "title", "detail", "fix", "instance"]
        var properties = names.map { ($0, object([("type", "string")])) }
        properties.append(("status", object([("type", "integer")])))
        return object([
            ("type", "object"),
            ("required", ["type", "title", "status", "detail", "instance"]),
            ("properties", object(properties)),
        ])
    }
}

private func object(_ members: [(String, JSON)]) -> JSON { .object(JSONObject(members)) }
