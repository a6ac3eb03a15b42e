import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing

@testable import LedgerNode

@Suite struct MempoolTests {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let bounds = BlockLimits(
        transactionCount: 16, blockByteCount: 64 * 1024, transactionByteCount: 16 * 1024)

    private static func sign(
        _ body: TransactionBody, by pair: KeyPair, _ sequence: UInt64, for seconds: Int64 = 60
    ) throws -> VerifiedTransaction {
        let draft = TransactionDraft(
            network: "n", sequence: sequence,
            notAfter: Instant(seconds: now.seconds + seconds), body: body)
        return try draft.sign(pair.key).verified(pair.publicKey)
    }

    private static func vote(for pair: KeyPair) -> TransactionBody {
        .vote([VoteChange(candidate: Identity(pair.publicKey), votes: 1)])
    }

    private static func insert(_ pool: Mempool, _ verified: VerifiedTransaction) throws -> Bool {
        try pool.insert(verified, isOwn: false, at: now)
    }

    private static func evidence(_ pair: KeyPair) -> TransactionBody {
        let statement = Evidence.Statement(
            block: nil, validRound: nil, content: nil,
            signature: Array(repeating: 0, count: 64))
        return .evidence(
            Evidence(
                node: Identity(pair.publicKey), kind: .prevote, height: 1, round: 0,
                first: statement, second: statement))
    }

    @Test func `evidence comes before admission, that before votes, and those before data`()
        throws
    {
        let pool = Mempool()
        let people = try (0..<4).map { _ in try KeyPair() }
        let bodies: [TransactionBody] = [
            .data(content: "x"), Self.vote(for: people[0]),
            .candidateRemove(node: Identity(people[0].publicKey)), Self.evidence(people[0]),
        ]
        for (person, body) in zip(people, bodies) {
            #expect(try Self.insert(pool, Self.sign(body, by: person, 0)))
        }
        let order = pool.pending(within: Self.bounds).map(\.transaction.body.type)
        #expect(order == ["evidence", "candidate.remove", "vote", "data"])
        for (lane, body) in zip(Lane.allCases, bodies.reversed()) {
            #expect(Lane(body) == lane)
            #expect(pool.count(in: lane) == 1)
        }
    }

    @Test func `a full lane of votes keeps out votes and nothing else`() throws {
        let pool = Mempool()
        let candidate = try KeyPair()
        var isFull = false
        var count = 0
        while !isFull {
            let voter = try KeyPair(.ed25519)
            for sequence in 0..<UInt64(Limits.pendingPerSenderMaximum) where !isFull {
                let vote = try Self.sign(
                    Self.vote(for: candidate), by: voter, sequence)
                do {
                    _ = try Self.insert(pool, vote)
                    count += 1
                } catch let error as Mempool.Refusal {
                    #expect(error == .full(.votes))
                    isFull = true
                }
            }
        }
        #expect(count == pool.count(in: .votes))
        #expect(count <= Limits.pendingVotesCountMaximum)
        let other = try KeyPair()
        for (sequence, body) in [
            .data(content: "x"), .candidateRemove(node: Identity(other.publicKey)),
            Self.evidence(candidate),
        ].enumerated() as EnumeratedSequence<[TransactionBody]> {
            #expect(try Self.insert(pool, Self.sign(body, by: other, UInt64(sequence))))
        }
        let first = pool.pending(within: Self.bounds).prefix(4).map(\.transaction.body.type)
        #expect(first == ["evidence", "candidate.remove", "vote", "vote"])
        // However many wait, what is asked for a block is about a block.
        #expect(pool.pending(within: Self.bounds).count == 2 * Self.bounds.transactionCount)
        #expect(pool.pending(within: Self.bounds).contains { $0.transaction.body.type == "data" })
    }

    @Test func `a flood of admissions leaves votes their share of a block`() throws {
        let pool = Mempool()
        for _ in 0..<3 {
            let person = try KeyPair()
            for sequence in 0..<20 {
                let body = TransactionBody.candidateRemove(node: Identity(person.publicKey))
                #expect(try Self.insert(pool, Self.sign(body, by: person, UInt64(sequence))))
            }
        }
        let voter = try KeyPair()
        for sequence in 0..<20 {
            let vote = try Self.sign(Self.vote(for: voter), by: voter, UInt64(sequence))
            #expect(try Self.insert(pool, vote))
        }
        let block = pool.pending(within: Self.bounds).prefix(Self.bounds.transactionCount)
        #expect(block.count { $0.transaction.body.type == "vote" } == 9)
    }

