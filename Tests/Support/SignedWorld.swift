package import Credentials
import Cryptography
import Encoding
import Ledger

/// The kinds of signed documents that strangers hand in.
package enum SignedKind: String, CaseIterable, Sendable {
    case application, credential, bundle, creditStatement, deviceAnswer, transaction
    case review, reviewLogin, operation, rotation, setSignature, statusList

    /// The `typ` of its header.
    package var type: String {
        switch self {
        case .application: "application+jwt"
        case .credential: "vc+jwt"
        case .bundle: "vp+jwt"
        case .creditStatement: "credit+jwt"
        case .deviceAnswer: "device-answer+jwt"
        case .transaction: "transaction+jwt"
        case .review: "review+jwt"
        case .reviewLogin: "review-login+jwt"
        case .operation: "operation+jwt"
        case .rotation: "auditor-rotation+jwt"
        case .setSignature: "auditor-set+jwt"
        case .statusList: "vc+jwt"
        }
    }

    /// What a refusal means, whichever word the reader of a kind has for it.
    package enum Fault: Sendable {
        /// Of the token and its header.
        case shape
        /// Of the payload.
        case content
        case size, type, algorithm, signature, keyID, missingKeyID, otherKey
    }

    /// The code of a refusal for this kind.
    package func code(_ fault: Fault) -> String {
        if self == .transaction {
            switch fault {
            case .shape, .content, .size, .type, .keyID, .missingKeyID: return "shape"
            case .algorithm, .signature, .otherKey: return "signature"
            }
        }
        return switch fault {
        case .shape, .algorithm: "malformed"
        // Agreement to a set is agreement to these bytes, whatever else they might be.
        case .content: self == .setSignature ? "inconsistent" : "malformed"
        case .size: "limit"
        case .type: "wrong-type"
        case .signature: "bad-signature"
        case .keyID: self.keyIDCode
        // The other key of the set is asked, and did not sign.
        case .otherKey: self == .setSignature ? "bad-signature" : self.keyIDCode
        case .missingKeyID: self.namesKeyOfSet ? "malformed" : self.keyIDCode
        }
    }

    private var keyIDCode: String {
        switch self {
        case .credential, .rotation, .setSignature, .statusList: "unknown-key"
        case .bundle: "wrong-holder"
        case .review: "malformed"
        case .operation: "unknown-operator"
        case .application, .creditStatement, .deviceAnswer, .transaction, .reviewLogin:
            "inconsistent"
        }
    }

    private var namesKeyOfSet: Bool {
        switch self {
        case .credential, .rotation, .setSignature, .statusList: true
        case .application, .bundle, .creditStatement, .deviceAnswer, .transaction, .review,
            .reviewLogin, .operation:
            false
        }
    }
}

