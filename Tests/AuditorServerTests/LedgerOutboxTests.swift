@testable import AuditorServer
import Cryptography
import Encoding
import Storage
import Synchronization
import TestSupport
import Testing

/// What an auditor has to tell the ledger reaches it, once, whatever happens in between.
@Suite struct LedgerOutboxTests {
    private let folder: TemporaryFolder
    private let pem: [UInt8]
    private let now = Instant(seconds: 1_800_000_000)

    init() throws {
        folder = try TemporaryFolder()
        pem = try PrivateKey.generate(.es256).pem(passphrase: nil)
    }

    private func sender(_ store: AuditorStore, _ ledger: ScriptedLedger) throws -> LedgerSender {
        let now = now
        return LedgerSender(
            network: "test-net", key: try PrivateKey(pem: pem, passphrase: nil), store: store,
            nodes: [ledger], clock: { now })
    }

    private func refund(_ id: String) -> JSON {
        ["type": "deposit.refund", "body": ["deposit": JSON(id)]]
    }

    private func enqueue(_ keys: [String], _ store: AuditorStore) async throws {
        for key in keys {
            let body = refund(key)
            try await store.database.write {
                try LedgerOutbox.enqueue(key: "refund:\(key)", body: body, at: now, $0)
            }
        }
    }

    private func entry(_ key: String, _ store: AuditorStore) throws -> LedgerOutbox.Entry {
        try #require(try store.database.read { try LedgerOutbox.entry("refund:\(key)", $0) })
    }

    private func finish(_ sender: LedgerSender, _ ledger: ScriptedLedger) async throws {
        for _ in 0..<20 {
            guard try await sender.step() else { return }
            try ledger.block()
        }
        Issue.record("the outbox does not become empty")
    }

    private func kinds(_ store: AuditorStore) throws -> [String] {
        try store.database.read { connection in
            try connection.query("SELECT entry FROM log_entries ORDER BY position", []) {
                try JSON.parse($0.blob(0))["kind"]?.stringValue ?? ""
            }
        }
    }

