package import Cryptography
package import Encoding

/// A node's word for the key it talks TLS with: what binds a connection to the node's key, on both
/// of its ends.
///
/// A JWS with `typ` peer+jwt and the node's did as `kid`; claims {"network", "genesis" (SHA-256 of
/// the genesis file), "node" (did:key), "key" (SHA-256 of the TLS key's SubjectPublicKeyInfo),
/// "nbf", "exp" (whole seconds)}. It holds for one network, one TLS key and at most seven days:
/// whoever copies it has not the TLS key, and whoever steals the TLS key has it for days only.
package struct PeerStatement: Sendable, Hashable {
    package let node: PublicKey
    package let notBefore: Instant
    package let notAfter: Instant

    /// The network that a statement holds in.
    package struct Scope: Sendable, Hashable {
        package let network: String
        package let genesis: Digest

        package init(network: String, genesis: Digest) {
            self.network = network
            self.genesis = genesis
        }
    }

    /// - Throws: `signing`.
    package static func sign(
        _ keyDigest: Digest, in scope: Scope, from notBefore: Instant, until notAfter: Instant,
        with key: borrowing PrivateKey
    ) throws(CredentialError) -> String {
        let node = key.publicKey.did
        let claims: JSON = [
            "network": .string(scope.network), "genesis": .string(scope.genesis.text),
            "node": .string(node), "key": .string(keyDigest.text),
            "nbf": .number(JSONNumber(notBefore.seconds)),
            "exp": .number(JSONNumber(notAfter.seconds)),
        ]
        return try JWS.signing(
            claims, type: DocumentType.peer, keyID: node, key: key
        ).compact
    }

    /// Reads a statement that came in a certificate with the key of `keyDigest`, and checks all of
    /// it but the time, which goes on.
    /// - Throws: `limit`, `malformed`, `wrongType`, `badSignature`, `inconsistent` when the `kid`
    ///   is not the node's or it holds for longer than is allowed, `wrongNetwork`, `unknownKey`
    ///   when it is for another TLS key: somebody else's statement was copied.
    package init(
        verifying compact: String, keyDigest: Digest, in scope: Scope
    ) throws(CredentialError) {
        let what = "a peer statement"
        let jws = try JWS.reading(
            compact, type: DocumentType.peer, what: what,
            maximumByteCount: Limits.peerStatementByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.peerStatementByteCountMaximum)
        let read = try CredentialError.reading { () throws(FormatError) in try Claims(claims) }
        guard jws.header.keyID?.hasSameBytes(as: read.node.did) == true else {
            throw CredentialError(.inconsistent, "the kid of \(what) has to be its node")
        }
        try jws.verified(by: read.node, type: DocumentType.peer, what: what)
        guard read.network.hasSameBytes(as: scope.network), read.genesis == scope.genesis else {
            throw CredentialError(
                .wrongNetwork,
                "\(read.node.did) speaks for network \(read.network.quotedForMessage) with "
                    + "genesis \(read.genesis.text); this is \(scope.network) with genesis "
                    + scope.genesis.text)
        }
        guard read.key == keyDigest else {
            throw CredentialError(
                .unknownKey,
                "the statement of \(read.node.did) is for another TLS key: it was copied")
        }
        let life = read.notAfter.milliseconds(since: read.notBefore)
        guard life > 0, life <= Limits.peerStatementLifeMilliseconds else {
            throw CredentialError(
                .inconsistent,
                "\(what) holds for up to \(Limits.peerStatementLifeMilliseconds / 86_400_000) days")
        }
        (node, notBefore, notAfter) = (read.node, read.notBefore, read.notAfter)
    }

    /// - Throws: `notYetValid` or `expired`.
    package func check(at now: Instant) throws(CredentialError) {
        if now < notBefore {
            throw CredentialError(
                .notYetValid,
                "the statement of \(node.did) holds from \(notBefore.rfc3339), and it is "
                    + "\(now.rfc3339) here: one of the two clocks is wrong")
        }
        if now >= notAfter {
            throw CredentialError(
                .expired,
                "the statement of \(node.did) held until \(notAfter.rfc3339), and it is "
                    + "\(now.rfc3339) here: one of the two clocks is wrong")
        }
    }

    private struct Claims {
        let network: String
        let genesis: Digest
        let node: PublicKey
        let key: Digest
        let notBefore: Instant
        let notAfter: Instant

        init(_ json: JSON) throws(FormatError) {
            var fields = try Fields(json, "statement")
            network = try fields.network("network")
            genesis = try fields.digest("genesis")
            node = try fields.key("node")
            key = try fields.digest("key")
            notBefore = try fields.instantSeconds("nbf")
            notAfter = try fields.instantSeconds("exp")
            try fields.end()
        }
    }
}
