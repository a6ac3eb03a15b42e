package import Cryptography
package import Encoding

/// An operator's order to an auditor: revoke this credential, release that refund. Only `verify` and
/// `sign` make one.
///
/// JWS with `typ` operation+jwt and the operator's did:key as `kid`. Claims: network, issuer (the
/// auditor it is for), operation (its name), arguments (an object), iat, exp (at most ten minutes
/// later), jti (`urn:uuid:`). Unknown members are refused. An auditor carries a `jti` out once.
package struct Operation: Sendable, Hashable {
    /// The token as signed.
    package let jws: JWS
    package let network: String
    /// The auditor it is for.
    package let issuer: String
    /// What is ordered, such as `credential.revoke`.
    package let name: String
    /// What the order is about; whoever carries it out reads it strictly.
    package let arguments: JSON
    /// From iat until exp.
    package let validity: Validity
    /// A UUID in lowercase.
    package let id: String
    /// Who ordered it, a did:key.
    package let author: String

    /// - Parameters:
    ///   - operators: the did:keys that may order something here.
    ///   - now: the auditor's clock; for an order that was taken before, the time of its taking.
    /// - Throws: `malformed`, `limit`, `wrongType`, `unknownOperator`, `badSignature`,
    ///   `wrongNetwork`, `wrongAuditor`, `fromTheFuture`, `expired`.
    package static func verify(
        _ compact: String, operators: [String], network: String, issuer: String, at now: Instant
    ) throws(CredentialError) -> Operation {
        let jws = try JWS.reading(
            compact, type: DocumentType.operation, what: "an order",
            maximumByteCount: Limits.operationByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.operationByteCountMaximum)
        guard let author = jws.header.keyID, operators.contains(where: author.hasSameBytes(as:)),
            let key = try? PublicKey(did: author)
        else {
            throw CredentialError(
                .unknownOperator,
                "the order is not signed by an operator of \(issuer). Sign with a key whose did "
                    + "stands under operators in its configuration.")
        }
        try jws.verified(by: key, type: DocumentType.operation, what: "the order")
        let operation = try CredentialError.reading { () throws(FormatError) in
            try Operation(jws, claims, author: author)
        }
        guard operation.network.hasSameBytes(as: network) else {
            throw CredentialError(
                .wrongNetwork, "the order is for network \(operation.network), this is \(network)")
        }
        guard operation.issuer.hasSameBytes(as: issuer) else {
            throw CredentialError(
                .wrongAuditor, "the order is for \(operation.issuer), this is \(issuer)")
        }
        try operation.checkTime(at: now)
        return operation
    }

    /// Makes an order.
    /// - Parameters:
    ///   - id: a UUID in lowercase, never used before.
    ///   - now: in whole seconds; the order is open for ten minutes from then.
    package static func sign(
        _ name: String, _ arguments: JSON, network: String, issuer: String, id: String,
        at now: Instant, key: borrowing PrivateKey
    ) throws(CredentialError) -> Operation {
        let end = now.adding(milliseconds: Limits.operationLifeMilliseconds)
        let claims: JSON = [
            "network": .string(network), "issuer": .string(issuer), "operation": .string(name),
            "arguments": arguments, "iat": JSON(now.seconds), "exp": JSON(end.seconds),
            "jti": .string(Vocabulary.identifierPrefix + id),
        ]
        let did = key.publicKey.did
        let jws = try JWS.signing(claims, type: DocumentType.operation, keyID: did, key: key)
        return try CredentialError.reading { () throws(FormatError) in
            try Operation(jws, claims, author: did)
        }
    }

    private func checkTime(at now: Instant) throws(CredentialError) {
        let latest = now.adding(milliseconds: Limits.operationAheadMilliseconds)
        guard validity.from <= latest else {
            throw CredentialError(
                .fromTheFuture,
                "the order is dated \(validity.from.rfc3339), the clock here says \(now.rfc3339)")
        }
        guard now < validity.until else {
            throw CredentialError(
                .expired,
                "the order was open until \(validity.until.rfc3339), and it is \(now.rfc3339). "
                    + "Sign a new one.")
        }
    }

    private init(_ jws: JWS, _ claims: JSON, author: String) throws(FormatError) {
        var fields = try Fields(claims, "order")
        network = try fields.network("network")
        issuer = try fields.issuer("issuer")
        name = try fields.text("operation")
        arguments = try fields.json("arguments")
        guard arguments.objectValue != nil else {
            throw fields.error("arguments", "has to be an object")
        }
        validity = Validity(
            from: try fields.instantSeconds("iat"), until: try fields.instantSeconds("exp"))
        let life = validity.until.milliseconds(since: validity.from)
        guard life > 0, life <= Limits.operationLifeMilliseconds else {
            throw fields.error(
                "exp", "has to be at most \(Limits.operationLifeMilliseconds / 1000) s after iat")
        }
        id = try fields.identifier("jti")
        try fields.end()
        self.jws = jws
        self.author = author
    }
}
