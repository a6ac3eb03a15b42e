import Credentials
import Cryptography
import Encoding
import Storage
import Synchronization
import TestSupport
import Testing

@testable import AuditorServer

/// Deposits go back to whoever paid them, once, when their node is ordinary again.
@Suite struct RefundTests {
    private let node: KeyPair

    init() throws { node = try KeyPair() }

    @Test func `a refusal, an end and a candidacy make a deposit due; anything open does not`() {
        let now = Instant(seconds: 1000)
        let (first, second) = (Digest.sha256([1]), Digest.sha256([2]))
        func consent(_ application: Digest, _ until: Int64, revoked: Bool = false) -> DepositUse {
            DepositUse(
                application: application,
                answer: .consented(
                    jti: "x", until: Instant(seconds: until), isRevoked: revoked))
        }
        let refused = DepositUse(application: first, answer: .refused)
        let open = DepositUse(application: second, answer: .open)
        let cases: [([DepositUse], Set<Digest>, RefundRule.Verdict)] = [
            ([], [], .notDue(.unused)),
            ([refused], [], .due(.refused)),
            ([refused, open], [], .notDue(.applicationOpen)),
            // Half-open: valid up to, not including, its end.
            ([consent(first, 999)], [], .due(.credentialOver)),
            ([consent(first, 1000)], [], .due(.credentialOver)),
            ([consent(first, 1001)], [], .notDue(.credentialValid)),
            ([consent(first, 1001, revoked: true)], [], .due(.credentialOver)),
            // It made its node a candidate, and no ledger takes it twice.
            ([consent(first, 1001)], [first], .due(.candidacyOver)),
            ([consent(first, 1001)], [second], .notDue(.credentialValid)),
            ([consent(first, 1001), consent(second, 1001)], [first], .notDue(.credentialValid)),
            ([consent(first, 1), consent(second, 1001)], [second], .due(.candidacyOver)),
        ]
        for (uses, spent, verdict) in cases {
            #expect(RefundRule.judge(uses, spent: spent, at: now) == verdict)
        }
    }

