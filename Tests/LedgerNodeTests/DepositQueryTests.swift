import Cryptography
import Encoding
import Ledger
@testable import LedgerNode
import Storage
import TestSupport
import Testing
import Web

/// What an auditor asks about the deposits paid to it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DepositQueryTests {
    /// All pages of an auditor's deposits.
    private func deposits(
        _ network: TestNetwork, _ state: String, limit: Int = 2
    ) async throws -> [String] {
        var ids: [String] = []
        var last: String?
        repeat {
            let after = last.map { "&after=\($0)" } ?? ""
            let page = try await network.get(
                "/v1/deposits?auditor=\(network.auditors[0].issuer)\(state)&limit=\(limit)\(after)",
                from: 0)
            ids += page["deposits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            last = page["next"]?.stringValue
        } while last != nil
        return ids
    }

    /// Several are told as one by one, and which of them there are not.
    private func expectSeveral(
        _ network: TestNetwork, held: String, refunded: String
    ) async throws {
        let one = try await network.get("/v1/deposits/\(held)", from: 0)
        #expect(one["nodeStatus"] == "representative")
        let several = try await network.get(
            "/v1/deposits?ids=\(held),\(Digest.zero.text),\(refunded)", from: 0)
        #expect(several["deposits"]?.arrayValue?.map { $0["state"] } == ["held", "refunded"])
        #expect(several["deposits"]?[0] == one)
        #expect(several["missing"] == [JSON(Digest.zero.text)])
    }

    @Test func `pages list an auditor's deposits, and which of them could go back now`()
        async throws
    {
        let network = try await TestNetwork { parameters in
            parameters.others = 1
            parameters.blockInterval = 20
            parameters.heartbeat = 40
        }
        let auditor = network.auditors[0]
        let payer = network.voters[0]
        var paid: [String] = []
        try await network.withNodes([0]) { _ in
            try await network.run(
                network.sign(
                    .transfer(to: Identity(auditor.account.publicKey), amount: 1),
                    by: network.registrar, sequence: 0), at: 0)
            for number in 0..<5 {
                // Number 4 is for a representative.
                let node = number == 4 ? network.nodes[0].identity : network.nodes[1].identity
                let pay = try network.sign(
                    .depositPay(auditor: auditor.issuer, node: node, amount: 10), by: payer,
                    sequence: UInt64(number))
                #expect(try await network.run(pay, at: 0) == "ok")
                paid.append(pay.id.text)
            }
            let other = try network.sign(
                .depositPay(
                    auditor: network.auditors[1].issuer, node: network.nodes[1].identity,
                    amount: 10), by: payer, sequence: 5)
            #expect(try await network.run(other, at: 0) == "ok")
            #expect(try await deposits(network, "") == paid.sorted())
            #expect(try await deposits(network, "&state=held", limit: 5) == paid.sorted())
            #expect(try await deposits(network, "&state=due") == paid.dropLast().sorted())
            #expect(try await deposits(network, "&state=refunded").isEmpty)
            let refund = try network.sign(
                .depositRefund(deposit: Digest(hexadecimal: paid[1])), by: auditor.account,
                sequence: 0)
            #expect(try await network.run(refund, at: 0) == "ok")
            #expect(try await deposits(network, "&state=refunded") == [paid[1]])
            #expect(
                try await deposits(network, "&state=due") == [paid[0], paid[2], paid[3]].sorted())
            try await expectSeveral(network, held: paid[4], refunded: paid[1])
            // So many blocks later every change is in the table of records.
            let height = try #require(
                try await network.get("/v1/status", from: 0)["height"]?.uint64Value)
            _ = try await network.block(height + UnwrittenRecords.turnCount + 1, from: 0)
        }
        // A store of before the index, which kept all records in that table, has it after the next
        // start.
        let path = "\(network.nodes[0].configuration.data)/chain.sqlite"
        let database = try Database.open(path: path, migrations: BlockStore.migrations)
        try await database.write { connection in
            try connection.execute("DROP TABLE auditor_deposits")
            try connection.execute("DROP TABLE record_changes")
            try connection.execute("DROP TABLE kept")
            try connection.execute("DROP TABLE transaction_lots")
            try connection.execute("DROP TABLE transaction_places")
            try connection.execute("CREATE INDEX transactions_by_id ON transactions (id)")
            try connection.execute("PRAGMA user_version = 1")
        }
        database.close()
        try await network.withNodes([0]) { _ in
            let refunded = try await deposits(network, "&state=refunded")
            let all = try await deposits(network, "")
            #expect(refunded == [paid[1]])
            #expect(all == paid.sorted())
            let found = try await network.get("/v1/transactions/\(paid[1])", from: 0)
            #expect(found["state"] == "committed")
        }
    }

    @Test func `questions that make no sense are refused, and unused applications unknown`()
        async throws
    {
        let network = try await TestNetwork()
        try await network.withNodes([0]) { _ in
            let issuer = network.auditors[0].issuer
            for query in [
                "", "?auditor=\(issuer)&state=lost", "?auditor=\(issuer)&after=zz",
                "?auditor=\(issuer)&limit=101", "?auditor=\(issuer)&limit=0", "?node=x",
                "?ids=", "?ids=\(Digest.zero.text),",
                "?ids=" + [String](repeating: Digest.zero.text, count: 65).joined(separator: ","),
            ] {
                let response = try await network.send("GET", "/v1/deposits\(query)", to: 0)
                #expect(response.status == 400, "\(query)")
            }
            let unused = try await network.send(
                "GET", "/v1/applications/\(Digest.zero.text)", to: 0)
            #expect(unused.status == 404)
        }
    }
}
