import Cryptography
import Encoding
import Ledger
import Replication
import Storage
import Web

/// Charges representatives that this node caught contradicting themselves: signs a transaction with
/// the node's own key, which needs no account while the node is a representative, and hands it in
/// until the ledger has the offence, whoever sent it first.
actor EvidenceDesk {
    private nonisolated let services: NodeServices
    private nonisolated let desk: TransactionDesk
    /// What was handed in for an offence, by the name of the offence.
    private var sent: [Digest: Digest] = [:]

    init(services: NodeServices, desk: TransactionDesk) {
        self.services = services
        self.desk = desk
    }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await turn()
            try? await Task.sleep(for: .milliseconds(Limits.chargePauseMilliseconds))
        }
    }

    @inline(never)  // A loop around an await inlined here trips the optimizer of Swift 6.3.1.
    private func turn() async {
        do {
            try services.charges.store()
        } catch {
            services.log.event("evidence-not-stored", [("reason", .string(error.detail))])
        }
        for evidence in services.charges.open { await consider(evidence) }
    }

    @inline(never)
    private func consider(_ evidence: Evidence) async {
        let name = Offence.name(evidence.node, height: evidence.height)
        do {
            if try isSettled(evidence, sent[name]) {
                services.charges.remove(evidence)
                sent[name] = nil
                return
            }
            let isWaiting = services.mempool.contains(in: [.consensus]) { verified in
                guard case .evidence(let other) = verified.transaction.body else { return false }
                return other.isSameOffence(as: evidence)
            }
            if isWaiting { return }
            let compact = try sign(evidence)
            sent[name] = try await desk.submit(compact, isOwn: true)
        } catch let problem as Problem {
            note(evidence, problem.detail)
        } catch {
            note(evidence, "\(error)")
        }
    }

    /// Whether the ledger has the offence, or will never take it from this node.
    private nonisolated func isSettled(_ evidence: Evidence, _ sent: Digest?) throws -> Bool {
        let isKnown = try services.chain.readRecords { state in
            state.offence(evidence.node, height: evidence.height) != nil
        }
        if isKnown { return true }
        guard let sent, let found = try services.store.transaction(sent) else { return false }
        note(evidence, "the ledger refused it: \(found.result.code)")
        return true
    }

    private nonisolated func sign(_ evidence: Evidence) throws -> String {
        let identity = services.identity
        let next = try services.chain.readRecords { $0.account(identity)?.sequence ?? 0 }
        let now = services.now()
        let notAfter = Instant(seconds: now.seconds + Limits.chargeSecondsMaximum)
        let draft = TransactionDraft(
            network: services.genesis.network,
            sequence: services.mempool.freeSequence(of: identity, from: next),
            notAfter: notAfter, body: .evidence(evidence))
        return try draft.sign(services.keys.node).jws.compact
    }

    private nonisolated func note(_ evidence: Evidence, _ reason: String) {
        services.log.event(
            "evidence-not-taken",
            [
                ("node", .string(evidence.node.text)), ("height", JSON(evidence.height)),
                ("reason", .string(reason)),
            ])
    }
}
