import Testing

@testable import Web

@Suite(.serialized) struct TLSTests {
    @Test func `a certificate of the trusted authority is accepted by address and by name`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let trust = try DevelopmentAuthority.create(directory: directory.path)
        let identity = try DevelopmentAuthority.issue(server: "node", directory: directory.path)
        try await withServer(tls: identity) { address in
            let client = HTTPClient(trust: trust)
            for host in ["127.0.0.1", "localhost", "127.0.0.1"] {
                let response = try await client.send(
                    "GET", "https://\(host):\(address.port)/hello", deadlineMilliseconds: 20_000)
                #expect(response.body == Array("hello".utf8))
                #expect(response.header("strict-transport-security") != nil)
            }
        }
    }
}
