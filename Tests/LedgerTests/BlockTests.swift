import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct BlockTests {
    @Test func `a header has one spelling`() throws {
        var world = try World()
        let header = try world.block().block.header
        #expect(try BlockHeader(bytes: header.bytes) == header)
        let text = String(decoding: header.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#"{"network":"test-1","height":1,"time":1800000001000,"#))
        let swapped = text.replacing(
            #""network":"test-1","height":1"#, with: #""height":1,"network":"test-1""#)
        let broken = [
            text + " ", text.replacing(":1,", with: ": 1,"), swapped,
            text.replacing(#""work":0"#, with: #""work":01"#),
            text.replacing(#""work":0"#, with: #""work":-1"#),
            text.replacing(#""work":0"#, with: #""work":0,"more":0"#),
            text.replacing(#""round":0"#, with: #""round":-0"#),
            text.replacing(#""round":0"#, with: #""round":0.0"#),
            text.replacing(#""height":1"#, with: #""height":18446744073709551615"#),
            text.replacing("test-1", with: #"test\u002d1"#),
            text.replacing("1800000001000", with: "-1"), "", "{}", "[]",
        ]
        for bytes in broken where bytes != text {
            #expect(throws: LedgerError.self) { try BlockHeader(bytes: Array(bytes.utf8)) }
        }
    }

    @Test func `the bytes of a block are refused when cut or lengthened`() throws {
        var world = try World()
        let sender = world.voters[0]
        let block = try world.block([world.sign(sender, .data(content: "x"))]).block.received
        let bytes = block.bytes
        #expect(try ReceivedBlock(bytes: bytes).transactions == block.transactions)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: LedgerError.self) { try ReceivedBlock(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: LedgerError.self) { try ReceivedBlock(bytes: bytes + [0]) }
        var huge = bytes
        huge[0] = 0xFF
        #expect(throws: LedgerError.self) { try ReceivedBlock(bytes: huge) }
    }

    @Test func `every root of a header is compared`() throws {
        let world = try World()
        let transaction = try world.sign(world.voters[0], .data(content: "x"))
        let proposer = world.state.representatives(at: 1).list[0].node
        let block = try world.state.propose(
            pending: [transaction], time: world.time, proposer: proposer, round: 0
        ).block
        _ = try world.state.verify(block)
        let text = String(decoding: block.header.bytes, as: UTF8.self)
        let header = block.header
        let other = Digest.sha256([1]).text
        let stranger = world.voters[0].did
        let changes = [
            (header.transactionsRoot.text, other), (header.stateRoot.text, other),
            (header.resultsRoot.text, other), (header.representatives.text, other),
            (header.previous.text, other), (proposer.text, stranger),
            (#""height":1"#, #""height":2"#), ("test-1", "test-2"),
            (#""transactionCount":1"#, #""transactionCount":2"#),
            (
                #""nextRepresentatives":"\#(header.nextRepresentatives.text)""#,
                #""nextRepresentatives":"\#(other)""#
            ),
            ("\(world.time.milliseconds)", "\(World.start.milliseconds)"),
        ]
        for (old, new) in changes {
            let changed = try BlockHeader(bytes: Array(text.replacing(old, with: new).utf8))
            #expect(changed != header)
            #expect(throws: LedgerError.self) {
                try world.state.verify(
                    Block(header: changed, transactions: block.transactions))
            }
        }
        #expect(throws: LedgerError.self) {
            try world.state.verify(Block(header: header, transactions: []))
        }
    }

    @Test func `block times strictly increase`() throws {
        var world = try World()
        try world.block()
        let proposer = world.state.representatives(at: 2).list[0].node
        let executed = try world.state.propose(
            pending: [], time: World.start, proposer: proposer, round: 3)
        #expect(executed.block.header.time == world.state.tip.time.adding(milliseconds: 1))
        #expect(executed.block.header.round == 3)
        _ = try world.state.verify(executed.block)
    }

    @Test func `only a representative proposes`() throws {
        let world = try World()
        #expect(throws: LedgerError.self) {
            try world.state.propose(
                pending: [], time: world.time, proposer: world.voters[0].identity, round: 0)
        }
    }

    @Test func `a block is committed once and in its place`() throws {
        var world = try World()
        let first = try world.block()
        #expect(throws: LedgerError.self) { try world.state.commit(first) }
        #expect(world.state.tip.height == 1)
        #expect(world.state.tip.block == first.block.header.id)
    }

    @Test func `executing changes nothing until the commit`() throws {
        var world = try World()
        let (sender, other) = (world.voters[0], world.voters[1])
        let root = world.state.stateRoot
        let proposer = world.state.representatives(at: 1).list[0].node
        let transfer = try world.sign(sender, .transfer(to: other.identity, amount: 5))
        let executed = try world.state.propose(
            pending: [transfer], time: world.time, proposer: proposer, round: 0)
        #expect(world.state.stateRoot == root)
        #expect(world.state.account(sender.identity)?.balance == 1000)
        try world.state.commit(executed)
        #expect(world.state.stateRoot == executed.block.header.stateRoot)
        #expect(world.state.stateRoot != root)
    }

    @Test func `a rebuilt state has the same root and goes on with the same blocks`() throws {
        var world = try World(interval: 4)
        try world.list(world.nodes)
        for turn in 0..<9 {
            let voter = world.voters[turn % 3]
            let node = world.nodes[turn % 5]
            try world.block([
                world.sign(voter, World.vote([(node, 1)])),
                world.sign(
                    node,
                    .depositPay(auditor: "https://a2.example", node: node.identity, amount: 7)),
            ])
        }
        var restored = try world.restored()
        #expect(restored.stateRoot == world.state.stateRoot)
        #expect(restored.tip == world.state.tip)
        #expect(restored.candidates == world.state.candidates)
        for node in world.nodes {
            #expect(
                restored.deposits(node: node.identity)
                    == world.state.deposits(node: node.identity))
        }
        let next = try world.block([world.sign(world.voters[0], .data(content: "on"))])
        try restored.commit(try restored.verify(next.block))
        #expect(restored.stateRoot == world.state.stateRoot)
    }

    @Test func `stored records that are damaged or missing are refused`() throws {
        let world = try World()
        let records = try LedgerState.records(of: world.genesis)
        _ = try LedgerState(records: records, root: world.state.stateRoot)
        #expect(throws: LedgerError.self) { try LedgerState(records: []) }
        #expect(throws: LedgerError.self) { try LedgerState(records: records + [records[0]]) }
        for index in 0..<5 {
            var fewer = records
            fewer.remove(at: index)
            #expect(throws: LedgerError.self) { try LedgerState(records: fewer) }
        }
        for index in records.indices where records[index].key != RecordKey.tip.bytes {
            var cut = records
            cut[index] = RecordChange(
                key: cut[index].key, value: Array(cut[index].value.dropLast()))
            #expect(throws: LedgerError.self) {
                try LedgerState(records: cut, root: world.state.stateRoot)
            }
        }
        let strange = RecordChange(key: [200], value: [])
        #expect(throws: LedgerError.self) { try LedgerState(records: records + [strange]) }
    }

    @Test func `twins that execute the same blocks have the same roots`() throws {
        var world = try World(interval: 3)
        try world.list(world.nodes)
        var twin = try world.restored()
        for turn in 0..<8 {
            let voter = world.voters[turn % 3]
            let executed = try world.block([
                world.sign(voter, World.vote([(world.nodes[turn % 5], 2)]))
            ])
            try twin.commit(try twin.verify(executed.block))
            #expect(twin.stateRoot == world.state.stateRoot)
        }
        #expect(twin.elections == world.state.elections)
    }
}
