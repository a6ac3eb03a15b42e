import Cryptography
import Encoding
import Pages
import Testing
import Web

/// What the reviewers' page promises its browser.
@Suite struct ReviewPageTests {
    private let router: Router

    init() {
        var router = Router()
        ReviewPage(issuer: "https://a3.example/\"><script>", network: "net<b>").add(to: &router)
        self.router = router
    }

    private func get(_ path: String) async -> Response {
        await router.respond(
            to: Request(
                method: "GET", path: path, query: [], headers: [], body: [], id: "1",
                remote: SocketAddress(host: "127.0.0.1", port: 1)))
    }

    @Test func `the page runs one script, whose digest it names, and nothing else`() async throws {
        let page = await get(ReviewPage.path)
        let html = String(decoding: page.body, as: UTF8.self)
        #expect(page.status == 200)
        let policy = try #require(page.header("content-security-policy"))
        #expect(policy.contains("default-src 'none'; script-src 'self'; style-src 'self'"))
        #expect(!policy.contains("unsafe"))
        #expect(html.split(separator: "<script").count == 2)
        let source = try #require(html.split(separator: "<script src=\"").last)
        let path = String(source.prefix { $0 != "\"" })
        let script = await get(path)
        #expect(script.status == 200)
        #expect(
            html.contains("integrity=\"sha256-\(Base64.encode(Digest.sha256(script.body).bytes))\"")
        )
        #expect(script.header("cache-control")?.contains("immutable") == true)
    }

    @Test func `the auditor's name cannot become markup`() async {
        let html = String(decoding: await get(ReviewPage.path).body, as: UTF8.self)
        #expect(!html.contains("<script>") && !html.contains("<b>"))
        #expect(!html.contains(" style=") && !html.contains("onclick"))
    }

    @Test func `the script writes no markup and keeps nothing`() async throws {
        let html = String(decoding: await get(ReviewPage.path).body, as: UTF8.self)
        let source = try #require(html.split(separator: "<script src=\"").last)
        let script = String(
            decoding: await get(String(source.prefix { $0 != "\"" })).body, as: UTF8.self)
        for word in [
            "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Storage",
            "document.cookie", "http://", "https://",
        ] {
            #expect(!script.contains(word), "\(word)")
        }
    }
}
