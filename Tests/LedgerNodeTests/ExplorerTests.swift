import Credentials
import Cryptography
import Encoding
import Ledger
import LedgerNode
import TestSupport
import Testing
import Web

/// The lists for explorers, the pages, and the events, on a real node.
@Suite struct ExplorerTests {
    /// A node with some transfers, all of them in the lists.
    private static func withChain(
        _ body: (TestNetwork, [Transaction]) async throws -> Void
    ) async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            var sent: [Transaction] = []
            for sequence in 0..<5 as Range<UInt64> {
                let transaction = try network.sign(
                    .transfer(to: network.nodes[0].identity, amount: sequence + 1),
                    by: network.voters[0], sequence: sequence)
                try await network.run(transaction, at: 0)
                sent.append(transaction)
            }
            let tip = try await network.get("/v1/status", from: 0)["height"]?.uint64Value ?? 0
            try await eventually("everything is in the lists") {
                let lists = try await network.get("/v1/turnout", from: 0)["height"]?.uint64Value
                return lists ?? 0 >= tip
            }
            try await body(network, sent)
        }
    }

    @Test func `an account's transactions are listed newest first, page by page`() async throws {
        try await Self.withChain { network, sent in
            let account = network.voters[0].did
            var found: [String] = []
            var next: String? = ""
            while let before = next {
                let query = before.isEmpty ? "" : "&before=\(before)"
                let page = try await network.get(
                    "/v1/accounts/\(account)/transactions?limit=2\(query)", from: 0)
                found +=
                    page["transactions"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
                next = page["next"]?.stringValue
            }
            #expect(found == sent.reversed().map(\.id.text))
            let other = try await network.get(
                "/v1/accounts/\(network.nodes[0].identity)/transactions", from: 0)
            #expect(other["transactions"]?.arrayValue?.count == sent.count)
        }
    }

    @Test func `any id is found, and what is on no chain is not`() async throws {
        try await Self.withChain { network, sent in
            func kinds(_ query: String) async throws -> [String] {
                try await network.get("/v1/search?q=\(query)", from: 0)["found"]?.arrayValue?
                    .compactMap { $0["kind"]?.stringValue } ?? []
            }
            let block = try await network.get("/v1/blocks?before=2&limit=1", from: 0)["blocks"]?[0]
            #expect(try await kinds("1") == ["block"])
            #expect(try await kinds(block?["id"]?.stringValue ?? "") == ["block"])
            #expect(try await kinds(sent[0].id.text) == ["transaction"])
            #expect(try await kinds(network.voters[0].did) == ["account"])
            #expect(try await kinds(network.auditors[0].entry.issuer) == ["auditor"])
            #expect(try await kinds("999999") == [])
            #expect(try await kinds("%3Cscript%3E") == [])
        }
    }

    @Test func `blocks and uptime name who signed`() async throws {
        try await Self.withChain { network, _ in
            let node = network.nodes[0].identity.text
            let list = try await network.get("/v1/blocks?limit=2", from: 0)
            #expect(list["blocks"]?[0]?["signers"] == [.string(node)])
            #expect(list["blocks"]?[0]?["missing"] == [])
            let uptime = try await network.get("/v1/representatives", from: 0)["uptime"]
            let line = try #require(uptime?["nodes"]?[0])
            #expect(line["signed"] == line["blocks"])
            #expect(line["signed"] == line["proposed"])
            let refused = try await network.send("GET", "/v1/blocks?limit=101", to: 0)
            #expect(refused.status == 400)
        }
    }

    @Test func `results come as a table too`() async throws {
        try await Self.withChain { network, _ in
            let table = try await network.send("GET", "/v1/results?format=csv", to: 0)
            #expect(table.header("content-type")?.hasPrefix("text/csv") == true)
            #expect(
                String(decoding: table.body, as: UTF8.self)
                    == "candidate,votes,height,time,final\r\n")
            #expect(try await network.send("GET", "/v1/results?format=xls", to: 0).status == 400)
        }
    }

    @Test(arguments: [
        "/", "/candidates", "/elections", "/elections/0", "/explorer", "/blocks", "/blocks/1",
        "/representatives", "/auditors", "/parameters", "/privacy", "/search?q=%3Cb%3E",
    ])
    func `a page is strict HTML that may be asked for again cheaply`(_ path: String) async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            _ = try await network.block(1, from: 0)
            let page = try await network.send("GET", path, to: 0)
            #expect(page.status == 200)
            let policy = page.header("content-security-policy") ?? ""
            #expect(policy.hasPrefix("default-src 'none'; "))
            #expect(!policy.contains("unsafe"))
            let text = String(decoding: page.body, as: UTF8.self)
            #expect(text.hasPrefix("<!DOCTYPE html>\n"))
            #expect(!text.contains(" style=") && !text.contains("<style"))
            #expect(!text.contains("<b>"))
            let tag = try #require(page.header("etag"))
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
        }
    }
}
