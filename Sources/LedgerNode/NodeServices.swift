import Cryptography
import Encoding
import Ledger
import Synchronization
import Web

/// What the parts of one node share.
final class NodeServices: Sendable {
    let configuration: NodeConfiguration
    let genesis: Genesis
    let keys: NodeKeys
    let identity: Identity
    let chain: ChainState
    let store: BlockStore
    /// Nil on a node whose configuration wants no lists.
    let explorer: Explorer?
    let client: HTTPClient
    let peers: PeerNetwork
    let log: NodeLog
    let metrics: MetricRegistry
    let now: @Sendable () -> Instant
    let handovers = HandoverList()
    let recounter = Recounter()
    let mempool = Mempool()
    let verifier = TransactionVerifier()
    let board = NodeBoard()
    let inbox = Inbox()
    let signal: HeightSignal
    private let endpoints = Mutex<[String]>([])

    init(
        configuration: NodeConfiguration, genesis: Genesis, keys: NodeKeys, state: LedgerState,
        store: BlockStore, explorer: Explorer?, log: NodeLog, now: @escaping @Sendable () -> Instant
    ) {
        self.configuration = configuration
        self.genesis = genesis
        self.keys = keys
        identity = Identity(keys.node.publicKey)
        let inbox = inbox
        chain = ChainState(state) { inbox.tick() }
        self.store = store
        self.explorer = explorer
        self.log = log
        self.now = now
        client = HTTPClient(trust: TrustAnchors(path: configuration.tls.authority))
        peers = PeerNetwork(client: client, ownEndpoint: configuration.endpoint, log: log)
        signal = HeightSignal(height: state.tip.height)
        metrics = MetricRegistry()
        metrics.declare("accredit_node_height", .gauge, "Height of the newest block.")
        metrics.declare("accredit_node_round", .gauge, "Round that decided the newest block.")
        metrics.declare("accredit_node_blocks_total", .counter, "Blocks committed.")
        metrics.declare("accredit_node_transactions_total", .counter, "Transactions committed.")
        metrics.declare("accredit_node_pending_transactions", .gauge, "Transactions that wait.")
        metrics.declare(
            "accredit_node_messages_refused_total", .counter, "Consensus messages not accepted.")
        metrics.declare(
            "accredit_node_log_entries_left_out_total", .counter,
            "Entries of the consensus log for which there was no room.")
        metrics.declare(
            "accredit_node_equivocations_total", .counter,
            "Representatives caught signing two contradicting messages.")
        metrics.declare(
            "accredit_node_recount_height", .gauge, "Block up to which votes were counted again.")
        metrics.declare(
            "accredit_node_recount_differs", .gauge,
            "1 once votes counted again came to something else than the ledger says.")
        metrics.declare("accredit_node_peers_unreachable", .gauge, "Peers that do not answer.")
        metrics.set("accredit_node_height", Double(state.tip.height))
        metrics.set("accredit_node_recount_height", 0)
        metrics.set("accredit_node_recount_differs", 0)
        noteDeciders()
    }

    /// Whether a waiting transaction may stand in the next block.
    func hasIncludableTransaction() -> Bool {
        let time = max(now(), chain.tip.time.adding(milliseconds: 1))
        return mempool.contains { waiting in
            chain.read { $0.check(waiting, at: time) } == .includable
        }
    }

    /// Endpoints of those who decide the next blocks, without this node's own.
    var deciderEndpoints: [String] { endpoints.withLock { $0 } }

    /// Looks after a block who decides the next ones.
    func noteDeciders() {
        let lists = chain.read { state in
            let height = state.tip.height
            return [state.representatives(at: height + 1), state.representatives(at: height + 2)]
        }
        var found: [String] = []
        for member in lists.flatMap(\.list)
        where member.node != identity && !found.contains(member.endpoint) {
            found.append(member.endpoint)
        }
        endpoints.withLock { $0 = found }
    }
}
