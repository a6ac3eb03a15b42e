package import Cryptography
import Storage

/// One key of the auditor, wherever its private half is: in a file, in a token, or with a process
/// of its own.
package protocol AuditorSigning: Sendable {
    var publicKey: PublicKey { get }

    /// The token with this key's signature.
    /// - Throws: `signer` when it does not sign now; what was to be signed is not lost by that.
    func sign(_ unsigned: UnsignedJWS) async throws(AuditorError) -> JWS
}

/// A key that was read from a file and signs in this process.
package final class FileSigner: AuditorSigning, LocalSigning {
    private let key: PrivateKey

    package init(_ key: consuming PrivateKey) { self.key = key }

    package var publicKey: PublicKey { key.publicKey }

    package func sign(_ unsigned: UnsignedJWS) async throws(AuditorError) -> JWS {
        do {
            return try unsigned.adding(try key.sign(unsigned.signingInput))
        } catch {
            throw AuditorError(.signer, "the signing key failed: \(error)")
        }
    }

    func signNow(_ message: [UInt8]) throws(KeyError) -> [UInt8] { try key.sign(message) }
}
