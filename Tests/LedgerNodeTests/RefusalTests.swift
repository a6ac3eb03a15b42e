import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import Web

@Suite(.serialized, .timeLimit(.minutes(10))) struct RefusalTests {
    private func problem(_ response: Response) throws -> (status: Int, type: String) {
        #expect(response.header("content-type") == "application/problem+json")
        let json = try response.json()
        #expect(json["detail"]?.stringValue?.isEmpty == false)
        let type = json["type"]?.stringValue ?? ""
        return (response.status, String(type.split(separator: ":").last ?? ""))
    }

    @Test func `a wrong transaction gets a problem document and changes nothing`() async throws {
        let network = try await TestNetwork()
        let (payer, payee) = (network.voters[0], Identity(network.voters[1].publicKey))
        let body = TransactionBody.transfer(to: payee, amount: 1)
        try await network.withNodes([0]) { _ in
            let good = try network.sign(body, by: payer, sequence: 0)
            let first = try await network.run(good, at: 0)
            #expect(first == "ok")

            let expired = try network.sign(body, by: payer, sequence: 1, validForSeconds: -1)
            let refused = try problem(try await network.submit(expired, to: 0))
            #expect(refused == (422, "not-after-passed"))

            // The same bytes again are the same transaction: no problem, and no second transfer.
            let again = try await network.submit(good, to: 0)
            #expect(again.status == 202)

            let replayed = try network.sign(.transfer(to: payee, amount: 2), by: payer, sequence: 0)
            let used = try problem(try await network.submit(replayed, to: 0))
            #expect(used == (409, "sequence-used"))

            let stranger = try network.sign(body, by: try KeyPair(), sequence: 0)
            let unknown = try problem(try await network.submit(stranger, to: 0))
            #expect(unknown == (422, "unknown-account"))

            // A signature by another key, under the payer's name.
            let forged = try network.sign(body, by: payer, sequence: 1).jws.compact
            let other = try network.sign(.transfer(to: payee, amount: 9), by: payer, sequence: 1)
            let signature = other.jws.compact.split(separator: ".")[2]
            let parts = forged.split(separator: ".")
            let mixed = "\(parts[0]).\(parts[1]).\(signature)"
            let bad = try problem(
                try await network.send(
                    "POST", "/v1/transactions", to: 0, json: ["transaction": .string(mixed)]))
            #expect(bad == (400, "signature"))

            let account = try await network.get("/v1/accounts/\(payee.text)", from: 0)
            #expect(account["balance"]?.stringValue == "1001")
        }
    }

    @Test func `a malformed or over-long body gets a problem document`() async throws {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            let bodies: [(JSON, Int)] = [
                (["transaction": "x.y.z"], 400), (["transaction": 1], 400),
                (["transaction": "a", "more": 1], 400), ([], 400),
                (["transaction": .string(String(repeating: "a", count: 600_000))], 400),
            ]
            for (body, status) in bodies {
                let answer = try await network.send("POST", "/v1/transactions", to: 0, json: body)
                #expect(try problem(answer).status == status)
            }
            let long: JSON = .string(String(repeating: "a", count: 2_000_000))
            let tooLong = try await network.send(
                "POST", "/v1/transactions", to: 0, json: ["transaction": long])
            #expect(tooLong.status == 413)
            for path in [
                "/v1/blocks/0", "/v1/blocks/x", "/v1/accounts/nobody", "/v1/deposits/abc",
                "/v1/deposits", "/v1/elections/-1", "/v1/results?before=yesterday",
                "/v1/transactions/abc", "/v1/blocks/1?wait=soon",
            ] {
                #expect(try problem(try await network.send("GET", path, to: 0)).status == 400)
            }
            for path in [
                "/v1/blocks/999999", "/v1/accounts/\(try KeyPair().did)", "/v1/elections/7",
                "/v1/deposits/\(Digest.zero.text)", "/v1/transactions/\(Digest.zero.text)/receipt",
                "/v1/results?before=2020-01-01T00:00:00Z",
            ] {
                #expect(try problem(try await network.send("GET", path, to: 0)).status == 404)
            }
        }
    }

    @Test func `hostile consensus messages are refused and blocks keep coming`() async throws {
        let network = try await TestNetwork()
        let client = try network.peerClient(as: network.nodes[0].pair)
        try await network.withNodes([0]) { nodes in
            var generator = SeededGenerator(seed: 7)
            for count in [0, 1, 5, 100, 5_000] {
                let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let answer = try await network.send(messages: body, to: 0, with: client)
                #expect(answer.status == (count == 0 ? 202 : 400))
            }
            _ = try await network.block(nodes[0].height + 2, from: 0)
        }
    }
}
