import Credentials
import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct HostileTransactionTests {
    /// Signs any payload text as a transaction.
    private static func compact(_ payload: String, by person: Person) throws -> String {
        try JWS.sign(
            payload: Array(payload.utf8), type: Transaction.jwsType, keyID: person.did,
            key: person.key
        ).compact
    }

    private static func payload(
        sequence: String = "0", notAfter: String = "1900000000", type: String, body: String,
        more: String = ""
    ) -> String {
        #"{"network":"test-1","sequence":\#(sequence),"notAfter":\#(notAfter),"#
            + #""type":"\#(type)","body":\#(body)\#(more)}"#
    }

    private static func refused(_ payload: String, by person: Person) throws {
        let text = try compact(payload, by: person)
        #expect(throws: LedgerError.self, "\(payload)") { try Transaction(compact: text) }
    }

    @Test func `numbers that are no plain integers in range are refused`() throws {
        let sender = try Person("sender")
        let numbers = [
            "-1", "-0", "0.0", "1e3", "18446744073709551616", "9007199254740992",
            "999999999999999999999999999999999999", "\"0\"", "null", "true", "[]", "{}",
        ]
        for number in numbers {
            let data = #"{"content":"x"}"#
            try Self.refused(
                Self.payload(sequence: number, type: "data", body: data), by: sender)
            try Self.refused(
                Self.payload(notAfter: number, type: "data", body: data), by: sender)
        }
    }

    @Test func `amounts that are no plain decimal strings are refused`() throws {
        let sender = try Person("sender")
        let amounts = [
            "1", "\"0\"", "\"-1\"", "\"-0\"", "\"+1\"", "\"01\"", "\"1.0\"", "\"1e3\"", "\"\"",
            "\" 1\"", "\"18446744073709551616\"", "\"\u{0661}\"", "null", "[\"1\"]",
        ]
        for amount in amounts {
            try Self.refused(
                Self.payload(
                    type: "transfer", body: #"{"to":"\#(sender.did)","amount":\#(amount)}"#),
                by: sender)
        }
    }

    @Test func `votes of zero, beyond the bound, doubled or unsorted are refused`() throws {
        let sender = try Person("sender")
        let dids = try (0..<3).map { try Person("node \($0)").identity }.sorted().map(\.text)
        func change(_ did: String, _ votes: String) -> String {
            #"{"candidate":"\#(did)","votes":\#(votes)}"#
        }
        let lists = [
            [], [change(dids[0], "0")], [change(dids[0], "-0")], [change(dids[0], "1.5")],
            [change(dids[0], "1000000001")], [change(dids[0], "-1000000001")],
            [change(dids[0], "-9223372036854775808")], [change(dids[0], "9223372036854775807")],
            [change(dids[0], "9223372036854775808")],
            [change(dids[0], "1"), change(dids[0], "1")],
            [change(dids[1], "1"), change(dids[0], "1")],
            Array(repeating: change(dids[0], "1"), count: 65),
        ]
        for list in lists {
            let body = #"{"changes":[\#(list.joined(separator: ","))]}"#
            try Self.refused(Self.payload(type: "vote", body: body), by: sender)
        }
    }

    @Test func `unknown types and members are refused`() throws {
        let sender = try Person("sender")
        let data = #"{"content":"x"}"#
        try Self.refused(Self.payload(type: "mint", body: #"{"amount":"1"}"#), by: sender)
        try Self.refused(
            Self.payload(type: "data", body: data, more: #","memo":"x""#), by: sender)
        try Self.refused(
            Self.payload(type: "data", body: #"{"content":"x","more":1}"#), by: sender)
        try Self.refused(Self.payload(type: "data", body: "{}"), by: sender)
        try Self.refused(Self.payload(type: "data", body: "[]"), by: sender)
        try Self.refused(
            Self.payload(type: "data", body: data, more: #","type":"data""#), by: sender)
        let long = String(repeating: "x", count: 16 * 1024 + 1)
        try Self.refused(
            Self.payload(type: "data", body: #"{"content":"\#(long)"}"#), by: sender)
        for payload in ["", "[]", "null", "{", "{}", "\"\""] {
            try Self.refused(payload, by: sender)
        }
    }

    @Test func `what keeps auditors and candidacies going has one shape`() throws {
        let sender = try Person("sender")
        let world = try World()
        let set = try world.nextAuditorSet()
        let uuid = "00000000-0000-4000-8000-000000000001"
        let bodies: [(type: String, body: JSONObject)] = [
            ("candidate.renew", JSONObject([("node", .string(sender.did)), ("bundle", "a.b.c")])),
            (
                "credential.revoke",
                JSONObject([
                    ("credential", .string(uuid)), ("issuer", "https://a1.example"),
                    ("reason", "x"),
                ])
            ),
            ("auditor.rotate", JSONObject([("rotation", "a.b.c")])),
            ("auditorset.update", JSONObject([("set", set.json), ("signatures", ["a.b.c"])])),
        ]
        let long = JSON.string(String(repeating: "a", count: 300 * 1024))
        for (type, body) in bodies {
            let good = Self.payload(type: type, body: JSON.object(body).text)
            let read = try Transaction(compact: try Self.compact(good, by: sender)).body
            #expect(read.type == type && read.json == .object(body))
            for member in body.members {
                for value in [nil, .null, 1, true, [1], long] as [JSON?] {
                    var changed = body
                    changed[member.name] = value
                    try Self.refused(
                        Self.payload(type: type, body: JSON.object(changed).text), by: sender)
                }
            }
            var more = body
            more["more"] = 1
            try Self.refused(Self.payload(type: type, body: JSON.object(more).text), by: sender)
        }
        let signatures = JSON.array(Array(repeating: "a.b.c", count: 65))
        let crowd: JSON = ["set": set.json, "signatures": signatures]
        try Self.refused(Self.payload(type: "auditorset.update", body: crowd.text), by: sender)
        var empty = set.json.objectValue ?? JSONObject()
        empty["auditors"] = []
        let nobody: JSON = ["set": .object(empty), "signatures": []]
        try Self.refused(Self.payload(type: "auditorset.update", body: nobody.text), by: sender)
    }

    @Test func `money cannot be sent where no key is`() throws {
        let sender = try Person("sender")
        let targets = [
            "", "did:key:z", "did:key:z6Mk", "did:web:example.com", sender.did + "1",
            String(sender.did.dropLast()), sender.did + "\u{301}", sender.did.uppercased(),
            "did:key:z" + String(repeating: "1", count: 200), " " + sender.did,
        ]
        for target in targets {
            let body: JSON = ["to": .string(target), "amount": "1"]
            try Self.refused(Self.payload(type: "transfer", body: body.text), by: sender)
            let deposit: JSON = ["auditor": "a", "node": .string(target), "amount": "1"]
            try Self.refused(Self.payload(type: "deposit.pay", body: deposit.text), by: sender)
        }
    }

    @Test func `text that is no transaction is refused`() throws {
        let sender = try Person("sender")
        let good = try Self.compact(
            Self.payload(type: "data", body: #"{"content":"x"}"#), by: sender)
        _ = try Transaction(compact: good)
        for text in ["", ".", "..", "a.b.c", good + ".", good + "=", String(good.dropFirst())] {
            #expect(throws: LedgerError.self) { try Transaction(compact: text) }
        }
        let long = String(repeating: "A", count: 600 * 1024)
        #expect(throws: LedgerError.self) { try Transaction(compact: long) }
    }

    @Test func `the largest values of every type are applied without a trap`() throws {
        var world = try World()
        let (sender, node) = (world.voters[0], world.nodes[0])
        try world.list([node])
        let most = Int64(Ledger.Limits.allowanceMaximum)
        let bodies: [TransactionBody] = [
            .transfer(to: sender.identity, amount: .max),
            .transfer(to: node.identity, amount: .max),
            .depositPay(auditor: "https://a1.example", node: node.identity, amount: .max),
            .depositRefund(deposit: .zero), World.vote([(node, most)]),
            World.vote([(node, -most)]), .candidateRemove(node: node.identity),
            .voterEnroll(account: sender.identity, allowance: Ledger.Limits.allowanceMaximum),
        ]
        for body in bodies { #expect(try world.run(sender, body).code != .ok) }
        let enroll = TransactionBody.voterEnroll(
            account: sender.identity, allowance: Ledger.Limits.allowanceMaximum)
        #expect(try world.run(world.registrar, enroll).code == .ok)
        #expect(world.state.account(sender.identity)?.balance == 1000)
    }

    @Test func `random damage to a transaction is refused or read, never a trap`() throws {
        let sender = try Person("sender")
        let good = Array(
            try Self.compact(
                Self.payload(type: "data", body: #"{"content":"x"}"#), by: sender
            ).utf8)
        var numbers = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0...numbers.next(below: 3) {
                bytes[Int(numbers.next(below: UInt64(bytes.count)))] =
                    UInt8(numbers.next(below: 128))
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard bytes != good, let transaction = try? Transaction(compact: text) else {
                continue
            }
            #expect(throws: LedgerError.self) { try transaction.verified(keys: KeyCache()) }
        }
    }

    @Test func `random damage to a payload is refused or applied, never a trap`() throws {
        var world = try World()
        let (sender, node) = (world.voters[0], world.nodes[0])
        try world.list([node])
        let good = Array(
            Self.payload(type: "vote", body: World.vote([(node, 1)]).json.text).utf8)
        var numbers = SeededGenerator(seed: 12)
        var readable: [VerifiedTransaction] = []
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0...numbers.next(below: 2) {
                bytes[Int(numbers.next(below: UInt64(bytes.count)))] =
                    UInt8(numbers.next(below: 128))
            }
            let text = try Self.compact(String(decoding: bytes, as: UTF8.self), by: sender)
            if let transaction = try? Transaction(compact: text) {
                readable.append(try transaction.verified(sender.key.publicKey))
            }
        }
        #expect(!readable.isEmpty)
        try world.block(readable)
        try world.block(readable)
    }
}
