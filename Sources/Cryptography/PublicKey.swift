import Encoding

/// A key that verifies signatures. Two keys are equal when their kind and canonical bytes are,
/// however they were written.
package struct PublicKey: Hashable, Sendable {
    package let algorithm: KeyAlgorithm
    /// The canonical form: the 33-byte compressed point of P-256, the 32 bytes of Ed25519.
    package let bytes: [UInt8]
    /// The key as `did:key` (W3C CCG, multibase `z`, multicodec).
    package let did: String
    let handle: SharedKey

    /// - Parameter bytes: P-256 as a compressed (33) or uncompressed (65) point, Ed25519 as 32
    ///   bytes.
    /// - Throws: `.malformed` for any other length, for points that are not on the curve, and for
    ///   Ed25519 encodings that are not canonical or of small order.
    package init(algorithm: KeyAlgorithm, bytes: [UInt8]) throws(KeyError) {
        let canonical: [UInt8]
        let handle: SharedKey?
        switch algorithm {
        case .es256:
            canonical = try PublicKey.compressed(bytes)
            handle = SharedKey.p256(point: bytes)
        case .ed25519:
            guard Ed25519Rules.isAcceptable(publicKey: bytes) else {
                throw KeyError(
                    .malformed,
                    "an Ed25519 key is the canonical 32 bytes of a point of large order")
            }
            canonical = bytes
            handle = SharedKey.ed25519(bytes)
        }
        guard let handle else {
            throw KeyError(.malformed, "the point is not on the curve of \(algorithm.rawValue)")
        }
        self.algorithm = algorithm
        self.bytes = canonical
        self.handle = handle
        did = PublicKey.did(algorithm, canonical)
    }

    /// The `did:key` of a key's canonical bytes.
    static func did(_ algorithm: KeyAlgorithm, _ canonical: [UInt8]) -> String {
        "did:key:z" + Base58.encode(algorithm.multicodec + canonical)
    }

    /// Reads `did:key:z…` of a P-256 or Ed25519 key.
    package init(did: String) throws(KeyError) {
        let prefix = "did:key:z"
        guard did.utf8.count <= Limits.identifierByteCountMaximum,
            did.utf8.starts(with: prefix.utf8)
        else {
            throw KeyError(.malformed, "\(did.quotedForMessage) is not a did:key identifier")
        }
        let decoded: [UInt8]
        do {
            // By bytes: a combining mark would vanish with the character it hangs on.
            decoded = try Base58.decode(
                String(decoding: did.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
        } catch let cause {
            throw KeyError(.malformed, "\(did.quotedForMessage): \(cause.detail)")
        }
        for algorithm in KeyAlgorithm.allCases
        where decoded.starts(with: algorithm.multicodec) {
            let key = Array(decoded.dropFirst(algorithm.multicodec.count))
            guard key.count == (algorithm == .es256 ? 33 : 32) else {
                throw KeyError(.malformed, "\(did.quotedForMessage) has the wrong length")
            }
            self = try PublicKey(algorithm: algorithm, bytes: key)
            return
        }
        throw KeyError(
            .unsupported, "\(did.quotedForMessage) is neither a P-256 nor an Ed25519 key")
    }

    /// Whether `signature` was made over `message` with the private half. ES256 signatures are the
    /// raw r‖s of 64 bytes; nothing else is taken.
    package func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        verify(signature: signature, message: message, digest: .sha256(message))
    }

    /// - Parameter digest: SHA-256 of `message`, which is not hashed again.
    func verify(
        signature: [UInt8], message: [UInt8], digest: @autoclosure () -> Digest
    ) -> Bool {
        switch algorithm {
        case .es256:
            guard let der = P256Signature.der(raw: signature) else { return false }
            return handle.verify(der, digest: digest().bytes)
        case .ed25519:
            guard Ed25519Rules.isAcceptable(signature: signature) else { return false }
            return handle.verify(signature, message: message)
        }
    }

    package static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.algorithm == right.algorithm && left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(algorithm)
        hasher.combine(bytes)
    }

    /// The compressed form of a point in SEC 1 encoding, which is not yet known to be on the curve.
    private static func compressed(_ point: [UInt8]) throws(KeyError) -> [UInt8] {
        if point.count == 33, point[0] == 2 || point[0] == 3 { return point }
        if point.count == 65, point[0] == 4 { return [2 + (point[64] & 1)] + point[1..<33] }
        throw KeyError(
            .malformed, "a P-256 key is a compressed (33 bytes) or uncompressed (65 bytes) point")
    }
}

extension PublicKey: CustomStringConvertible {
    package var description: String { did }
}
