import Storage
import Web

/// What an auditor does on the ledger by itself; nothing when its configuration names no account.
struct LedgerDesk: Sendable {
    let sender: LedgerSender?
    let refunds: RefundWorker?

    init(_ configuration: AuditorConfiguration, store: AuditorStore, passphrase: [UInt8]?) throws {
        guard let path = configuration.accountPath else {
            (sender, refunds) = (nil, nil)
            return
        }
        let client = configuration.client
        let nodes = configuration.ledgerNodes.map { LedgerNodeClient(url: $0, client: client) }
        sender = LedgerSender(
            network: configuration.network,
            key: try KeyFile.read(path, passphrase: passphrase), store: store, nodes: nodes,
            clock: SystemClock.now)
        refunds = RefundWorker(
            issuer: configuration.issuer, store: store, nodes: nodes,
            approval: configuration.refunds, clock: SystemClock.now)
    }

    /// The work goes on until the tasks are cancelled.
    func start() -> [Task<Void, Never>] {
        var work: [Task<Void, Never>] = []
        if let sender { work.append(Task { await sender.run() }) }
        if let refunds { work.append(Task { await refunds.run() }) }
        return work
    }
}
