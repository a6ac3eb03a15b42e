package import Cryptography
import Storage
import Synchronization

/// A key in a PKCS#11 token, whose signatures are made there. Tokens are slow and take one request
/// at a time, so each waits on a thread of its own.
package final class TokenSigner: AuditorSigning, LocalSigning {
    private let key: Mutex<PrivateKey>
    package let publicKey: PublicKey

    /// Opens the token with the PIN in the file that the URI names.
    /// - Throws: `KeyError`, or `StorageError` when the PIN's file is missing or others can read it.
    package init(uri text: String) throws {
        let uri = try TokenURI(text)
        let opened = try PrivateKey.inToken(uri, pin: SecretFile.passphrase(uri.pinPath))
        publicKey = opened.publicKey
        key = Mutex(opened)
    }

    package func sign(_ unsigned: UnsignedJWS) async throws(AuditorError) -> JWS {
        let result = await signature(over: unsigned.signingInput)
        do {
            return try unsigned.adding(result.get())
        } catch {
            throw AuditorError(.signer, "the token failed: \(error)")
        }
    }

    private func signature(over message: [UInt8]) async -> Result<[UInt8], any Error> {
        await withCheckedContinuation { continuation in
            do throws(StorageError) {
                try startThread {
                    continuation.resume(returning: Result { try self.signNow(message) })
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }

    func signNow(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        try key.withLock { key throws(KeyError) in try key.sign(message) }
    }
}