    @Test func `one sender is bounded, in every lane and the urgent ones more`() throws {
        let pool = Mempool()
        let person = try KeyPair(.ed25519)
        let body = TransactionBody.candidateRemove(node: Identity(person.publicKey))
        for sequence in 0..<UInt64(Limits.pendingUrgentPerSenderMaximum) {
            #expect(try Self.insert(pool, Self.sign(body, by: person, sequence)))
        }
        let next = UInt64(Limits.pendingUrgentPerSenderMaximum)
        #expect(throws: Mempool.Refusal.senderFull(.admission)) {
            try Self.insert(pool, Self.sign(body, by: person, next))
        }
        for sequence in next..<UInt64(Limits.pendingPerSenderMaximum) {
            #expect(try Self.insert(pool, Self.sign(.data(content: "x"), by: person, sequence)))
        }
        #expect(throws: Mempool.Refusal.senderFull(.data)) {
            try Self.insert(
                pool,
                Self.sign(
                    .data(content: "x"), by: person, UInt64(Limits.pendingPerSenderMaximum)))
        }
        let other = try KeyPair()
        #expect(try Self.insert(pool, Self.sign(.data(content: "x"), by: other, 0)))
    }

    @Test func `the bytes of one sender are bounded`() throws {
        let pool = Mempool()
        let person = try KeyPair(.ed25519)
        let content = String(repeating: "x", count: 16 * 1024)
        var sequence: UInt64 = 0
        #expect(throws: Mempool.Refusal.self) {
            while true {
                let data = try Self.sign(.data(content: content), by: person, sequence)
                _ = try Self.insert(pool, data)
                sequence += 1
            }
        }
        #expect(Int(sequence) < Limits.pendingPerSenderMaximum)
        #expect(sequence > 100)
    }

    @Test func `one number is waited for by one transaction`() throws {
        let pool = Mempool()
        let person = try KeyPair()
        let first = try Self.sign(.data(content: "a"), by: person, 0)
        #expect(try Self.insert(pool, first))
        #expect(try !Self.insert(pool, first))
        #expect(throws: Mempool.Refusal.sequenceTaken(first.id)) {
            try Self.insert(pool, Self.sign(.data(content: "b"), by: person, 0))
        }
        let sender = Identity(person.publicKey)
        #expect(pool.freeSequence(of: sender, from: 0) == 1)
        #expect(pool.freeSequence(of: sender, from: 5) == 5)
    }

    @Test func `what waits for an earlier number takes no room in a block`() throws {
        let pool = Mempool()
        let person = try KeyPair()
        let all = try (0..<5).map { try Self.sign(.data(content: "\($0)"), by: person, $0) }
        for index in [4, 3, 1] {
            #expect(try pool.insert(all[index], isOwn: false, isEarly: true, at: Self.now))
        }
        #expect(pool.pending(within: Self.bounds).isEmpty)
        #expect(try pool.insert(all[0], isOwn: false, at: Self.now))
        #expect(
            Set(pool.pending(within: Self.bounds).map(\.id)) == Set([all[0].id, all[1].id]))
        #expect(try pool.insert(all[2], isOwn: false, isEarly: true, at: Self.now))
        #expect(pool.pending(within: Self.bounds).count == 5)
        // The number before may also be used up by a block.
        let other = try KeyPair()
        let sent = try (0..<2).map { try Self.sign(.data(content: "\($0)"), by: other, $0) }
        #expect(try pool.insert(sent[1], isOwn: false, isEarly: true, at: Self.now))
        #expect(pool.pending(within: Self.bounds).count == 5)
        pool.remove(committed: [sent[0]], at: Self.now)
        #expect(pool.pending(within: Self.bounds).count == 6)
    }

    @Test func `a number whose predecessor was committed while it came is let go`() throws {
        let pool = Mempool()
        let person = try KeyPair()
        let all = try (0..<3).map { try Self.sign(.data(content: "\($0)"), by: person, $0) }
        // The block that had the number 0 came between the question and the waiting room.
        pool.remove(committed: [all[0]], at: Self.now)
        for index in [2, 1] {
            #expect(try pool.insert(all[index], isOwn: false, isEarly: true, at: Self.now))
        }
        #expect(pool.pending(within: Self.bounds).isEmpty)
        pool.unpark(all[1].transaction)
        #expect(pool.pending(within: Self.bounds).count == 2)
    }

    @Test func `committed, replaced and outlived transactions leave and make room`() throws {
        let pool = Mempool()
        let person = try KeyPair()
        let waiting = try (0..<3).map { try Self.sign(.data(content: "\($0)"), by: person, $0) }
        for transaction in waiting { #expect(try Self.insert(pool, transaction)) }
        let other = try Self.sign(.data(content: "other"), by: person, 1)
        pool.remove(committed: [waiting[0], other], at: Self.now.adding(milliseconds: 1))
        #expect(pool.count == 1)
        #expect(!pool.contains(waiting[1].id))
        #expect(pool.pending(within: Self.bounds).map(\.id) == [waiting[2].id])
        pool.remove(committed: [], at: Self.now.adding(milliseconds: 59_999))
        #expect(pool.count == 1)
        pool.remove(committed: [], at: Self.now.adding(milliseconds: 61_000))
        #expect(pool.count == 0)
        #expect(pool.pending(within: Self.bounds).isEmpty)
        #expect(try Self.insert(pool, waiting[2]))
    }

    @Test func `own transactions are sent again until they leave`() throws {
        let pool = Mempool()
        let person = try KeyPair()
        let own = try Self.sign(.data(content: "own"), by: person, 0)
        #expect(try pool.insert(own, isOwn: true, at: Self.now))
        #expect(try Self.insert(pool, Self.sign(.data(content: "other"), by: person, 1)))
        let later = Self.now.adding(milliseconds: 5_000)
        #expect(pool.ownUnsent(since: Self.now, now: later).map(\.id) == [own.id])
        #expect(pool.ownUnsent(since: Self.now, now: later).isEmpty)
        pool.remove(committed: [own], at: Self.now)
        #expect(pool.ownUnsent(since: later, now: later).isEmpty)
    }
}