/// One good document of each kind, who signed it, and the reader that has to believe it and
/// nothing else.
package struct SignedWorld: Sendable {
    package let candidacy: TestCandidacy
    package let holder: KeyPair
    package let bureau: KeyPair
    package let challenge: DeviceChallenge
    package let reviewer: KeyPair
    /// An operator of the first auditor.
    package let boss: KeyPair
    /// What the auditors are asked to agree to.
    private let next: AuditorSet
    /// The second and third auditor's agreement.
    private let agreements: [String]
    private let tokens: [SignedKind: HandMadeToken]

    package init() throws {
        candidacy = try TestCandidacy()
        holder = try KeyPair()
        bureau = try KeyPair()
        challenge = try DeviceChallenge(
            nonce: SecureRandom.bytes(32), network: candidacy.network,
            application: candidacy.application.digest, node: candidacy.node.did, signatures: 1,
            memoryMebibytes: 1, deadlineMilliseconds: 1000)
        reviewer = try KeyPair()
        boss = try KeyPair()
        next = try AuditorSet(
            version: 2, network: candidacy.network, threshold: 3, operators: 2,
            auditors: candidacy.auditors.map(\.entry))
        let (candidacy, next) = (candidacy, next)
        agreements = try candidacy.auditors.dropFirst().map {
            try AuditorSetSignature.sign(next, issuer: $0.issuer, key: $0.pair.key).jws.compact
        }
        var compact = try Self.pathOfApplication(candidacy, holder, bureau)
        compact[.deviceAnswer] = try challenge.answer(with: candidacy.node.key)
        let first = candidacy.auditors[0]
        compact[.setSignature] = try AuditorSetSignature.sign(
            next, issuer: first.issuer, key: first.pair.key
        ).jws.compact
        compact.merge(try Self.wordsOfPeople(candidacy, reviewer, boss)) { $1 }
        compact.merge(try Self.wordsOfAuditor(candidacy)) { $1 }
        tokens = try compact.mapValues { try HandMadeToken(taking: $0) }
    }

    private static func pathOfApplication(
        _ candidacy: TestCandidacy, _ holder: KeyPair, _ bureau: KeyPair
    ) throws -> [SignedKind: String] {
        let now = candidacy.now
        let credentials = try candidacy.auditors.map {
            try $0.credential(for: candidacy.application, at: now)
        }
        let bundle = try Bundle.merge(
            credentials, holder: holder.did, keyID: holder.did, id: SecureRandom.uuid(),
            at: now, key: holder.key)
        let statement = try CreditStatement.sign(
            source: "Bureau", account: candidacy.node.did, network: candidacy.network, score: 700,
            validity: Validity(from: now, until: now.adding(milliseconds: 60_000)),
            key: bureau.key)
        let transaction = try TransactionDraft(
            network: candidacy.network, sequence: 0, notAfter: now,
            body: .data(content: SecureRandom.uuid())
        ).sign(candidacy.node.key)
        return [
            .application: candidacy.application.jws.compact,
            .credential: credentials[0].jws.compact, .bundle: bundle.jws.compact,
            .creditStatement: statement.jws.compact, .transaction: transaction.jws.compact,
        ]
    }

    private static func wordsOfPeople(
        _ candidacy: TestCandidacy, _ reviewer: KeyPair, _ boss: KeyPair
    ) throws -> [SignedKind: String] {
        let issuer = candidacy.auditors[0].issuer
        let now = candidacy.now
        let review = try ReviewDecision.Draft(
            network: candidacy.network, issuer: issuer, application: candidacy.application.digest,
            policy: .sha256([1]), facts: .sha256([2]), kind: .approve, role: nil, reason: "seen",
            validity: Validity(from: now, until: now.adding(milliseconds: 60_000)),
            id: SecureRandom.uuid()
        ).sign(with: reviewer.key)
        let login = try ReviewLogin(
            issuer: issuer, network: candidacy.network, reviewer: reviewer.did,
            nonce: Base64URL.encode(SecureRandom.bytes(32)),
            expires: now.adding(milliseconds: 60_000)
        ).signed(with: reviewer.key)
        let operation = try Operation.sign(
            "credential.revoke", ["credential": "x"], network: candidacy.network, issuer: issuer,
            id: SecureRandom.uuid(), at: now, key: boss.key)
        return [
            .review: review.jws.compact, .reviewLogin: login, .operation: operation.jws.compact,
        ]
    }

    private static func wordsOfAuditor(
        _ candidacy: TestCandidacy
    ) throws -> [SignedKind: String] {
        let auditor = candidacy.auditors[0]
        let now = candidacy.now
        let key = try KeyPair()
        let rotation = try AuditorRotation.Draft(
            network: candidacy.network, issuer: auditor.issuer, version: 1, key: key.publicKey,
            window: auditor.window
        ).sign(oldKey: auditor.pair.key, newKey: key.key)
        var bits = StatusBits()
        bits.set(Int(SecureRandom.bytes(1)[0]))
        let list = StatusList.unsigned(
            bits, purpose: .revocation, id: auditor.issuer + "/v1/status-lists/1",
            issuer: auditor.issuer,
            validity: Validity(from: now, until: now.adding(milliseconds: 60_000)),
            key: auditor.pair.publicKey)
        let signature = try auditor.pair.key.sign(list.signingInput)
        return [
            .rotation: rotation.jws.compact, .statusList: try list.adding(signature).compact,
        ]
    }

    /// The good document, taken apart to be changed.
    package func token(_ kind: SignedKind) -> HandMadeToken {
        tokens[kind] ?? HandMadeToken(header: [], payload: [])
    }

    /// Whose signature counts on it.
    package func signer(_ kind: SignedKind) -> KeyPair {
        switch kind {
        case .application, .deviceAnswer, .transaction: candidacy.node
        case .credential, .rotation, .setSignature, .statusList: candidacy.auditors[0].pair
        case .bundle: holder
        case .creditStatement: bureau
        case .review, .reviewLogin: reviewer
        case .operation: boss
        }
    }

    /// The `kid` that somebody else would write rightly.
    package func keyIDOfAnother(_ kind: SignedKind) -> String {
        switch kind {
        case .application, .deviceAnswer, .transaction, .bundle, .review, .reviewLogin,
            .operation:
            candidacy.consensusKey.did
        case .credential, .rotation, .setSignature, .statusList:
            "https://a2.example#" + candidacy.auditors[1].pair.publicKey.thumbprint
        case .creditStatement: "Other Bureau"
        }
    }

    /// The code of the refusal; nil when the reader believes it.
    package func refusal(_ kind: SignedKind, _ compact: String) -> String? {
        do {
            switch kind {
            case .application:
                _ = try Application.verify(
                    compact, network: candidacy.network, at: candidacy.now)
            case .credential:
                _ = try candidacy.set.verify(Credential(compact), at: candidacy.now)
            case .bundle:
                try Bundle(compact).verifyHolder()
            case .creditStatement:
                _ = try CreditStatement.verify(
                    compact, sources: [CreditSource(name: "Bureau", key: bureau.publicKey)],
                    network: candidacy.network, account: candidacy.node.did, at: candidacy.now)
            case .deviceAnswer:
                return challenge.check(compact, node: candidacy.node.publicKey).first?.code.rawValue
            case .transaction:
                _ = try Transaction(compact: compact).verified(keys: KeyCache())
            case .review: _ = try ReviewDecision.verify(compact)
            case .reviewLogin: _ = try ReviewLogin.verify(compact)
            case .operation:
                _ = try Operation.verify(
                    compact, operators: [boss.did], network: candidacy.network,
                    issuer: candidacy.auditors[0].issuer, at: candidacy.now)
            case .rotation:
                _ = try candidacy.set.rotated(by: AuditorRotation(compact), at: candidacy.now)
            case .setSignature:
                try candidacy.set.checkUpdate(
                    to: next, signatures: [compact] + agreements, at: candidacy.now)
            case .statusList:
                try candidacy.set.verify(StatusList(compact), at: candidacy.now)
            }
            return nil
        } catch let error as CredentialError {
            return error.code.rawValue
        } catch let error as LedgerError {
            return error.code.rawValue
        } catch {
            return "\(error)"
        }
    }
}
