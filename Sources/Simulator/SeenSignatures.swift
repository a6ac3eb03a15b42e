import Consensus
import Cryptography
import Synchronization

/// Remembers which signatures verified, so that a message that comes to six nodes is verified once.
/// Every answer was given by real verification, except for what a simulated node has just signed:
/// that is right by itself.
final class SeenSignatures: SignatureChecking {
    private struct Statement: Sendable {
        let message: [UInt8]
        let key: [UInt8]
    }

    private let seen = Mutex<[[UInt8]: Statement]>([:])

    func note(_ signature: [UInt8], of message: [UInt8], by key: [UInt8]) {
        seen.withLock { $0[signature] = Statement(message: message, key: key) }
    }

    func verifies(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
        let statement = seen.withLock { $0[signature] }
        if let statement, statement.key == key.bytes, statement.message == message { return true }
        guard key.verify(signature: signature, message: message) else { return false }
        note(signature, of: message, by: key.bytes)
        return true
    }

    func forget() { seen.withLock { $0 = [:] } }
}
