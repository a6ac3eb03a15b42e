extension Router {
    /// Adds `/livez` (the process answers), `/readyz` (it can do its work) and `/metrics`.
    /// `isReady` gives nil, or the reason why not, which is answered with 503.
    package mutating func onOperations(
        metrics: MetricRegistry, isReady: @escaping @Sendable () async -> String? = { nil }
    ) {
        on("GET", "/livez", summary: "Whether the process is alive") { _ in .text("ok\n") }
        on("GET", "/readyz", summary: "Whether the service can do its work") { _ in
            if let reason = await isReady() { throw Problem.unavailable(reason) }
            return .text("ok\n")
        }
        on("GET", "/metrics", summary: "Counters as Prometheus text") { _ in
            .bytes(
                Array(metrics.text.utf8), contentType: "text/plain; version=0.0.4; charset=utf-8")
        }
    }
}
