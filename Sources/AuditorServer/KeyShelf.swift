import Auditing
import Credentials
import Cryptography
import Encoding
import Storage
import Synchronization
import Web

/// The auditor's keys while it runs: the ring in its folder, read again when it changes, and the
/// opened keys.
///
/// A changed ring is recorded before it has an effect: no key signs and the published set does not
/// change before the audit log says so. A ring that is broken, or older than the one in use, is
/// refused as a whole, and the one before goes on.
final class KeyShelf: Sendable {
    /// The key that signs now.
    struct Signing: Sendable {
        let key: KeyRing.Key
        let signer: any AuditorSigning
    }

    private struct Serving: Sendable {
        var ring: KeyRing
        var signers: [String: any AuditorSigning]
    }

    private struct Reading {
        /// What the last attempt was about; nil when the file could not be read.
        var tried: [UInt8]?
        /// Why the newest ring is not in use.
        var refused: String?
    }

    private let folder: KeyRingFolder
    private let issuer: String
    private let passphrasePath: String?
    private let store: AuditorStore
    private let metrics: MetricRegistry
    private let clock: @Sendable () -> Instant
    private let log: @Sendable (JSON) -> Void
    private let serving: Mutex<Serving>
    private let reading: Mutex<Reading>

    /// Reads the ring and opens its active key.
    /// - Throws: `StorageError`, `FormatError`, `KeyError`, `AuditorError`, or `AuditingError` for
    ///   a ring that is older than the one the store knows.
    init(
        _ configuration: AuditorConfiguration, store: AuditorStore, metrics: MetricRegistry,
        clock: @escaping @Sendable () -> Instant, log: @escaping @Sendable (JSON) -> Void
    ) throws {
        folder = KeyRingFolder(path: configuration.keyRingPath)
        issuer = configuration.issuer
        passphrasePath = configuration.passphrasePath
        self.store = store
        self.metrics = metrics
        self.clock = clock
        self.log = log
        metrics.declare(
            "accredit_key_ring_reloads_total", .counter, "Attempts to load the keys, by result")
        metrics.declare(
            "accredit_key_ring_refused", .gauge, "1 while the newest key ring is not in use")
        metrics.declare(
            "accredit_signing_key_expiry_seconds", .gauge,
            "Until the active key's window ends; 0 without one")
        let bytes = try folder.bytes()
        let first = try Self.load(
            bytes, folder, issuer, keeping: [:], passphrasePath: passphrasePath)
        _ = try store.adopt(first.ring, at: clock())
        serving = Mutex(first)
        reading = Mutex(Reading(tried: bytes, refused: nil))
        metrics.set("accredit_key_ring_refused", 0)
        tellExpiry()
    }

    /// The ring in use.
    var ring: KeyRing { serving.withLock { $0.ring } }

    /// What verifiers are given now.
    func published() throws(KeyError) -> JWKSet { try ring.published(at: clock()) }

    /// The key that signs now.
    /// - Throws: `signer` when there is none, or its window does not hold `now`; `storeSetBack` or
    ///   `storeUnchecked` when nothing may be signed from the store.
    func signing(at now: Instant) throws(AuditorError) -> Signing {
        try store.standing.allowsSigning()
        let serving = serving.withLock { $0 }
        guard let key = serving.ring.active, let signer = serving.signers[key.thumbprint] else {
            throw AuditorError(.signer, "no key is active: accredit keys activate makes one so")
        }
        guard key.window.contains(Instant(seconds: now.seconds)) else {
            throw AuditorError(
                .signer,
                "the active key may sign from \(key.window.from.rfc3339) to "
                    + "\(key.window.until.rfc3339): activate another one")
        }
        return Signing(key: key, signer: signer)
    }

