package import Auditing
package import Credentials
package import Cryptography
package import Encoding
import Storage

/// The folder of an auditor's key ring: `keyring.json` and the files of its keys. Commands edit it
/// under a lock, one at a time; a running server reads it.
package struct KeyRingFolder: Sendable, Hashable {
    package let path: String

    package init(path: String) { self.path = path }

    package var file: String { "\(path)/keyring.json" }

    /// - Throws: `StorageError` or `FormatError`.
    package func read() throws -> KeyRing { try Self.ring(try bytes(), file) }

    func bytes() throws(StorageError) -> [UInt8] {
        try DurableFile.read(file, maximumByteCount: Limits.keyRingByteCountMaximum)
    }

    static func ring(_ bytes: [UInt8], _ file: String) throws(FormatError) -> KeyRing {
        do {
            return try KeyRing(json: try JSON.parse(bytes))
        } catch {
            throw FormatError(error.code, "\(file): \(error.detail)")
        }
    }

    /// Changes the ring: reads, changes and replaces the file while nobody else does.
    /// - Parameter issuer: whose ring it is when there is none yet; nil when there has to be one.
    /// - Throws: `locked` while another command edits it; what `change` throws, and then nothing
    ///   is written.
    package func edit<T>(
        issuer: String? = nil, _ change: (inout KeyRing) throws -> T
    ) throws -> T {
        try DurableFile.makeDirectory(path)
        let lock = try FileLock(path: "\(path)/lock")
        defer { lock.release() }
        var ring = try current(issuer)
        let result = try change(&ring)
        try DurableFile.write(
            Array((ring.json.prettyText + "\n").utf8), to: file, mode: 0o600, replacing: true)
        return result
    }

    /// The ring, or one without keys of `issuer` when there is none yet.
    package func current(_ issuer: String?) throws -> KeyRing {
        let stored: [UInt8]
        do throws(StorageError) {
            stored = try bytes()
        } catch {
            guard let issuer, case .missing = error.code else { throw error }
            return KeyRing(issuer: issuer)
        }
        let ring = try Self.ring(stored, file)
        guard let issuer, !ring.issuer.hasSameBytes(as: issuer) else { return ring }
        throw AuditingError(.keyRing, "\(file) is the ring of \(ring.issuer), not of \(issuer)")
    }

    /// Makes a key, stores it in this folder and prepares it.
    /// - Parameter passphrase: protects the file; nil stores the key unprotected.
    package func prepareNewKey(
        issuer: String, window: Validity, passphrase: [UInt8]?, at now: Instant
    ) throws -> KeyRing.Key {
        var key = try PrivateKey.generate(.es256)
        // A word that begins with a hyphen would be an option in a command.
        while key.publicKey.thumbprint.hasPrefix("-") { key = try PrivateKey.generate(.es256) }
        let name = "key-\(key.publicKey.thumbprint.prefix(12)).pem"
        return try edit(issuer: issuer) { ring in
            try KeyFile.write(key, to: "\(path)/\(name)", passphrase: passphrase)
            return try ring.prepared(key.publicKey, window, .file(name), at: now)
        }
    }

    /// A ring with one key that signs at once: for a new auditor.
    /// - Returns: the key.
    @discardableResult
    package func create(
        issuer: String, window: Validity, passphrase: [UInt8]?, at now: Instant
    ) throws -> PublicKey {
        let key = try prepareNewKey(
            issuer: issuer, window: window, passphrase: passphrase, at: now)
        try edit { try $0.activate(key.thumbprint, at: now) }
        return key.publicKey
    }

    /// The file of a key, which may be outside the folder.
    package func keyFile(_ name: String) -> String {
        name.hasPrefix("/") ? name : "\(path)/\(name)"
    }
}

extension KeyRing {
    /// Prepares a key and gives it back as it stands in the ring.
    package mutating func prepared(
        _ key: PublicKey, _ window: Validity, _ source: Source, at now: Instant
    ) throws -> Key {
        try prepare(key, window: window, source: source, at: now)
        guard let entry = self.key(key.thumbprint) else {
            throw AuditingError(.keyRing, "the key is not in the ring")
        }
        return entry
    }
}
