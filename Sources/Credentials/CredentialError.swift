import Cryptography
import Encoding

/// Why a signed document of an application's path is not believed. Two errors are equal when
/// their codes are.
package struct CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The raw value is stable and is shown to machines.
    package enum Code: String, Sendable, CaseIterable {
        /// Not the shape this kind of document has.
        case malformed
        /// Larger than a named bound.
        case limit
        /// Signed, but as another kind of document (`typ`).
        case wrongType = "wrong-type"
        /// The signature does not fit the key.
        case badSignature = "bad-signature"
        /// Members that must say the same do not.
        case inconsistent
        /// Its time is over.
        case expired
        /// Its time has not begun.
        case notYetValid = "not-yet-valid"
        /// Handed in too long after it was signed.
        case stale
        /// Dated later than the reader's clock allows.
        case fromTheFuture = "from-the-future"
        /// For another network.
        case wrongNetwork = "wrong-network"
        /// For another application.
        case wrongApplication = "wrong-application"
        /// About another node.
        case wrongNode = "wrong-node"
        /// About another account.
        case wrongAccount = "wrong-account"
        /// With another consensus key.
        case wrongConsensusKey = "wrong-consensus-key"
        /// With another endpoint.
        case wrongEndpoint = "wrong-endpoint"
        /// By an issuer that is not in the auditor set.
        case unknownAuditor = "unknown-auditor"
        /// By a key that the auditor set does not give to this issuer.
        case unknownKey = "unknown-key"
        /// Signed outside, or valid beyond, the window of the signing key.
        case outsideKeyWindow = "outside-key-window"
        /// A second credential by the same auditor.
        case duplicateAuditor = "duplicate-auditor"
        /// A key that counted already.
        case duplicateKey = "duplicate-key"
        /// The auditor's answer is a refusal.
        case refused
        /// Too few auditors consent.
        case quorumNotMet = "quorum-not-met"
        /// Too few independent operators stand behind the consents.
        case operatorsNotMet = "operators-not-met"
        /// By a key that others may have had when it signed.
        case compromisedKey = "compromised-key"
        /// A change of another version of the auditor set than the one in force.
        case wrongVersion = "wrong-version"
        /// An auditor set that must not be used.
        case auditorSet = "auditor-set"
        /// By a credit source that is not trusted here.
        case unknownSource = "unknown-source"
        /// Not signed by the holder it names.
        case wrongHolder = "wrong-holder"
        /// An order for another auditor.
        case wrongAuditor = "wrong-auditor"
        /// An order signed by nobody who may give one here.
        case unknownOperator = "unknown-operator"
        /// The document could not be signed.
        case signing
    }

    package let code: Code
    /// What is wrong, where, and what would be right.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }

    package static func == (left: CredentialError, right: CredentialError) -> Bool {
        left.code == right.code
    }
}

extension CredentialError {
    init(_ cause: FormatError) {
        self.init(cause.code == .limit ? .limit : .malformed, cause.detail)
    }

    init(_ what: String, _ cause: JWSError) {
        let code: Code =
            switch cause.code {
            case .malformed, .header, .algorithm: .malformed
            case .type: .wrongType
            case .signature: .badSignature
            case .limit: .limit
            case .signing: .signing
            }
        self.init(code, "\(what): \(cause.detail)")
    }

    /// Runs a reader whose complaints are about the document's shape.
    static func reading<T>(
        _ body: () throws(FormatError) -> T
    ) throws(CredentialError) -> T {
        do {
            return try body()
        } catch {
            throw CredentialError(error)
        }
    }
}

extension JWS {
    /// Takes a token apart that claims to be of a kind of ours.
    static func reading(
        _ compact: String, type: String, what: String, maximumByteCount: Int
    ) throws(CredentialError) -> JWS {
        let jws: JWS
        do {
            jws = try JWS(compact, maximumByteCount: maximumByteCount)
        } catch {
            throw CredentialError(what, error)
        }
        try jws.require(type: type, what: what, maximumByteCount: maximumByteCount)
        return jws
    }

    /// - Throws: `limit`, or `wrongType`.
    func require(
        type: String, what: String, maximumByteCount: Int
    ) throws(CredentialError) {
        guard compact.utf8.count <= maximumByteCount else {
            throw CredentialError(.limit, "\(what) has more than \(maximumByteCount) bytes")
        }
        guard let actual = header.type, actual.hasSameBytes(as: type) else {
            throw CredentialError(
                .wrongType, "\(what) has typ \"\(type)\", this token has another or none")
        }
    }

    /// Checks the signature of a token of ours.
    func verified(by key: PublicKey, type: String, what: String) throws(CredentialError) {
        do {
            _ = try verify(key: key, type: type)
        } catch {
            throw CredentialError(what, error)
        }
    }

    /// The payload as JSON, bounded in size and depth.
    func claims(maximumByteCount: Int) throws(CredentialError) -> JSON {
        do {
            return try JSON.parse(
                payload,
                limits: JSONLimits(
                    byteCountMaximum: maximumByteCount, depthMaximum: Limits.depthMaximum))
        } catch {
            throw CredentialError(error)
        }
    }

    /// Signs a document of ours.
    static func signing(
        _ claims: JSON, type: String, keyID: String, contentType: String? = nil,
        key: borrowing PrivateKey
    ) throws(CredentialError) -> JWS {
        do {
            return try sign(
                payload: claims.bytes, type: type, keyID: keyID, contentType: contentType,
                key: key)
        } catch {
            throw CredentialError(type, error)
        }
    }
}
