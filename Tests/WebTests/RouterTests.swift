import Encoding
import Testing

@testable import Web

@Suite struct RouterTests {
    static func router() -> Router {
        var router = Router(title: "Test", version: "2")
        router.on("GET", "/v1/blocks/{height}", summary: "One block") { request in
            .text("height \(request["height"])")
        }
        router.on("GET", "/v1/blocks/latest", summary: "The last block") { _ in .text("latest") }
        router.on("POST", "/v1/blocks", summary: "Adds a block") { _ in
            Response(status: 202)
        }
        router.on("GET", "/v1/a/{a}/b/{b}") { request in .text("\(request["a"])|\(request["b"])") }
        return router
    }

    static func body(_ path: String, method: String = "GET") async -> String {
        let response = await router().respond(to: Request(method: method, path: path))
        return "\(response.status) \(String(decoding: response.body.prefix(40), as: UTF8.self))"
    }

    @Test func `literal segments win over parameters`() async {
        #expect(await Self.body("/v1/blocks/latest") == "200 latest")
        #expect(await Self.body("/v1/blocks/7") == "200 height 7")
    }

    @Test func `parameters are decoded after the path was split`() async {
        #expect(await Self.body("/v1/a/x%2Fy/b/did:key:z6Mk%20") == "200 x/y|did:key:z6Mk ")
    }

    @Test(arguments: [
        "/v1/blocks/", "/v1/blocks/7/", "/v1//blocks/7", "/v1/blocks/7/8", "/V1/blocks/7", "/", "",
        "*", "/v1/a//b/c", "/v1/a/x/b/" + String(repeating: "/", count: 100),
    ])
    func `a path that only resembles a route is not found`(_ path: String) async {
        #expect(await Self.body(path).hasPrefix("404 "))
    }

    @Test func `a method the path does not take is refused with those it takes`() async {
        let response = await Self.router().respond(to: Request(method: "PUT", path: "/v1/blocks/7"))
        #expect(response.status == 405)
        #expect(response.header("allow") == "GET, HEAD")
        let other = await Self.router().respond(to: Request(method: "GET", path: "/v1/blocks"))
        #expect(other.header("allow") == "POST")
    }

    @Test func `the description holds exactly the routes of the table`() throws {
        let router = Self.router().withOpenAPI()
        let paths = try #require(router.openAPI["paths"]?.objectValue)
        let described = paths.members.flatMap { path in
            (path.value.objectValue?.members ?? []).map { "\($0.name) \(path.name)" }
        }
        let routes = router.routes.map { "\($0.method.lowercased()) \($0.pattern)" }
        #expect(described.sorted() == routes.sorted())
        #expect(router.openAPI["openapi"]?.stringValue == "3.1.0")
        let operation = paths["/v1/a/{a}/b/{b}"]?["get"]
        let names = operation?["parameters"]?.arrayValue?.map { $0["name"]?.stringValue }
        #expect(names == ["a", "b"])
    }

    @Test func `the served description is the description`() async throws {
        let router = Self.router().withOpenAPI()
        let response = await router.respond(to: Request(path: "/openapi.json"))
        #expect(try JSON.parse(response.body) == router.openAPI)
    }

    @Test func `metrics are counted, bounded in their label sets, and escaped`() {
        let metrics = MetricRegistry()
        metrics.declare("x_total", .counter, "X")
        metrics.add("x_total", labels: [("name", "a\"b\\c\nd")])
        metrics.add("x_total", 2, labels: [("name", "a\"b\\c\nd")])
        metrics.add("undeclared_total")
        metrics.declare("y_seconds", .histogram, "Y")
        metrics.observe("y_seconds", seconds: 0.3)
        metrics.observe("y_seconds", seconds: 99)
        for index in 0..<2_000 { metrics.add("x_total", labels: [("name", "\(index)")]) }
        let text = metrics.text
        #expect(text.contains("# TYPE x_total counter\n"))
        #expect(text.contains(#"x_total{name="a\"b\\c\nd"} 3"# + "\n"))
        #expect(!text.contains("undeclared"))
        #expect(text.contains("y_seconds_bucket{le=\"0.25\"} 0\n"))
        #expect(text.contains("y_seconds_bucket{le=\"0.5\"} 1\n"))
        #expect(text.contains("y_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("y_seconds_count 2\n"))
        #expect(text.count(of: "\nx_total{") == 1_000)
    }
}
