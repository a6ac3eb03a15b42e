/// What one server grants to strangers. Times in milliseconds, sizes in bytes.
package struct ServerLimits: Sendable {
    /// From the connection being accepted to the end of the TLS handshake.
    package var handshakeMilliseconds: Int64 = 5_000
    /// From the first byte of a request to the end of its header block.
    package var headerMilliseconds: Int64 = 10_000
    /// How long a body may come at any rate before `bodyBytesPerSecond` is demanded of it.
    package var bodyGraceMilliseconds: Int64 = 5_000
    package var bodyBytesPerSecond: Int64 = 1_024
    /// How long a peer may refuse to take bytes of an answer.
    package var writeStallMilliseconds: Int64 = 20_000
    /// How long a connection may lie between two requests; before the first, the header's limit
    /// holds too.
    package var idleMilliseconds: Int64 = 60_000
    /// How long `stop()` waits for requests under way before it cuts them off.
    package var drainMilliseconds: Int64 = 10_000
    package var requestsPerConnection = 1_000
    package var connectionsPerAddress = 256
    package var connections = 10_000

    package init() {}
}
