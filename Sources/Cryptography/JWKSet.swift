package import Encoding

/// A published set of verification keys (RFC 7517 section 5).
package struct JWKSet: Sendable {
    package struct Entry: Sendable, Hashable {
        /// `kid`; the RFC 7638 thumbprint when the set names none.
        package let keyID: String
        package let key: PublicKey

        package init(keyID: String, key: PublicKey) {
            self.keyID = keyID
            self.key = key
        }
    }

    package let entries: [Entry]

    package var keys: [PublicKey] { entries.map(\.key) }

    /// - Throws: `.malformed` when two entries have one `kid`.
    package init(_ entries: [Entry]) throws(KeyError) {
        for index in entries.indices
        where entries[..<index].contains(where: {
            $0.keyID.hasSameBytes(as: entries[index].keyID)
        }) {
            throw JWKSet.duplicate(entries[index].keyID)
        }
        self.entries = entries
    }

    /// Reads `{"keys": […]}`. Keys of kinds or for uses that are not ours are passed over, as RFC
    /// 7517 section 5 has it. The whole set is refused when a key that is ours is broken, when two
    /// have one `kid`, and when it holds a secret: such a set was not made to be published.
    package init(json: JSON) throws(KeyError) {
        guard let keys = json["keys"]?.arrayValue else {
            throw KeyError(.malformed, "a JWK set is an object with an array 'keys'")
        }
        guard keys.count <= Limits.keySetCountMaximum else {
            throw KeyError(
                .malformed, "a JWK set has at most \(Limits.keySetCountMaximum) keys")
        }
        var names: [String] = []
        var entries: [Entry] = []
        for jwk in keys {
            let name = jwk["kid"]?.stringValue
            if let name {
                guard !names.contains(where: { $0.hasSameBytes(as: name) }) else {
                    throw JWKSet.duplicate(name)
                }
                names.append(name)
            } else if jwk["kid"] != nil {
                throw KeyError(.malformed, "'kid' of a JSON Web Key has to be a string")
            }
            guard jwk["kty"] != "oct", jwk["d"] == nil else {
                throw KeyError(.malformed, "a JWK set to be published holds a secret key")
            }
            do {
                let key = try PublicKey(jwk: jwk)
                entries.append(Entry(keyID: name ?? key.thumbprint, key: key))
            } catch let cause where cause.code == .unsupported || cause.code == .purpose {
                continue
            }
        }
        try self.init(entries)
    }

    /// The key of exactly this name; there is no falling through to others.
    package func key(_ keyID: String) -> PublicKey? {
        entries.first { $0.keyID.hasSameBytes(as: keyID) }?.key
    }

    /// The set for publishing: `kty, crv, x[, y], kid, use, alg` of each key.
    package var json: JSON {
        let keys = entries.map { entry in
            var members = entry.key.jwk.objectValue ?? JSONObject()
            members["kid"] = .string(entry.keyID)
            members["use"] = "sig"
            members["alg"] = .string(entry.key.algorithm.rawValue)
            return JSON.object(members)
        }
        return ["keys": .array(keys)]
    }

    private static func duplicate(_ name: String) -> KeyError {
        KeyError(.malformed, "two keys of the set are called \(name.quotedForMessage)")
    }
}
