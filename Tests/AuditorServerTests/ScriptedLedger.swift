@testable import AuditorServer
import Cryptography
import Encoding
import Synchronization

/// A ledger node in memory that makes a block when told to, with interruptions at every call.
///
/// It keeps the rules that an outbox relies on: numbers are used in order, once; nothing is in a
/// block whose time has reached its `notAfter`; a refund or a revocation is applied once.
final class ScriptedLedger: LedgerAccess {
    /// Where the next call is interrupted.
    enum Moment: Sendable, CaseIterable {
        /// The call does not arrive.
        case before
        /// The call is carried out and its answer is lost.
        case after
    }

    struct Interrupted: Error {}

    struct State: Sendable {
        var time = Instant(seconds: 1_800_000_000)
        var height: UInt64 = 0
        var sequence: UInt64? = 0
        var waiting: [String] = []
        var committed: [Digest: LedgerOutbox.Outcome] = [:]
        /// The acts that were applied, by what they are about.
        var applied: [String] = []
        /// Ids of everything that was handed over, in order.
        var seen: [Digest] = []
        var calls = 0
        var interruption: (call: Int, moment: Moment)?
        var refusing: String?
        var deposits: [Digest: LedgerDeposit] = [:]
        /// What was paid back, by payer.
        var balances: [String: UInt64] = [:]
        var spent: Set<Digest> = []
    }

    let state = Mutex(State())

    private func call<T: Sendable>(_ body: (inout State) throws -> T) throws -> T {
        try state.withLock { state in
            state.calls += 1
            let moment = state.interruption.flatMap { $0.call == state.calls ? $0.moment : nil }
            if moment == .before { throw Interrupted() }
            let result = try body(&state)
            if moment == .after { throw Interrupted() }
            return result
        }
    }

    func time() async throws -> Instant { try call { $0.time } }

    func nextSequence(of account: String) async throws -> UInt64? { try call { $0.sequence } }

    func standing(of transaction: Digest) async throws -> TransactionStanding {
        try call { state in
            if let outcome = state.committed[transaction] { return .committed(outcome) }
            let waits = try state.waiting.contains { try JWS($0).digest == transaction }
            return waits ? .waiting : .unknown
        }
    }

    func handOver(_ transaction: String) async throws -> String? {
        try call { state in
            if let refusal = state.refusing { return refusal }
            state.seen.append(try JWS(transaction).digest)
            if !state.waiting.contains(transaction) { state.waiting.append(transaction) }
            return nil
        }
    }

    /// A block, `seconds` after the last, of everything whose turn it is.
    func block(seconds: Int64 = 1) throws {
        try state.withLock { state in
            state.height += 1
            state.time = state.time.adding(milliseconds: 1000 * seconds)
            while let (index, jws) = try Self.next(state) {
                state.waiting.remove(at: index)
                state.sequence = (state.sequence ?? 0) + 1
                let body = try JSON.parse(jws.payload)["body"]
                state.committed[jws.digest] = LedgerOutbox.Outcome(
                    height: state.height, code: try Self.apply(body, &state), detail: "")
            }
        }
    }

    private static func apply(_ body: JSON?, _ state: inout State) throws -> String {
        let subject = body?["deposit"]?.stringValue ?? body?["credential"]?.stringValue ?? ""
        if let id = try? Digest(hexadecimal: subject), let deposit = state.deposits[id] {
            guard deposit.state == .held else { return "already-refunded" }
            guard !deposit.isOnHold else { return "deposit-on-hold" }
            guard deposit.isNodeOrdinary else { return "node-not-ordinary" }
            state.deposits[id] = deposit.changed(to: .refunded)
            state.balances[deposit.payer, default: 0] += deposit.amount
        } else if state.applied.contains(subject) {
            return "already-refunded"
        }
        state.applied.append(subject)
        return "ok"
    }

    func dueDeposits(
        of auditor: String, after last: Digest?
    ) async throws -> (deposits: [LedgerDeposit], next: Digest?) {
        try call { state in
            let all = state.deposits.values.filter { $0.auditor == auditor }
                .sorted { $0.id < $1.id }
            let page = all.filter { deposit in last.map { $0 < deposit.id } ?? true }.prefix(2)
            let due = page.filter { $0.state == .held && $0.isNodeOrdinary && !$0.isOnHold }
            return (due, page.count == 2 ? page.last?.id : nil)
        }
    }

    func deposit(_ id: Digest) async throws -> LedgerDeposit? { try call { $0.deposits[id] } }

    func isSpent(application: Digest) async throws -> Bool {
        try call { $0.spent.contains(application) }
    }

    private static func next(_ state: State) throws -> (Int, JWS)? {
        for (index, compact) in state.waiting.enumerated() {
            let jws = try JWS(compact)
            let payload = try JSON.parse(jws.payload)
            let notAfter = Instant(seconds: payload["notAfter"]?.int64Value ?? 0)
            if payload["sequence"]?.uint64Value == state.sequence, notAfter > state.time {
                return (index, jws)
            }
        }
        return nil
    }
}

extension LedgerDeposit {
    func changed(
        to state: State? = nil, isNodeOrdinary: Bool? = nil, isOnHold: Bool? = nil
    ) -> LedgerDeposit {
        LedgerDeposit(
            id: id, auditor: auditor, node: node, payer: payer, amount: amount,
            state: state ?? self.state, height: height,
            isNodeOrdinary: isNodeOrdinary ?? self.isNodeOrdinary,
            isOnHold: isOnHold ?? self.isOnHold)
    }
}
