package import Credentials
import Cryptography
import Encoding
import Ledger

/// The kinds of signed documents that strangers hand in.
package enum SignedKind: String, CaseIterable, Sendable {
    case application, credential, bundle, creditStatement, deviceAnswer, transaction

    /// The `typ` of its header.
    package var type: String {
        switch self {
        case .application: "application+jwt"
        case .credential: "vc+jwt"
        case .bundle: "vp+jwt"
        case .creditStatement: "credit+jwt"
        case .deviceAnswer: "device-answer+jwt"
        case .transaction: "transaction+jwt"
        }
    }

    /// What a refusal means, whichever word the reader of a kind has for it.
    package enum Fault: Sendable {
        case shape, size, type, algorithm, signature, keyID, missingKeyID, otherKey
    }

    /// The code of a refusal for this kind.
    package func code(_ fault: Fault) -> String {
        if self == .transaction {
            switch fault {
            case .shape, .size, .type, .keyID, .missingKeyID: return "shape"
            case .algorithm, .signature, .otherKey: return "signature"
            }
        }
        return switch fault {
        case .shape, .algorithm: "malformed"
        case .size: "limit"
        case .type: "wrong-type"
        case .signature: "bad-signature"
        case .keyID, .otherKey: self.keyIDCode
        case .missingKeyID: self == .credential ? "malformed" : self.keyIDCode
        }
    }

    private var keyIDCode: String {
        switch self {
        case .credential: "unknown-key"
        case .bundle: "wrong-holder"
        case .application, .creditStatement, .deviceAnswer, .transaction: "inconsistent"
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
    private let tokens: [SignedKind: HandMadeToken]

    package init() throws {
        candidacy = try TestCandidacy()
        holder = try KeyPair()
        bureau = try KeyPair()
        challenge = try DeviceChallenge(
            nonce: SecureRandom.bytes(32), network: candidacy.network,
            application: candidacy.application.digest, node: candidacy.node.did, signatures: 1,
            memoryMebibytes: 1, deadlineMilliseconds: 1000)
        let (candidacy, holder) = (candidacy, holder)
        let credentials = try candidacy.auditors.map {
            try $0.credential(for: candidacy.application, at: candidacy.now)
        }
        let bundle = try Bundle.merge(
            credentials, holder: holder.did, keyID: holder.did, id: SecureRandom.uuid(),
            at: candidacy.now, key: holder.key)
        let statement = try CreditStatement.sign(
            source: "Bureau", account: candidacy.node.did, network: candidacy.network, score: 700,
            validity: Validity(
                from: candidacy.now, until: candidacy.now.adding(milliseconds: 60_000)),
            key: bureau.key)
        let transaction = try TransactionDraft(
            network: candidacy.network, sequence: 0, notAfter: candidacy.now,
            body: .data(content: SecureRandom.uuid())
        ).sign(candidacy.node.key)
        tokens = try [
            .application: HandMadeToken(taking: candidacy.application.jws.compact),
            .credential: HandMadeToken(taking: credentials[0].jws.compact),
            .bundle: HandMadeToken(taking: bundle.jws.compact),
            .creditStatement: HandMadeToken(taking: statement.jws.compact),
            .deviceAnswer: HandMadeToken(taking: challenge.answer(with: candidacy.node.key)),
            .transaction: HandMadeToken(taking: transaction.jws.compact),
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
        case .credential: candidacy.auditors[0].pair
        case .bundle: holder
        case .creditStatement: bureau
        }
    }

    /// The `kid` that somebody else would write rightly.
    package func keyIDOfAnother(_ kind: SignedKind) -> String {
        switch kind {
        case .application, .deviceAnswer, .transaction, .bundle: candidacy.consensusKey.did
        case .credential:
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
