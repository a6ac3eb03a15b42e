import Encoding

/// What a handler is: it may wait for slow things without holding up its loop; work that blocks or
/// computes for long belongs on a thread of its own.
package typealias Handler = @Sendable (Request) async throws -> Response

/// One line of the route table.
package struct Route: Sendable {
    package let method: String
    /// `/v1/blocks/{height}`: whole segments, literal or a name in braces.
    package let pattern: String
    package let summary: String
    /// The media type of bodies, for the description; the handler checks what it gets.
    package let consumes: String
    package let maximumBodyByteCount: Int
    /// Asked before a body is read; nil lets everybody in.
    let gate: Gate?
    let handler: Handler

    /// The names in braces, in order.
    package var parameterNames: [String] { segments.compactMap(\.parameterName) }

    let segments: [Segment]

    enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)

        var parameterName: String? {
            if case .parameter(let name) = self { name } else { nil }
        }
    }

    /// The parameters by name when `path` fits, else nil.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let literal):
                guard literal.hasSameBytes(as: text) else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }
}

/// The table of routes; `/openapi.json` is made from it, so it cannot say anything else.
package struct Router: Sendable {
    package private(set) var routes: [Route] = []
    /// Places in `routes` of patterns without parameters, by method and pattern: most requests are
    /// for one of them.
    private var places: [String: Int] = [:]
    package let title: String
    package let version: String

    package init(title: String = "Accredit", version: String = "1") {
        self.title = title
        self.version = version
    }

    /// Adds a route. HEAD is answered from GET. Where two patterns fit one path, literal segments
    /// win over parameters.
    package mutating func on(
        _ method: String, _ pattern: String, summary: String = "",
        consumes: String = "application/json", maximumBodyByteCount: Int = 1024 * 1024,
        gate: Gate? = nil, _ handler: @escaping Handler
    ) {
        let segments = pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { part -> Route.Segment in
                part.hasPrefix("{") && part.hasSuffix("}")
                    ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
            }
        let route = Route(
            method: method, pattern: pattern, summary: summary, consumes: consumes,
            maximumBodyByteCount: maximumBodyByteCount, gate: gate, handler: handler,
            segments: segments)
        let names = Set(route.parameterNames)
        precondition(pattern.hasPrefix("/"), "a pattern starts with a slash: \(pattern)")
        precondition(names.count == route.parameterNames.count, "a name twice in \(pattern)")
        precondition(
            !routes.contains { $0.method == method && $0.shape == route.shape },
            "\(method) \(pattern) is in the table already")
        if names.isEmpty { places[Self.name(method, pattern)] = routes.count }
        routes.append(route)
    }

    private static func name(_ method: String, _ path: String) -> String { method + " " + path }

    enum Match: Sendable {
        case found(Route, parameters: [String: String])
        case notFound
        case methodNotAllowed(allowed: [String])
    }

    /// The route for a path as it was sent.
    func match(_ method: String, _ path: String) -> Match {
        // A dictionary takes canonically equivalent text for the same, a router does not.
        if let place = places[Self.name(method, path)],
            routes[place].pattern.hasSameBytes(as: path)
        {
            return .found(routes[place], parameters: [:])
        }
        let parts = Array(path.utf8).split(
            separator: UInt8(ascii: "/"), maxSplits: Limits.pathSegmentCount,
            omittingEmptySubsequences: false)
        let segments = parts.dropFirst().compactMap { Syntax.percentDecoded($0) }
        guard parts.count <= Limits.pathSegmentCount, segments.count == parts.count - 1 else {
            return .notFound
        }
        let fitting = routes.compactMap { route in
            route.match(segments).map { (route: route, parameters: $0) }
        }
        let wanted = method == "HEAD" ? ["HEAD", "GET"] : [method]
        let candidates = fitting.filter { wanted.contains($0.route.method) }
        if let best = candidates.min(by: { $0.parameters.count < $1.parameters.count }) {
            return .found(best.route, parameters: best.parameters)
        }
        guard !fitting.isEmpty else { return .notFound }
        var allowed = Set(fitting.map(\.route.method))
        if allowed.contains("GET") { allowed.insert("HEAD") }
        return .methodNotAllowed(allowed: allowed.sorted())
    }

    /// Answers a request without a server: what the server does between reading and writing.
    package func respond(to request: Request) async -> Response {
        await Answer.make(match(request.method, request.path), request).response
    }
}

extension Route {
    /// The pattern with nameless parameters: two routes of one shape would hide each other.
    fileprivate var shape: String {
        segments.map { segment in
            switch segment {
            case .literal(let text): text
            case .parameter: "{}"
            }
        }.joined(separator: "/")
    }
}

/// The outcome of a request, with what the log should know and the client should not.
struct Answer: Sendable {
    let response: Response
    /// The cause of an answer 500, for the log only.
    var failure: String?

    /// The only place where errors become problem documents.
    static func make(_ match: Router.Match, _ request: Request) async -> Answer {
        switch match {
        case .found(let route, let parameters):
            do {
                return Answer(
                    response: try await route.handler(request.with(parameters: parameters)))
            } catch {
                return Answer(error, request.id)
            }
        case .notFound:
            let problem = Problem.notFound(
                "There is nothing at this path.", fix: "GET /openapi.json lists every path.")
            return Answer(response: problem.response(instance: request.id))
        case .methodNotAllowed(let allowed):
            let list = allowed.joined(separator: ", ")
            let problem = Problem(
                type: "method", title: "Method not allowed", status: 405,
                detail: "This path does not take the method.", fix: "Use one of: \(list).",
                headers: [("allow", list)])
            return Answer(response: problem.response(instance: request.id))
        }
    }

    /// What a handler or a gate threw, as the client gets it.
    init(_ error: any Error, _ id: String) {
        switch error {
        case let problem as Problem:
            self.init(response: problem.response(instance: id))
        case is CancellationError:
            let problem = Problem.unavailable(
                "The server is stopping.", fix: "Try again in a moment.")
            self.init(response: problem.response(instance: id))
        case _:
            self.init(
                response: Problem.unforeseen.response(instance: id), failure: "\(error)")
        }
    }

    init(response: Response, failure: String? = nil) {
        self.response = response
        self.failure = failure
    }
}