    @Test func `a refused applicant's deposit goes back, once, with every step on the log`()
        async throws
    {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        let unused = world.pay(70, for: node)
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        try await world.run(turns: 6)
        #expect(world.balances == ["payer": 500])
        #expect(try world.row(deposit)?.state == .paid)
        #expect(try world.row(unused) == nil)
        #expect(
            try world.kinds().suffix(5) == [
                "refund.due", "refund.requested", "transaction.signed", "transaction.committed",
                "refund.paid",
            ])
        #expect(world.isMoneyConserved)
    }

    @Test func `a valid credential, an open application and a candidacy keep a deposit`()
        async throws
    {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        let application = try await world.apply(deposit, node, answer: .granted, lasting: 100)
        try await world.run()
        #expect(world.balances.isEmpty)
        // It stands, with that credential.
        world.ledger.state.withLock { _ = $0.spent.insert(application) }
        world.setOrdinary(false, deposit)
        try await world.run()
        #expect(world.balances.isEmpty)
        // It left, but has applied anew.
        world.setOrdinary(true, deposit)
        let other = try await world.apply(deposit, node, answer: nil)
        try await world.run()
        #expect(world.balances.isEmpty)
        try await world.store.database.write { connection in
            try connection.execute(
                "DELETE FROM applications WHERE digest = ?", [.text(other.text)])
        }
        try await world.run()
        #expect(world.balances == ["payer": 500])
    }

    @Test func `a renewed candidate that leaves gets its deposit back before the renewal ends`()
        async throws
    {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        let application = try await world.apply(deposit, node, answer: .granted, lasting: 100)
        world.ledger.state.withLock { _ = $0.spent.insert(application) }
        world.setOrdinary(false, deposit)
        try await world.renew(application, node, lasting: 1000)
        try await world.run()
        #expect(world.balances.isEmpty)
        world.setOrdinary(true, deposit)
        try await world.run()
        #expect(world.balances == ["payer": 500])
    }

    @Test func `a deposit that the ledger holds for an offence waits until it does not`()
        async throws
    {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        // Due, and proven before anything was sent.
        try await world.worker().step()
        world.setOnHold(true, deposit)
        try await world.run()
        #expect(world.balances.isEmpty)
        #expect(try world.row(deposit)?.state == .blocked)
        #expect(try world.row(deposit)?.reason == "deposit-on-hold")
        world.setOnHold(false, deposit)
        try await world.run(turns: 6)
        #expect(world.balances == ["payer": 500])
        #expect(try world.row(deposit)?.state == .paid)
        #expect(world.isMoneyConserved)
    }

    @Test func `above the limit two different operators approve what the ledger says`()
        async throws
    {
        let world = try RefundWorld(approveAbove: 499)
        let small = world.pay(499, for: node, by: "small")
        let deposit = world.pay(500, for: node)
        for deposit in [small, deposit] {
            try await world.apply(deposit, node, answer: .refused(reason: "no"))
        }
        await #expect(throws: OperationRefusal.self) {
            try await world.approve(deposit, by: world.operators[0])
        }
        try await world.run()
        #expect(world.balances == ["small": 499])
        await #expect(throws: OperationRefusal.self) {
            try await world.approve(deposit, by: world.operators[0], amount: 499)
        }
        try await world.approve(deposit, by: world.operators[0])
        try await world.approve(deposit, by: world.operators[0])
        try await world.run()
        #expect(try world.row(deposit)?.approvedBy == [world.operators[0].did])
        #expect(world.balances == ["small": 499])
        // Who is no operator any more has approved nothing.
        try await world.approve(deposit, by: world.operators[1])
        world.approval = RefundApproval(above: 499, operators: [world.operators[0].did])
        try await world.run()
        #expect(world.balances == ["small": 499])
        world.approval = RefundApproval(above: 499, operators: world.operators.map(\.did))
        try await world.run()
        #expect(world.balances == ["small": 499, "payer": 500])
        #expect(try world.kinds().filter { $0 == "refund.approved" }.count == 2)
        await #expect(throws: OperationRefusal.self) {
            try await world.approve(deposit, by: world.operators[2])
        }
    }

    @Test func `approvals end when the node needs the deposit again`() async throws {
        let world = try RefundWorld(approveAbove: 0)
        let deposit = world.pay(500, for: node)
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        try await world.run(turns: 1)
        try await world.approve(deposit, by: world.operators[0])
        world.setOrdinary(false, deposit)
        try await world.run(turns: 1)
        #expect(try world.row(deposit)?.state == .blocked)
        world.setOrdinary(true, deposit)
        try await world.run(turns: 1)
        try await world.approve(deposit, by: world.operators[1])
        try await world.run()
        #expect(world.balances.isEmpty)
        try await world.approve(deposit, by: world.operators[2])
        try await world.run()
        #expect(world.balances == ["payer": 500])
    }

    @Test func `a proven equivocator's deposit is held back until it is released`() async throws {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        let id: JSON = ["deposit": JSON(deposit.id.text)]
        let reason: JSON = [
            "deposit": JSON(deposit.id.text), "reason": "equivocation at height 812",
        ]
        // Before it is due: the proof comes while the node still sits.
        try await world.order(RefundActs.hold, reason, by: world.operators[0])
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        try await world.run()
        #expect(world.balances.isEmpty)
        #expect(try world.row(deposit)?.hold == "equivocation at height 812")
        #expect(try world.row(deposit)?.json["hold"] == "equivocation at height 812")
        try await world.order(RefundActs.release, id, by: world.operators[1])
        await #expect(throws: OperationRefusal.self) {
            try await world.order(RefundActs.release, id, by: world.operators[1])
        }
        try await world.run()
        #expect(world.balances == ["payer": 500])
        await #expect(throws: OperationRefusal.self) {
            try await world.order(RefundActs.hold, reason, by: world.operators[0])
        }
        #expect(try world.kinds().contains("refund.held"))
        #expect(try world.kinds().contains("refund.released"))
    }

    @Test func `a refund that the ledger refuses is told, and tried again when ordered`()
        async throws
    {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        try await world.worker().step()
        // It stands again before the transaction is in a block.
        world.setOrdinary(false, deposit)
        try await world.run()
        #expect(try world.row(deposit)?.state == .blocked)
        #expect(try world.row(deposit)?.reason == "node-not-ordinary")
        world.setOrdinary(true, deposit)
        try await world.run(turns: 6)
        #expect(world.balances == ["payer": 500])
        #expect(world.isMoneyConserved)
        let id: JSON = ["deposit": JSON(deposit.id.text)]
        await #expect(throws: OperationRefusal.self) {
            try await world.order(RefundActs.retry, id, by: world.operators[0])
        }
        try await world.store.database.write {
            try AuditorStore.move(
                deposit.id, to: .failed, "not-auditor", at: Instant(seconds: 1), $0)
        }
        try await world.order(RefundActs.retry, id, by: world.operators[0])
        #expect(try world.row(deposit)?.state == .blocked)
    }

    @Test func `whoever sent it, a deposit that went back is paid and no more`() async throws {
        let world = try RefundWorld(approveAbove: 0)
        let deposit = world.pay(500, for: node)
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        try await world.run()
        // An operator used the account by hand.
        world.ledger.state.withLock { state in
            state.deposits[deposit.id] = deposit.changed(to: .refunded)
            state.balances["payer"] = 500
        }
        try await world.run()
        #expect(try world.row(deposit)?.state == .paid)
        #expect(world.balances == ["payer": 500])
        #expect(world.ledger.state.withLock(\.seen).isEmpty)
    }

    @Test func `a restored backup pays nothing twice`() async throws {
        let world = try RefundWorld()
        let deposit = world.pay(500, for: node)
        let later = world.pay(30, for: node)
        try await world.apply(deposit, node, answer: .refused(reason: "no"))
        try world.backUp(to: "before")
        try await world.worker().step()
        try world.backUp(to: "requested")
        try await world.sender().step()
        try world.backUp(to: "sent")
        try await world.apply(later, node, answer: .refused(reason: "no"))
        try await world.run()
        for backup in ["before", "requested", "sent"] {
            try world.restore(from: backup)
            try await world.run()
            #expect(world.balances == ["payer": 530], "\(backup)")
            #expect(world.isMoneyConserved)
            let state = try world.row(deposit)?.state
            #expect(backup == "before" ? state == nil : state == .paid, "\(backup)")
        }
    }

    @Test(arguments: 0..<2) func `a crash at any call pays everything once`(moment: Int)
        async throws
    {
        var call = 0
        while true {
            call += 1
            let world = try RefundWorld()
            let deposits = [world.pay(500, for: node), world.pay(30, for: node)]
            for deposit in deposits {
                try await world.apply(deposit, node, answer: .refused(reason: "no"))
            }
            world.ledger.state.withLock {
                $0.interruption = (call, ScriptedLedger.Moment.allCases[moment])
            }
            var isInterrupted = false
            do { try await world.run() } catch { isInterrupted = true }
            world.ledger.state.withLock { $0.interruption = nil }
            try world.restart()
            try await world.run()
            #expect(world.balances == ["payer": 530], "call \(call)")
            #expect(world.isMoneyConserved)
            for deposit in deposits { #expect(try world.row(deposit)?.state == .paid) }
            #expect(try world.kinds().filter { $0 == "refund.paid" }.count == 2)
            #expect(try world.kinds().filter { $0 == "refund.requested" }.count == 2)
            if !isInterrupted { break }
        }
        #expect(call > 12)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func `money is conserved whatever happens in between`(
        seed: UInt64
    ) async throws {
        var chance = SeededGenerator(seed: seed)
        let world = try RefundWorld(approveAbove: 300)
        let nodes = try (0..<3).map { _ in try KeyPair() }
        var deposits: [(LedgerDeposit, KeyPair)] = []
        for turn in 0..<60 {
            world.now = world.now.adding(milliseconds: 20_000)
            let node = nodes[Int.random(in: 0..<3, using: &chance)]
            switch Int.random(in: 0..<9, using: &chance) {
            case 0:
                let deposit = world.pay(
                    .random(in: 1...600, using: &chance), for: node, by: node.did)
                deposits.append((deposit, node))
            case 1, 2:
                guard let (deposit, node) = deposits.randomElement(using: &chance) else { break }
                let consent: Consent =
                    Bool.random(using: &chance) ? .granted : .refused(reason: "no")
                try await world.apply(deposit, node, answer: consent, lasting: 60)
            case 3:
                guard let (deposit, _) = deposits.randomElement(using: &chance) else { break }
                world.setOrdinary(.random(using: &chance), deposit)
            case 4:
                guard let (deposit, _) = deposits.randomElement(using: &chance) else { break }
                let key = world.operators[Int.random(in: 0..<3, using: &chance)]
                try? await world.approve(deposit, by: key)
            case 5:
                try world.restart()
            case 6:
                world.ledger.state.withLock { state in
                    let ahead = Int.random(in: 1...9, using: &chance)
                    state.interruption = (
                        state.calls + ahead, Bool.random(using: &chance) ? .before : .after
                    )
                }
                _ = try? await world.run(turns: 1)
            case 7:
                try world.backUp(to: "backup\(turn)")
                _ = try? await world.run(turns: 2)
                if Bool.random(using: &chance) { try world.restore(from: "backup\(turn)") }
            default:
                _ = try? await world.run(turns: 1)
            }
            try world.ledger.block()
            #expect(world.isMoneyConserved)
        }
        // Each refund went to whoever paid it: per payer, what went back is what is gone.
        world.ledger.state.withLock { state in
            state.interruption = nil
            for node in nodes {
                let back = state.deposits.values
                    .filter { $0.payer == node.did && $0.state == .refunded }
                    .reduce(0) { $0 + $1.amount }
                #expect(state.balances[node.did] ?? 0 == back)
            }
        }
    }
}
