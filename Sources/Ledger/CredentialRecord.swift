package import Cryptography
package import Encoding

/// What the ledger knows of one credential, for ever: when it first came with an admission or a
/// renewal that was accepted, and whether its auditor took it back.
package struct CredentialRecord: Sendable, Hashable {
    package struct Sighting: Sendable, Hashable {
        /// Height of the block that first had it.
        package let height: UInt64
        package let node: Identity
        /// SHA-256 of the credential's signing input: one `jti` is one credential.
        package let digest: Digest
        /// RFC 7638 thumbprint of the key that signed it.
        package let key: String
    }

    package struct Revocation: Sendable, Hashable {
        /// Height of the block that took it back.
        package let height: UInt64
        /// A code: see `Limits.revocationReasonByteCountMaximum`.
        package let reason: String
    }

    /// Issuer URL.
    package let auditor: String
    /// `jti`, a UUID in lowercase.
    package let credential: String
    package var seen: Sighting?
    package var revoked: Revocation?

    init(auditor: String, credential: String) {
        self.auditor = auditor
        self.credential = credential
    }

    /// Names the record: SHA-256 of issuer URL, `#` and `jti`. An issuer URL has no fragment.
    static func name(auditor: String, credential: String) -> Digest {
        Digest.sha256(Array("\(auditor)#\(credential)".utf8))
    }

    /// `{"auditor","credential","seen": {"height","node","digest","key"}?, "revoked":
    /// {"height","reason"}?}`.
    package var json: JSON {
        var members: [(String, JSON)] = [
            ("auditor", .string(auditor)), ("credential", .string(credential)),
        ]
        if let seen {
            let sighting: JSON = [
                "height": .number(JSONNumber(seen.height)), "node": .string(seen.node.text),
                "digest": .string(seen.digest.text), "key": .string(seen.key),
            ]
            members.append(("seen", sighting))
        }
        if let revoked {
            let revocation: JSON = [
                "height": .number(JSONNumber(revoked.height)),
                "reason": .string(revoked.reason),
            ]
            members.append(("revoked", revocation))
        }
        return .object(JSONObject(members))
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "credential")
        auditor = try fields.string("auditor")
        credential = try fields.string("credential")
        if var inner = try fields.optionalObject("seen") {
            seen = Sighting(
                height: try inner.uint64("height"), node: try inner.identity("node"),
                digest: try inner.digest("digest"), key: try inner.string("key"))
            try inner.end()
        }
        if var inner = try fields.optionalObject("revoked") {
            revoked = Revocation(
                height: try inner.uint64("height"), reason: try inner.string("reason"))
            try inner.end()
        }
        try fields.end()
    }
}
