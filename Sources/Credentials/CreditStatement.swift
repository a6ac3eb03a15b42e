package import Cryptography
package import Encoding

/// A credit source that an auditor trusts.
package struct CreditSource: Sendable, Hashable {
    package let name: String
    package let key: PublicKey

    package init(name: String, key: PublicKey) {
        self.name = name
        self.key = key
    }
}

/// A credit source's signed statement about an account. Only `verify` and `sign` make one.
///
/// JWS with `typ` credit+jwt and the source's name as `kid`; claims iss (the source's name), sub
/// (the account's did:key), network, score (a decimal string), iat, exp. Unknown members are
/// refused.
package struct CreditStatement: Sendable, Hashable {
    package let jws: JWS
    package let source: String
    package let account: String
    package let score: Int64
    /// From iat until exp.
    package let validity: Validity

    /// - Throws: `malformed`, `limit`, `wrongType`, `unknownSource`, `inconsistent` when the kid is
    ///   not the source, `badSignature`, `wrongNetwork`, `wrongAccount`, `notYetValid`, `expired`.
    package static func verify(
        _ compact: String, sources: [CreditSource], network: String, account: String,
        at now: Instant
    ) throws(CredentialError) -> CreditStatement {
        let jws = try JWS.reading(
            compact, type: DocumentType.creditStatement, what: "a credit statement",
            maximumByteCount: Limits.creditStatementByteCountMaximum)
        let claims = try jws.claims(maximumByteCount: Limits.creditStatementByteCountMaximum)
        let (statement, statedNetwork) = try CredentialError.reading { () throws(FormatError) in
            try read(jws, claims)
        }
        guard let source = sources.first(where: { $0.name.hasSameBytes(as: statement.source) })
        else {
            throw CredentialError(
                .unknownSource, "credit source \(statement.source) is not trusted here")
        }
        guard jws.header.keyID?.hasSameBytes(as: source.name) == true else {
            throw CredentialError(
                .inconsistent, "the kid of a credit statement has to be its source, \(source.name)")
        }
        try jws.verified(
            by: source.key, type: DocumentType.creditStatement, what: "a credit statement")
        guard statedNetwork.hasSameBytes(as: network) else {
            throw CredentialError(
                .wrongNetwork, "the credit statement is for network \(statedNetwork)")
        }
        guard statement.account.hasSameBytes(as: account) else {
            throw CredentialError(
                .wrongAccount, "the credit statement is about \(statement.account)")
        }
        try statement.validity.check(at: now, what: "the credit statement")
        return statement
    }

    /// Makes a statement.
    /// - Parameter validity: in whole seconds.
    package static func sign(
        source: String, account: String, network: String, score: UInt64, validity: Validity,
        key: borrowing PrivateKey
    ) throws(CredentialError) -> CreditStatement {
        let claims: JSON = [
            "iss": .string(source), "sub": .string(account), "network": .string(network),
            "score": JSON(amount: score), "iat": JSON(validity.from.seconds),
            "exp": JSON(validity.until.seconds),
        ]
        let jws = try JWS.signing(
            claims, type: DocumentType.creditStatement, keyID: source, key: key)
        return try CredentialError.reading { () throws(FormatError) in
            try read(jws, claims).0
        }
    }

    private static func read(
        _ jws: JWS, _ claims: JSON
    ) throws(FormatError) -> (CreditStatement, network: String) {
        var fields = try Fields(claims, "credit statement")
        let source = try fields.text("iss")
        let account = try fields.key("sub").did
        let network = try fields.network("network")
        let score = try fields.amount("score")
        guard score <= Limits.scoreMaximum else {
            throw fields.error("score", "has to be at most \(Limits.scoreMaximum)")
        }
        let validity = Validity(
            from: try fields.instantSeconds("iat"), until: try fields.instantSeconds("exp"))
        try fields.end()
        let statement = CreditStatement(
            jws: jws, source: source, account: account, score: Int64(score), validity: validity)
        return (statement, network)
    }
}

extension Validity {
    /// - Throws: `notYetValid` or `expired`.
    func check(at instant: Instant, what: String) throws(CredentialError) {
        if contains(instant) { return }
        if instant < from {
            throw CredentialError(
                .notYetValid,
                "\(what) is valid from \(from.rfc3339), and it is \(instant.rfc3339)")
        }
        throw CredentialError(
            .expired, "\(what) was valid until \(until.rfc3339), and it is \(instant.rfc3339)")
    }
}
