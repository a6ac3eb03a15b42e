/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {
    // A message's head (RFC 9112 §2.1, §3, §5).
    static let targetByteCount = 8 * 1024
    /// A request line holds a method and a version beside the target.
    static let startLineByteCount = targetByteCount + 64
    static let methodByteCount = 32
    static let fieldBlockByteCount = 16 * 1024
    static let fieldCount = 100
    static let hostByteCount = 255 + 8

    // Bodies.
    static let bodyByteCount = 1024 * 1024
    /// How many times as much as has come of a body is made room for, if as much is announced.
    static let bodyRoomFactor = 16
    /// Up to this a piece of a request's body goes into one packet with what comes before: as much
    /// as TLS encrypts at once.
    static let joinedPieceByteCount = 16 * 1024
    static let contentLengthDigitCount = 18
    static let chunkSizeDigitCount = 16
    static let chunkLineByteCount = 4 * 1024
    static let trailerBlockByteCount = 4 * 1024

    // Requests and addresses.
    static let queryItemCount = 64
    static let pathSegmentCount = 32
    static let urlByteCount = 8 * 1024

    // Listeners of events.
    static let listenersMaximum = 512
    static let listenersPerAddressMaximum = 64
    /// Events a listener may be behind before it is dropped.
    static let eventsWaitingMaximum = 16
    static let heartbeatMilliseconds = 15_000
    /// How long a listener waits before it comes back.
    static let eventRetryMilliseconds = 3_000

    // What one peer may hold.
    static let interimResponseCount = 8
    /// As many as one server asks another for at a time under load: a connection closed too early
    /// costs a handshake, which costs more than the request.
    static let idleConnectionsPerOrigin = 256
    static let idleConnectionMilliseconds: Int64 = 30_000
    /// How often a loop looks for connections that waited too long.
    static let sweepMilliseconds: Int64 = 500
    static let lingerMilliseconds: Int64 = 1_000
    static let lingerByteCount = 4 * 1024 * 1024
    static let acceptBatchCount = 64
    static let listenBacklog: Int32 = 1_024
    static let certificateNameCount = 16
    static let pemByteCount = 1024 * 1024
    /// Bytes of the statement in a peer's certificate.
    static let peerStatementByteCount = 2 * 1024
}
