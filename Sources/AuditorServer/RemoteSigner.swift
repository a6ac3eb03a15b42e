package import Cryptography
import Encoding
import Storage
import Web

/// A key of a process that only signs, asked over its unix socket. The process may be away: then
/// nothing is signed, and what was to be signed waits.
package final class RemoteSigner: AuditorSigning {
    package let publicKey: PublicKey
    private let socket: String

    package init(publicKey: PublicKey, socket: String) {
        self.publicKey = publicKey
        self.socket = socket
    }

    package func sign(_ unsigned: UnsignedJWS) async throws(AuditorError) -> JWS {
        let request: JSON = [
            "key": JSON(publicKey.thumbprint),
            "input": JSON(String(decoding: unsigned.signingInput, as: UTF8.self)),
        ]
        let result = await Self.ask(socket, request)
        do {
            let answer = try result.get()
            guard let signature = answer["signature"]?.stringValue else {
                throw AuditorError(
                    .signer, answer["detail"]?.stringValue ?? "it gave no signature")
            }
            return try unsigned.adding(Base64URL.decode(signature))
        } catch {
            throw AuditorError(.signer, "the signer at \(socket) does not sign: \(error)")
        }
    }

    /// The keys that the process at `socket` signs with.
    package static func keys(of socket: String) async throws -> [PublicKey] {
        let answer = try await ask(socket, ["keys": true]).get()
        return try (answer["keys"]?.arrayValue ?? []).map { entry in
            try PublicKey(jwk: entry["jwk"] ?? .null)
        }
    }

    /// One request and its answer, on a thread of its own.
    private static func ask(_ socket: String, _ request: JSON) async -> Result<JSON, any Error> {
        await withCheckedContinuation { continuation in
            do throws(StorageError) {
                try startThread {
                    continuation.resume(returning: askNow(socket, request))
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }

    private static func askNow(_ socket: String, _ request: JSON) -> Result<JSON, any Error> {
        Result {
            try JSON.parse(
                LocalCall.exchange(
                    request.bytes, with: socket,
                    maximumByteCount: Limits.signerLineByteCountMaximum,
                    deadlineMilliseconds: Limits.signerDeadlineMilliseconds))
        }
    }
}
