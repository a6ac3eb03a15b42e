package import Cryptography

/// Private keys in files: PKCS#8 PEM, mode 0600 from the first byte, never overwritten.
package enum KeyFile {
    /// - Parameter passphrase: protects the key; nil stores it unprotected.
    /// - Throws: `StorageError` (`exists` when the file is there), `KeyError`.
    package static func write(
        _ key: borrowing PrivateKey, to path: String, passphrase: [UInt8]?
    ) throws {
        let pem = try key.pem(passphrase: passphrase)
        try DurableFile.write(pem, to: path, mode: 0o600, replacing: false)
    }

    /// - Throws: `StorageError` (`permission` when others could have read it, with the command that
    ///   mends it), `KeyError` (`passphrase` when it is missing or wrong).
    package static func read(_ path: String, passphrase: [UInt8]?) throws -> PrivateKey {
        let pem = try SecretFile.read(path, maximumByteCount: Limits.keyFileByteCountMaximum)
        do {
            return try PrivateKey(pem: pem, passphrase: passphrase)
        } catch {
            throw KeyError(error.code, "\(path): \(error.detail)")
        }
    }
}
