import Synchronization

/// What all connections of one server share.
final class ServerCore: Sendable {
    let router: Router
    let limits: ServerLimits
    let metrics: ServerMetrics?
    let log: @Sendable (RequestLog) -> Void
    let owner = EventLoops.newOwner()

    private let stopping = Atomic<Bool>(false)
    private let census = Mutex<[String: Int]>([:])
    private let total = Atomic<Int>(0)

    init(
        router: Router, limits: ServerLimits, metrics: ServerMetrics?,
        log: @escaping @Sendable (RequestLog) -> Void
    ) {
        self.router = router
        self.limits = limits
        self.metrics = metrics
        self.log = log
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func beginStopping() { stopping.store(true, ordering: .releasing) }

    /// Counts a connection in; false when its address or all together have too many.
    func admit(_ host: String) -> Bool {
        census.withLock { census in
            let count = census[host, default: 0]
            guard total.load(ordering: .relaxed) < limits.connections,
                count < limits.connectionsPerAddress
            else { return false }
            census[host] = count + 1
            total.add(1, ordering: .relaxed)
            return true
        }
    }

    func dismiss(_ host: String) {
        census.withLock { census in
            total.subtract(1, ordering: .relaxed)
            let count = census[host, default: 0] - 1
            census[host] = count > 0 ? count : nil
        }
    }
}

/// The metrics every server keeps of itself.
struct ServerMetrics: Sendable {
    private static let requests = "accredit_http_requests_total"
    private static let duration = "accredit_http_request_duration_seconds"
    private static let rejected = "accredit_http_rejected_total"
    private static let handshakes = "accredit_tls_handshake_failures_total"
    private let registry: MetricRegistry

    init(_ registry: MetricRegistry) {
        self.registry = registry
        registry.declare(Self.requests, .counter, "Requests answered, by route, method and status")
        registry.declare(Self.duration, .histogram, "Time from a request's head to its answer")
        registry.declare(Self.rejected, .counter, "Connections and requests refused, by reason")
        registry.declare(Self.handshakes, .counter, "TLS handshakes that failed")
    }

    func note(_ log: RequestLog) {
        let route = log.route ?? "none"
        registry.add(
            Self.requests,
            labels: [("route", route), ("method", log.method), ("code", "\(log.status)")])
        registry.observe(
            Self.duration, seconds: Double(log.milliseconds) / 1_000, labels: [("route", route)])
    }

    func noteRejection(_ reason: String) {
        registry.add(Self.rejected, labels: [("reason", reason)])
    }

    func noteHandshakeFailure() { registry.add(Self.handshakes) }
}
