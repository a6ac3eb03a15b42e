package import Cryptography
internal import Encoding

/// An account or a node: the `did:key` of its key. Text is checked ASCII, so that equality of the
/// text is equality of the bytes.
package struct Identity: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// The identity of a key in hand.
    package init(_ key: PublicKey) { text = key.did }

    /// An identity that is only looked up: `did:key:z` and base58 letters. That there is such a key
    /// is not checked, which a lookup does not need.
    package init(did: String) throws(LedgerError) {
        let prefix = "did:key:z"
        guard did.utf8.count <= Limits.identityByteCountMaximum,
            did.utf8.count > prefix.utf8.count,
            did.utf8.starts(with: prefix.utf8),
            did.utf8.dropFirst(prefix.utf8.count).allSatisfy(Self.isAlphanumeric)
        else {
            throw LedgerError(
                .shape,
                "an account or node is a did:key of base58 letters, at most "
                    + "\(Limits.identityByteCountMaximum) bytes")
        }
        text = did
    }

    /// An identity that will own something: the key must exist and the text be its only spelling,
    /// otherwise what is sent there is lost.
    package init(owner did: String) throws(LedgerError) {
        try self.init(did: did)
        let key: PublicKey
        do { key = try PublicKey(did: did) } catch {
            throw LedgerError(.shape, "\(did) is not the did:key of a key: \(error)")
        }
        guard key.did.hasSameBytes(as: did) else {
            throw LedgerError(.shape, "\(did) is not the usual spelling, which is \(key.did)")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    package static func < (left: Identity, right: Identity) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package var description: String { text }
}
