import Cryptography
import Encoding
import Testing

@testable import accredit

/// The demo's checks pass what is right and name what is not.
@Suite struct DemoChecksTests {
    /// One way in which servers could tell something wrong, and the checks that must see it.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let seenBy: Set<String>
        let change: @Sendable (inout PublicRecord) throws -> Void

        init(
            _ description: String, seenBy: Set<String>,
            _ change: @escaping @Sendable (inout PublicRecord) throws -> Void
        ) {
            testDescription = description
            self.seenBy = seenBy
            self.change = change
        }
    }

    static let tamperings: [Tampering] = [
        Tampering("a header with another state root", seenBy: ["chain", "certificates"]) { record in
            let text = String(decoding: record.blocks[2].header, as: UTF8.self)
            let header = try JSON.parse(text)
            let root = header["stateRoot"]?.stringValue ?? ""
            record.blocks[2].header = Array(
                text.replacing(root, with: Digest.sha256([1]).text).utf8)
        },
        Tampering("a block left out", seenBy: ["chain"]) { $0.blocks.remove(at: 4) },
        Tampering("a vote left out of its block", seenBy: ["transactions", "rules", "tallies"]) {
            $0.blocks[2].transactions = []
            $0.blocks[2].codes = []
        },
        Tampering("a refused vote told as applied", seenBy: ["transactions", "rules"]) {
            $0.blocks[3].codes = ["ok"]
        },
        Tampering("a certificate of another block", seenBy: ["certificates"]) {
            $0.blocks[6].certificate = $0.blocks[7].certificate
        },
        Tampering("a block signed by nobody", seenBy: ["certificates"]) { record in
            var certificate = record.blocks[5].certificate.objectValue ?? JSONObject()
            certificate["bitmap"] = JSON(Base64URL.encode([0]))
            certificate["signatures"] = []
            record.blocks[5].certificate = .object(certificate)
        },
        Tampering("a node on another block", seenBy: ["agreement"]) {
            $0.headersByNode["two"] = $0.blocks[0].header
        },
        Tampering("a wrong tally", seenBy: ["tallies"]) { record in
            let node = record.results[0]["results"]?[0]?["candidate"] ?? .null
            record.results[0] = [
                "height": record.results[0]["height"] ?? .null,
                "results": [["candidate": node, "votes": 4]],
            ]
        },
        Tampering("a seat for somebody else", seenBy: ["elections"]) { record in
            var election = record.elections[0].objectValue ?? JSONObject()
            election["seats"] = [record.statuses[0]["node"] ?? .null]
            record.elections[0] = .object(election)
        },
        Tampering("an election kept quiet", seenBy: ["elections"]) { $0.elections.removeLast() },
        Tampering("a balance with one more", seenBy: ["money"]) { record in
            var account = record.accounts[0].objectValue ?? JSONObject()
            account["balance"] = "1001"
            record.accounts[0] = .object(account)
        },
        Tampering("a deposit told as held that went back", seenBy: ["refunds"]) { record in
            var deposit = record.deposits[0].objectValue ?? JSONObject()
            deposit["state"] = "held"
            record.deposits[0] = .object(deposit)
        },
        Tampering("an old representative that says it still is one", seenBy: ["statuses"]) {
            record in
            var status = record.statuses[0].objectValue ?? JSONObject()
            status["nodeStatus"] = "representative"
            record.statuses[0] = .object(status)
        },
        Tampering("a receipt for another result", seenBy: ["receipts"]) { record in
            var receipt = record.receipts[0].objectValue ?? JSONObject()
            receipt["result"] = ["code": "quorum-not-met", "detail": ""]
            record.receipts[0] = .object(receipt)
        },
        Tampering("key sets exchanged", seenBy: ["credentials"]) { record in
            let sets = record.keySets
            record.keySets["https://a1.example"] = sets["https://a2.example"]
        },
        Tampering("a credential that its issuer gives out differently", seenBy: ["credentials"]) {
            record in
            for id in record.credentials.keys { record.credentials[id]? += "x" }
        },
        Tampering("no bundle", seenBy: ["bundles", "credentials"]) { $0.bundles = [:] },
    ]

    @Test func `an honest record passes every check`() throws {
        let (record, expected) = try DemoChain.record()
        let checks = DemoChecks.run(record, expected)
        #expect(checks.count == 16)
        for check in checks {
            #expect(check.holds, "\(check.name): \(check.explanation)")
        }
    }

    @Test(arguments: tamperings)
    func `a record that was tampered with fails`(_ tampering: Tampering) throws {
        var (record, expected) = try DemoChain.record()
        try tampering.change(&record)
        let failed = Set(DemoChecks.run(record, expected).filter { !$0.holds }.map(\.name))
        #expect(tampering.seenBy.isSubset(of: failed), "only \(failed.sorted()) fail")
    }

    @Test func `a candidate that the story says was refused fails the admissions`() throws {
        let (record, expected) = try DemoChain.record()
        let applicant = expected.applicants[0]
        let other = DemoChecks.Expectations(
            applicants: [
                ExpectedOutcome(
                    name: applicant.name, node: applicant.node, application: applicant.application,
                    consenting: applicant.consenting, refusing: [], isQuorumMet: false,
                    admission: "quorum-not-met")
            ], refunds: [], switches: 2)
        let failed = Set(DemoChecks.run(record, other).filter { !$0.holds }.map(\.name))
        #expect(failed == ["admissions", "bundles", "refunds", "switches"])
    }

    @Test func `a genesis file that cannot be read is told, not passed over`() throws {
        var (record, expected) = try DemoChain.record()
        record.genesis = Array("{}".utf8)
        let checks = DemoChecks.run(record, expected)
        #expect(checks.map(\.name) == ["genesis"])
        #expect(checks.allSatisfy { !$0.holds })
    }

    @Test func `a check that compared nothing does not hold`() {
        var check = DemoCheck("empty", "nothing")
        #expect(!check.holds)
        #expect(check.explanation == ["there was nothing to compare"])
        check.expect(1, 2, "place")
        #expect(check.explanation == ["place: expected 2, found 1"])
    }
}
