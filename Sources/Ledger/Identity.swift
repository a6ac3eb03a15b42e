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
        let prefix = Self.prefix
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

    private static let prefix = "did:key:z"

    /// The identity in a record's key: the multicodec bytes of the public key, which are the
    /// decoded base58 part of the did. Text that is looked up but names no key is kept as it is,
    /// behind a zero byte, with which no multicodec of a key begins.
    var keyBytes: [UInt8] {
        let part = String(decoding: text.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self)
        if let bytes = try? Base58.decode(part), let first = bytes.first, first != 0 {
            return bytes
        }
        return [0] + text.utf8
    }

    init(keyBytes: [UInt8]) throws {
        guard keyBytes.first == 0 else {
            try self.init(did: Self.prefix + Base58.encode(keyBytes))
            return
        }
        guard let text = String(validating: keyBytes.dropFirst(), as: UTF8.self) else {
            throw LedgerError(.records, "the key of a record names nobody")
        }
        try self.init(did: text)
    }

    package static func < (left: Identity, right: Identity) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package var description: String { text }
}
