import Credentials
import Cryptography
import Encoding
import Ledger
import Storage
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
    /// What this node shows its peers, and what it knows of theirs.
    let credential: PeerCredential
    let statements: PeerStatements
    let book: PeerBook
    let refused = RefusedCallers()
    let log: NodeLog
    let metrics: MetricRegistry
    let now: @Sendable () -> Instant
    let handovers = HandoverList()
    let recounter = Recounter()
    let snapshots: SnapshotShelf
    let mempool = Mempool()
    let charges: ChargeList
    let verifier = TransactionVerifier()
    let board = NodeBoard()
    let inbox = Inbox()
    let signal: HeightSignal
    /// Monotonic milliseconds.
    let startedAt = SystemClock.monotonicMilliseconds()
    private let known: KnownPeers

    init(
        configuration: NodeConfiguration, genesis: Genesis, keys: NodeKeys, state: LedgerState,
        store: BlockStore, explorer: Explorer?, charges: ChargeList, log: NodeLog,
        now: @escaping @Sendable () -> Instant
    ) throws {
        self.charges = charges
        self.configuration = configuration
        self.genesis = genesis
        self.keys = keys
        identity = Identity(keys.node.publicKey)
        let inbox = inbox
        chain = ChainState(state) { inbox.tick() }
        self.store = store
        self.explorer = explorer
        snapshots = SnapshotShelf(data: configuration.data)
        self.log = log
        self.now = now
        client = HTTPClient(trust: TrustAnchors(path: configuration.tls.authority))
        let scope = PeerStatement.Scope(network: genesis.network, genesis: genesis.digest)
        let statements = PeerStatements(scope: scope)
        self.statements = statements
        credential = try PeerCredential(keys: keys, scope: scope, log: log, now: now)
        let known = KnownPeers(PeerDirectory(state))
        self.known = known
        let (chain, identity) = (chain, identity)
        peers = PeerNetwork(
            credential: credential, publicClient: client, ownEndpoint: configuration.endpoint,
            log: log, now: now,
            acquaintance: PeerNetwork.Acquaintance(
                refusal: { peer, endpoint in
                    known.refusal(of: peer, at: endpoint, statements, now())
                },
                isKnown: { chain.read { $0.status(of: identity) != .ordinary } }))
        signal = HeightSignal(height: state.tip.height)
        metrics = MetricRegistry()
        book = PeerBook(log: log, metrics: metrics)
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

    var directory: PeerDirectory { known.directory }

    /// Endpoints of those who decide the next blocks, without this node's own.
    var deciderEndpoints: [String] {
        var found: [String] = []
        let directory = directory
        for member in directory.members
        where member.node != identity && !found.contains(member.endpoint) {
            found.append(member.endpoint)
        }
        return found
    }

    /// Looks after a block who decides the next ones.
    func noteDeciders() {
        let directory = chain.read { PeerDirectory($0) }
        guard known.replace(directory) else { return }
        peers.keep(directory.members.map(\.endpoint))
    }
}

/// The directory, for many to read.
final class KnownPeers: Sendable {
    private let current: Mutex<PeerDirectory>

    init(_ directory: PeerDirectory) { current = Mutex(directory) }

    var directory: PeerDirectory { current.withLock { $0 } }

    /// - Returns: whether other nodes or other endpoints are in it now.
    func replace(_ directory: PeerDirectory) -> Bool {
        current.withLock { current in
            defer { current = directory }
            return current.members != directory.members
        }
    }

    /// Why the node behind a certificate is not one that the ledger names at `endpoint`.
    func refusal(
        of peer: PeerCertificate?, at endpoint: String, _ statements: PeerStatements, _ now: Instant
    ) -> String? {
        guard let peer else { return "it shows no certificate of a node" }
        let node: Identity
        do { node = try statements.node(of: peer, at: now) } catch { return error.detail }
        let expected = directory.nodes(at: endpoint)
        guard !expected.contains(node) else { return nil }
        let names = expected.map(\.text).joined(separator: " or ")
        return expected.isEmpty
            ? "the ledger names no representative at \(endpoint)"
            : "\(node) answers there, and the ledger names \(names)"
    }
}