    @Test func `an act is one entry, one transaction and one line of the log each`() async throws {
        let store = try AuditorStore(folder: folder.file("a"))
        let ledger = ScriptedLedger()
        try await enqueue(["d1", "d2", "d1"], store)
        let sender = try sender(store, ledger)
        try await finish(sender, ledger)
        #expect(ledger.state.withLock(\.applied) == ["d1", "d2"])
        #expect(try entry("d1", store).state == .committed)
        #expect(try entry("d1", store).attempts == 1)
        #expect(
            try kinds(store) == [
                "transaction.signed", "transaction.signed", "transaction.committed",
                "transaction.committed",
            ])
        // Known keys change nothing, even when done.
        try await enqueue(["d1"], store)
        #expect(try await sender.step() == false)
        store.close()
    }

    @Test func `a crash between any two steps forgets nothing and does nothing twice`()
        async throws
    {
        var number = 0
        for moment in ScriptedLedger.Moment.allCases {
            var call = 1
            while true {
                number += 1
                let home = folder.file("crash\(number)")
                let ledger = ScriptedLedger()
                var store = try AuditorStore(folder: home)
                try await enqueue(["d1", "d2", "d3"], store)
                ledger.state.withLock { $0.interruption = (call, moment) }
                let isInterrupted: Bool
                do {
                    try await finish(try sender(store, ledger), ledger)
                    isInterrupted = false
                } catch is ScriptedLedger.Interrupted {
                    isInterrupted = true
                } catch let error as AuditorError {
                    #expect(error.code == .ledgerUnavailable)
                    isInterrupted = true
                }
                store.close()
                store = try AuditorStore(folder: home)
                try ledger.block()
                try await finish(try sender(store, ledger), ledger)
                let state = ledger.state.withLock(\.self)
                #expect(state.applied.sorted() == ["d1", "d2", "d3"], "\(moment) \(call)")
                #expect(state.committed.count == 3, "\(moment) \(call)")
                #expect(state.committed.values.allSatisfy { $0.isApplied })
                #expect(Set(state.seen).count == 3, "the same bytes every time")
                let kinds = try kinds(store)
                #expect(kinds.filter { $0 == "transaction.signed" }.count == 3)
                #expect(kinds.filter { $0 == "transaction.committed" }.count == 3)
                store.close()
                if !isInterrupted { break }
                call += 1
            }
            #expect(call > 8, "there are that many steps to be interrupted")
        }
    }

    @Test func `other bytes go out only when the first can never be in a block`() async throws {
        let store = try AuditorStore(folder: folder.file("a"))
        let ledger = ScriptedLedger()
        try await enqueue(["d1"], store)
        let sender = try sender(store, ledger)
        try await sender.step()
        let first = try #require(try entry("d1", store).signed)
        // The node forgets it: the same bytes again.
        ledger.state.withLock { $0.waiting = [] }
        try await sender.step()
        #expect(ledger.state.withLock(\.seen) == [first.id, first.id])
        // A second before notAfter it may still be taken; at notAfter it may not.
        ledger.state.withLock { state in
            state.waiting = []
            state.time = first.notAfter.adding(milliseconds: -1)
        }
        try await sender.step()
        #expect(try entry("d1", store).signed == first)
        ledger.state.withLock { state in
            state.waiting = []
            state.time = first.notAfter
        }
        try await sender.step()
        let second = try #require(try entry("d1", store).signed)
        #expect(second.id != first.id)
        #expect(second.sequence == first.sequence, "the gap is filled")
        #expect(try kinds(store).contains("transaction.lapsed"))
        try await finish(sender, ledger)
        #expect(try entry("d1", store).attempts == 2)
        store.close()
    }

    @Test func `a number that somebody else used is given up, and no gap stays`() async throws {
        let store = try AuditorStore(folder: folder.file("a"))
        let ledger = ScriptedLedger()
        try await enqueue(["d1", "d2"], store)
        let sender = try sender(store, ledger)
        try await sender.step()
        #expect(try entry("d2", store).signed?.sequence == 1)
        // An operator sent a transaction of this account by hand: number 0 is gone.
        ledger.state.withLock { state in
            state.waiting.removeFirst()
            state.sequence = 1
        }
        try await finish(sender, ledger)
        #expect(ledger.state.withLock(\.applied) == ["d2", "d1"])
        #expect(try entry("d1", store).signed?.sequence == 2)
        store.close()
    }

    @Test func `two senders of one account, with a store each, do an act once`() async throws {
        let ledger = ScriptedLedger()
        let stores = try ["a", "b"].map { try AuditorStore(folder: folder.file($0)) }
        for store in stores { try await enqueue(["d1", "d2"], store) }
        let senders = try stores.map { try sender($0, ledger) }
        for _ in 0..<8 {
            for sender in senders { try await sender.step() }
            try ledger.block()
        }
        #expect(ledger.state.withLock(\.applied).sorted() == ["d1", "d2"])
        for store in stores {
            for key in ["d1", "d2"] {
                let state = try entry(key, store).state
                #expect(state == .committed || state == .failed)
            }
            store.close()
        }
    }

    @Test func `a refused transaction is kept as refused and sent again when told to`()
        async throws
    {
        let store = try AuditorStore(folder: folder.file("a"))
        let ledger = ScriptedLedger()
        ledger.state.withLock { $0.applied = ["d1"] }
        try await enqueue(["d1"], store)
        let sender = try sender(store, ledger)
        try await finish(sender, ledger)
        #expect(try entry("d1", store).state == .failed)
        #expect(try entry("d1", store).outcome?.code == "already-refunded")
        #expect(try kinds(store).last == "transaction.refused")
        ledger.state.withLock { $0.applied = [] }
        try await store.database.write { try LedgerOutbox.retry(key: "refund:d1", $0) }
        try await finish(sender, ledger)
        #expect(try entry("d1", store).state == .committed)
        #expect(
            try await store.database.write { try LedgerOutbox.retry(key: "refund:d1", $0) } == false
        )
        store.close()
    }

    @Test func `no kind waits for another one, and of each only so many are on their way`()
        async throws
    {
        let store = try AuditorStore(folder: folder.file("a"))
        let ledger = ScriptedLedger()
        try await enqueue((0..<30).map { "d\($0)" }, store)
        try await store.database.write {
            try LedgerOutbox.enqueue(
                key: "revoke:c1",
                body: ["type": "credential.revoke", "body": ["credential": "c1"]], at: now, $0)
        }
        let sender = try sender(store, ledger)
        try await sender.step()
        #expect(ledger.state.withLock(\.waiting).count == 9)
        try ledger.block()
        #expect(ledger.state.withLock(\.applied).contains("c1"))
        try await finish(sender, ledger)
        #expect(ledger.state.withLock(\.applied).count == 31)
        store.close()
    }

    @Test func `nothing is signed without an account on the ledger`() async throws {
        let store = try AuditorStore(folder: folder.file("a"))
        let ledger = ScriptedLedger()
        ledger.state.withLock { $0.sequence = nil }
        try await enqueue(["d1"], store)
        let sender = try sender(store, ledger)
        await #expect(throws: AuditorError.self) { try await sender.step() }
        #expect(try entry("d1", store).state == .pending)
        ledger.state.withLock { $0.sequence = .max }
        await #expect(throws: AuditorError.self) { try await sender.step() }
        #expect(try kinds(store).isEmpty)
        store.close()
    }

    @Test func `what was never signed can be taken back, anything else not`() async throws {
        let store = try AuditorStore(folder: folder.file("a"))
        try await enqueue(["d1"], store)
        let database = store.database
        #expect(try await database.write { try LedgerOutbox.withdraw(key: "refund:d1", $0) })
        try await enqueue(["d1"], store)
        try await sender(store, ScriptedLedger()).step()
        #expect(
            try await database.write { try LedgerOutbox.withdraw(key: "refund:d1", $0) } == false)
        await #expect(throws: StorageError.self) {
            try await database.write {
                try LedgerOutbox.enqueue(key: "x", body: ["type": "a"], at: now, $0)
            }
        }
        store.close()
    }
}
