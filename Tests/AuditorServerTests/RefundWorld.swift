import Credentials
import Cryptography
import Encoding
import FoundationEssentials
import Storage
import Synchronization
import TestSupport
import Testing

@testable import AuditorServer

/// An auditor's store, its sender and worker, and a ledger in memory; the store can be closed,
/// opened again and copied at any moment.
final class RefundWorld {
    let folder: TemporaryFolder
    let ledger = ScriptedLedger()
    let auditor: TestAuditor
    let operators: [KeyPair]
    var approval: RefundApproval
    var now = Instant(seconds: 1_800_000_000)
    private(set) var store: AuditorStore
    private let pem: [UInt8]
    private var home: String

    init(approveAbove: UInt64 = .max) throws {
        folder = try TemporaryFolder()
        let always = Validity(from: .distantPast, until: .distantFuture)
        auditor = try TestAuditor("a1", operatorName: "north", window: always)
        operators = try (0..<3).map { _ in try KeyPair() }
        approval = RefundApproval(above: approveAbove, operators: operators.map(\.did))
        pem = try auditor.account.key.pem(passphrase: nil)
        home = folder.file("store")
        store = try AuditorStore(folder: home)
        try store.keep(policy: [1], digest: .zero, at: now)
    }

    // MARK: Machines

    func sender() throws -> LedgerSender {
        let now = now
        return LedgerSender(
            network: "test-net", key: try PrivateKey(pem: pem, passphrase: nil), store: store,
            nodes: [ledger], clock: { now })
    }

    func worker() -> RefundWorker {
        let now = now
        return RefundWorker(
            issuer: auditor.issuer, store: store, nodes: [ledger], approval: approval,
            clock: { now })
    }

    func restart() throws {
        store.close()
        store = try AuditorStore(folder: home)
    }

    /// Copies the store as it is to `name`.
    func backUp(to name: String) throws {
        store.close()
        try FileManager.default.copyItem(atPath: home, toPath: folder.file(name))
        store = try AuditorStore(folder: home)
    }

    func restore(from name: String) throws {
        store.close()
        try FileManager.default.removeItem(atPath: home)
        try FileManager.default.copyItem(atPath: folder.file(name), toPath: home)
        store = try AuditorStore(folder: home)
    }

    /// Worker, sender and ledger in turn, until nothing changes any more.
    func run(turns: Int = 4) async throws {
        for _ in 0..<turns {
            try await worker().step()
            try await sender().step()
            try ledger.block()
        }
        try await worker().step()
    }

    // MARK: The ledger and the applicants

    func pay(_ amount: UInt64, for node: KeyPair, by payer: String = "payer") -> LedgerDeposit {
        let deposit = LedgerDeposit(
            id: Digest.sha256(SecureRandom.bytes(16)), auditor: auditor.issuer, node: node.did,
            payer: payer, amount: amount, state: .held, height: 1, isNodeOrdinary: true)
        ledger.state.withLock { $0.deposits[deposit.id] = deposit }
        return deposit
    }

    func setOrdinary(_ isOrdinary: Bool, _ deposit: LedgerDeposit) {
        ledger.state.withLock { state in
            state.deposits[deposit.id] = state.deposits[deposit.id]?.changed(
                isNodeOrdinary: isOrdinary)
        }
    }

    func setOnHold(_ isOnHold: Bool, _ deposit: LedgerDeposit) {
        ledger.state.withLock { state in
            state.deposits[deposit.id] = state.deposits[deposit.id]?.changed(isOnHold: isOnHold)
        }
    }

    /// An application that names the deposit; with the auditor's answer, when there is one.
    @discardableResult
    func apply(
        _ deposit: LedgerDeposit, _ node: KeyPair, answer: Consent?, lasting seconds: Int64 = 3600
    ) async throws -> Digest {
        let draft = ApplicationDraft.test(
            network: "test-net", consensusKey: try KeyPair(.ed25519).publicKey, at: now,
            deposits: [deposit.id])
        let application = try draft.sign(with: node.key)
        try await store.accept(
            application.digest, application: application.jws.compact, node: node.did,
            policy: .zero, at: now)
        if let answer {
            try await self.answer(application, answer, lasting: seconds)
        }
        return application.digest
    }

    /// A fresh credential for an application of before.
    func renew(_ application: Digest, _ node: KeyPair, lasting seconds: Int64) async throws {
        let record = try #require(try store.record(application))
        let renewed = try credential(
            for: Application.verify(record.application, network: "test-net", at: record.received),
            .granted, lasting: seconds)
        let digest = Digest.sha256(SecureRandom.bytes(16))
        try await store.intend(
            AuditorStore.DecidedRenewal(
                digest: digest, jws: "renewal", application: application, node: node.did,
                policy: .zero, claims: [1], jti: renewed.claims.id, key: "k", evidence: [:],
                findings: [], place: nil), at: now)
        _ = try await store.issue(
            digest, jti: renewed.claims.id, consents: true, credential: renewed.jws.compact,
            at: now)
    }

    private func credential(
        for application: Application, _ consent: Consent, lasting seconds: Int64
    ) throws -> Credential {
        let now = now
        return try auditor.credential(for: application, at: now, consent: consent) {
            $0.validity = Validity(
                from: now, until: now.adding(milliseconds: 1000 * seconds))
        }
    }

    private func answer(
        _ application: Application, _ consent: Consent, lasting seconds: Int64
    ) async throws {
        let credential = try credential(for: application, consent, lasting: seconds)
        try await store.intend(
            application.digest, jti: credential.claims.id, claims: [1], key: "k",
            evidence: [:], findings: [], at: now)
        _ = try await store.issue(
            application.digest, jti: credential.claims.id, consents: consent.isGranted,
            credential: credential.jws.compact, at: now)
    }

    /// An operator's order, as it is carried out once its signature is verified.
    @discardableResult
    func order(
        _ act: @escaping AuditorStore.Act, _ arguments: JSON, by key: KeyPair
    ) async throws -> JSON {
        let operation = try Operation.sign(
            "refund", arguments, network: "test-net", issuer: auditor.issuer,
            id: SecureRandom.uuid(), at: now, key: key.key)
        return try await store.carryOut(operation, at: now, act)
    }

    func approve(_ deposit: LedgerDeposit, by key: KeyPair, amount: UInt64? = nil) async throws {
        try await order(
            RefundActs.approve,
            [
                "deposit": JSON(deposit.id.text), "amount": JSON(amount: amount ?? deposit.amount),
                "payer": JSON(deposit.payer),
            ], by: key)
    }

    // MARK: What came of it

    func row(_ deposit: LedgerDeposit) throws -> AuditorStore.RefundRow? {
        try store.database.read { try AuditorStore.refund(deposit.id, $0) }
    }

    var balances: [String: UInt64] { ledger.state.withLock(\.balances) }

    func kinds() throws -> [String] {
        try store.database.read { connection in
            try connection.query("SELECT entry FROM log_entries ORDER BY position", []) {
                try JSON.parse($0.blob(0))["kind"]?.stringValue ?? ""
            }
        }
    }

    /// Everything that was ever paid in is held or was paid back.
    var isMoneyConserved: Bool {
        ledger.state.withLock { state in
            let all = state.deposits.values.reduce(0) { $0 + $1.amount }
            let held = state.deposits.values.filter { $0.state == .held }
                .reduce(0) { $0 + $1.amount }
            return held + state.balances.values.reduce(0, +) == all
        }
    }
}
