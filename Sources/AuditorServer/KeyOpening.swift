package import Auditing
import Cryptography
import Storage

/// Opens the private half of a ring's key, wherever it is.
package struct KeyOpening: Sendable {
    let folder: KeyRingFolder
    let passphrasePath: String?

    package init(folder: KeyRingFolder, passphrasePath: String?) {
        self.folder = folder
        self.passphrasePath = passphrasePath
    }

    /// - Throws: `StorageError` or `KeyError` when the key cannot be opened, `AuditorError` when it
    ///   is another one than the ring says.
    package func open(_ key: KeyRing.Key) throws -> any AuditorSigning {
        let signer = try open(key.source, key.publicKey)
        guard signer.publicKey == key.publicKey else {
            throw AuditorError(
                .configuration,
                "the ring says key \(key.thumbprint), and its source has "
                    + "\(signer.publicKey.thumbprint)")
        }
        return signer
    }

    private func open(
        _ source: KeyRing.Source, _ publicKey: PublicKey
    ) throws -> any AuditorSigning {
        switch source {
        case .file(let name):
            let passphrase = try passphrasePath.map(SecretFile.passphrase)
            return FileSigner(
                try KeyFile.read(folder.keyFile(name), passphrase: passphrase))
        case .token(let uri): return try TokenSigner(uri: uri)
        // It may be away now and back when something is to be signed.
        case .signer(let socket):
            return RemoteSigner(publicKey: publicKey, socket: folder.keyFile(socket))
        }
    }
}
