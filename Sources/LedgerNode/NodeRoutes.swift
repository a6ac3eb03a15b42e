import Cryptography
import Encoding
import Ledger
import Pages
import Web

/// The node's HTTP interface. What is read is committed state; every refusal is a problem document.
struct NodeRoutes: Sendable {
    let services: NodeServices
    let desk: TransactionDesk
    let challenges = ChallengeDesk()

    init(_ services: NodeServices) {
        self.services = services
        desk = TransactionDesk(services: services)
    }

    func router() -> Router {
        var router = Router(title: "Accredit ledger node")
        addTransactions(&router)
        addBlocks(&router)
        addState(&router)
        addProofs(&router)
        addPeers(&router)
        addSnapshots(&router)
        addHeard(&router)
        addExplorer(&router)
        addHistory(&router)
        router.onOperations(metrics: services.metrics) { notReady() }
        PageRoutes(RouterSource(router)).add(to: &router)
        return router
    }

    /// Why this node cannot be relied on at this moment; nil when it can.
    private func notReady() -> String? {
        services.metrics.set("accredit_node_pending_transactions", Double(services.mempool.count))
        services.metrics.set(
            "accredit_node_peers_unreachable", Double(services.peers.unreachable.count))
        let view = services.board.view
        if let failure = view.failure { return "The node has stopped: \(failure)" }
        guard view.isSynchronised else {
            return "The node has not compared its chain with its peers yet."
        }
        if view.isBehind { return "Peers speak of later blocks; the node is fetching them." }
        if let withheld = view.withheld { return "The node signs nothing: \(withheld)." }
        if let difference = services.recounter.view.difference {
            return "Votes counted again differ from the ledger's: \(difference)"
        }
        return services.staleness().map { "\($0) GET /v1/status tells who is missing." }
    }

    // MARK: Parameters

    /// The query item `wait` in milliseconds, 0 when there is none.
    static func wait(_ request: Request) throws(Problem) -> Int {
        guard let text = request.query("wait") else { return 0 }
        guard let value = Int(text), value >= 0 else {
            throw Problem.badRequest(
                "wait is a number of milliseconds.", fix: "Write ?wait=5000, for example.")
        }
        return min(value, Limits.waitMillisecondsMaximum)
    }

    static func digest(_ text: String, _ what: String) throws(Problem) -> Digest {
        do { return try Digest(hexadecimal: text) } catch {
            throw Problem.badRequest(
                "\(what) is 64 lowercase hexadecimal digits: \(error.detail)")
        }
    }

    static func identity(_ text: String) throws(Problem) -> Identity {
        do { return try Identity(did: text) } catch {
            throw Problem.badRequest("\(error.detail).", fix: "Write did:key:z… in full.")
        }
    }
}

extension NodeServices {
    /// Says so when the newest block is older than the network's heartbeat lets it become.
    func staleness() -> String? {
        let (tip, heartbeat, interval) = chain.read {
            ($0.tip, $0.parameters.heartbeat, $0.parameters.blockInterval)
        }
        let age = now().milliseconds(since: tip.time)
        let patience = 2 * (heartbeat + interval) + Limits.staleBlockMilliseconds
        guard age > patience else { return nil }
        return "The newest block, \(tip.height), is \(age / 1000) s old; one comes at least every "
            + "\(max(heartbeat / 1000, 1)) s."
    }
}
