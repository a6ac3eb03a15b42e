import COpenSSL

/// What a step on a socket came to.
enum TransferStep {
    case done(Int)
    case needsReading, needsWriting
    /// The other side closed in good order.
    case ended
    case failed(String)
}

/// One TLS session over a non-blocking socket, freed with its owner. Belongs to its event loop.
@safe final class TLSSession {
    let session: OpaquePointer
    private var isBroken = false
    /// What `read` found: all that had come was taken from the socket.
    private(set) var hasDrained = false

    init(_ session: OpaquePointer) { unsafe self.session = unsafe session }

    deinit { unsafe SSL_free(session) }

    func handshake() -> TransferStep {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        return result == 1 ? .done(0) : step(after: result)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> TransferStep {
        ERR_clear_error()
        var count = 0
        let hadPending = hasPending
        let before = takenByteCount
        let result = unsafe SSL_read_ex(session, buffer.baseAddress, buffer.count, &count)
        // It asks the socket for as much as its buffer has room for: when less came, that was all.
        let taken = takenByteCount - before
        hasDrained = !hadPending && (1..<Self.roomByteCount).contains(taken)
        return result == 1 ? .done(count) : step(after: result)
    }

    /// Less than the buffer of a session holds when it is empty: a record and its head.
    private static let roomByteCount: UInt64 = 16 * 1024

    /// Bytes came that `read` has not given out, whole records or not.
    var hasPending: Bool { unsafe SSL_has_pending(session) == 1 }

    private var takenByteCount: UInt64 { unsafe BIO_number_read(SSL_get_rbio(session)) }

    func write(_ buffer: UnsafeRawBufferPointer) -> TransferStep {
        ERR_clear_error()
        var count = 0
        let result = unsafe SSL_write_ex(session, buffer.baseAddress, buffer.count, &count)
        return result == 1 ? .done(count) : step(after: result)
    }

    /// Says goodbye without waiting for the answer.
    func sendClose() {
        guard !isBroken, unsafe SSL_is_init_finished(session) == 1 else { return }
        ERR_clear_error()
        _ = unsafe SSL_shutdown(session)
        ERR_clear_error()
    }

    private func step(after result: Int32) -> TransferStep {
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .needsReading
        case SSL_ERROR_WANT_WRITE: return .needsWriting
        case SSL_ERROR_ZERO_RETURN: return .ended
        case _:
            isBroken = true
            let verification = unsafe SSL_get_verify_result(session)
            let text = TLSErrors.text()
            guard verification != X509_V_OK,
                let reason = unsafe X509_verify_cert_error_string(verification)
            else { return .failed(text) }
            return unsafe .failed("\(text) (\(String(cString: reason)))")
        }
    }
}

enum TLSErrors {
    /// The newest entry of this thread's error queue in words; empties the queue.
    static func text() -> String {
        var text = "the connection broke off"
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return text }
            if let reason = unsafe ERR_reason_error_string(code) {
                text = unsafe String(cString: reason)
            } else {
                text = "error \(code)"
            }
        }
    }
}