    /// The key that an answer was meant for; nil when it must not sign any more, because it was
    /// revoked, its window is over or it is not in the ring.
    /// - Throws: when it should sign and cannot be opened now.
    func signer(of thumbprint: String, at now: Instant) throws -> Signing? {
        try store.standing.allowsSigning()
        let serving = serving.withLock { $0 }
        guard let key = serving.ring.key(thumbprint), key.state != .revoked,
            now < key.window.until
        else { return nil }
        if let signer = serving.signers[key.thumbprint] {
            return Signing(key: key, signer: signer)
        }
        let signer = try KeyOpening(folder: folder, passphrasePath: passphrasePath).open(key)
        self.serving.withLock { $0.signers[key.thumbprint] = signer }
        return Signing(key: key, signer: signer)
    }

    /// Why nothing can be signed, or is about to end; nil when all is well.
    var trouble: String? {
        do throws(AuditorError) {
            _ = try signing(at: clock())
        } catch {
            return error.detail
        }
        return reading.withLock { $0.refused }.map { "the newest key ring is not in use: \($0)" }
    }

    // MARK: - Reading again

    /// Looks at the ring's file; when it changed, takes it over.
    func poll() {
        reading.withLock { attempt(&$0, isForced: false) }
        tellExpiry()
    }

    /// Takes the ring over as it is now, changed or not.
    func reload() {
        reading.withLock { attempt(&$0, isForced: true) }
        tellExpiry()
    }

    private func attempt(_ reading: inout Reading, isForced: Bool) {
        do {
            // Read again when it could not be: what could not be opened is not tried again by
            // itself, because each wrong PIN brings a token nearer to its lock.
            let tried = reading.tried
            reading.tried = nil
            let bytes = try folder.bytes()
            reading.tried = bytes
            if !isForced, bytes == tried { return }
            let kept = serving.withLock { $0.signers }
            let loaded = try Self.load(
                bytes, folder, issuer, keeping: kept, passphrasePath: passphrasePath)
            let count = try store.adopt(loaded.ring, at: clock())
            serving.withLock { $0 = loaded }
            reading.refused = nil
            metrics.add("accredit_key_ring_reloads_total", labels: [("result", "loaded")])
            metrics.set("accredit_key_ring_refused", 0)
            log([
                "event": "keys-loaded", "changed": JSON(Int64(count)),
                "active": loaded.ring.active.map { JSON($0.thumbprint) } ?? .null,
            ])
        } catch {
            let reason = Self.reason(error)
            // A ring that stays unreadable is looked at each time, and told of once.
            if isForced || reading.refused != reason {
                metrics.add("accredit_key_ring_reloads_total", labels: [("result", "refused")])
                log([
                    "event": "keys-refused", "cause": JSON(reason),
                    "active": ring.active.map { JSON($0.thumbprint) } ?? .null,
                ])
            }
            reading.refused = reason
            metrics.set("accredit_key_ring_refused", 1)
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as StorageError: error.detail
        case let error as FormatError: error.detail
        case let error as AuditingError: error.detail
        case let error as AuditorError: error.detail
        case let error as KeyError: error.detail
        default: "\(error)"
        }
    }

    /// The ring of these bytes, with its active key opened and those opened before.
    private static func load(
        _ bytes: [UInt8], _ folder: KeyRingFolder, _ issuer: String,
        keeping signers: [String: any AuditorSigning], passphrasePath: String?
    ) throws -> Serving {
        let ring = try KeyRingFolder.ring(bytes, folder.file)
        guard ring.issuer.hasSameBytes(as: issuer) else {
            throw AuditingError(
                .keyRing, "\(folder.file) is the ring of \(ring.issuer), not of \(issuer)")
        }
        var kept = signers.filter { thumbprint, _ in
            ring.key(thumbprint).map { $0.state != .revoked } ?? false
        }
        if let active = ring.active, kept[active.thumbprint] == nil {
            kept[active.thumbprint] = try KeyOpening(
                folder: folder, passphrasePath: passphrasePath
            ).open(active)
        }
        return Serving(ring: ring, signers: kept)
    }

    private func tellExpiry() {
        let until = ring.active?.window.until ?? .distantPast
        metrics.set(
            "accredit_signing_key_expiry_seconds", Double(max(0, until.seconds - clock().seconds)))
    }
}
