package import Cryptography

/// Says whether a signature verifies.
///
/// A node asks the key itself. Whoever runs many machines over one finite set of messages, as the
/// explorer and the simulator do, may remember the answers of real verification.
package protocol SignatureChecking: Sendable {
    func verifies(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool
}

/// Verifies each signature each time.
package struct DirectSignatures: SignatureChecking {
    package init() {}

    package func verifies(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
        key.verify(signature: signature, message: message)
    }
}

/// Signatures verified once, when they were taken in, and known from then on. Any other one is
/// verified when it is asked about.
package struct KnownSignatures: SignatureChecking {
    private struct Signed: Hashable {
        let message: [UInt8]
        let key: [UInt8]
    }

    private var known: [Signed: [UInt8]] = [:]

    package init() {}

    /// Verifies a signature and remembers it if it is right.
    package mutating func add(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) {
        guard key.verify(signature: signature, message: message) else { return }
        known[Signed(message: message, key: key.bytes)] = signature
    }

    package func verifies(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
        known[Signed(message: message, key: key.bytes)] == signature
            || key.verify(signature: signature, message: message)
    }
}
