import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing
import Web

@testable import LedgerNode

@Suite(.serialized, .timeLimit(.minutes(10))) struct HandingInTests {
    @Test func `several in one request are each taken or refused by themselves`() async throws {
        let network = try await TestNetwork()
        let (payer, payee) = (network.voters[0], network.voters[1])
        let transfers = try (0..<3).map { number in
            try network.sign(
                .transfer(to: Identity(payee.publicKey), amount: 10), by: payer,
                sequence: UInt64(number))
        }
        let good = transfers.map(\.jws.compact)
        // The signature of another transaction.
        let wrong =
            good[1].prefix { $0 != "." } + "."
            + good[1].split(separator: ".")[1] + "." + good[2].split(separator: ".")[2]
        let used = try network.sign(
            .transfer(to: Identity(payee.publicKey), amount: 10), by: payer, sequence: 5_000)
        let parts = [good[0], String(wrong), "no transaction", good[1], used.jws.compact, good[2]]
        try await network.withNodes([0]) { _ in
            let results = try await results(of: parts, network)
            #expect(
                results.map { $0["id"]?.stringValue } == [
                    transfers[0].id.text, nil, nil, transfers[1].id.text, nil,
                    transfers[2].id.text,
                ])
            #expect(
                results.map { $0["problem"]?["type"]?.stringValue } == [
                    nil, "urn:accredit:problem:signature",
                    "urn:accredit:problem:transaction-malformed", nil,
                    "urn:accredit:problem:sequence-too-far", nil,
                ])
            #expect(results[4]["problem"]?["status"]?.int64Value == 409)
            // Again, they change nothing.
            let again = try await self.results(of: good, network)
            #expect(again.map { $0["id"]?.stringValue } == transfers.map(\.id.text))
            #expect(try await network.run(transfers[2], at: 0) == "ok")
            let account = try await network.get("/v1/accounts/\(payee.did)", from: 0)
            #expect(account["balance"]?.stringValue == "1030")
        }
    }

    @Test func `a request without a transaction is refused, and one with too many`() async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            for (parts, status) in [
                ([], 400), ([String](repeating: "x", count: Limits.handedInTogetherMaximum), 202),
                ([String](repeating: "x", count: Limits.handedInTogetherMaximum + 1), 400),
            ] as [([String], Int)] {
                let response = try await network.send(
                    "POST", "/v1/transactions", to: 0,
                    json: ["transactions": .array(parts.map { JSON($0) })])
                #expect(response.status == status)
            }
        }
    }

    @Test func `one and several are not mixed`() throws {
        #expect(try HandedIn(["transaction": "a"]) == .one("a"))
        #expect(try HandedIn(["transactions": ["a"]]) == .several(["a"]))
        for wrong in [
            ["transaction": "a", "transactions": ["b"]], ["transactions": "a"],
            ["transactions": [1]], ["transaction": ["a"]], [:],
        ] as [JSON] {
            #expect(throws: Problem.self) { try HandedIn(wrong) }
        }
    }

    private func results(of parts: [String], _ network: TestNetwork) async throws -> [JSON] {
        let response = try await network.send(
            "POST", "/v1/transactions", to: 0,
            json: ["transactions": .array(parts.map { JSON($0) })])
        #expect(response.status == 202)
        return try response.json()["results"]?.arrayValue ?? []
    }
}
