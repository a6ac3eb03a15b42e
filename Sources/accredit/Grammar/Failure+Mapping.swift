import Auditing
import Credentials
import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage
import Web

extension Failure {
    /// The one place where errors of other targets become exit codes.
    init(mapping error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StorageError: self.init(error)
        case let error as WebError: self.init(error)
        case let problem as Problem: self.init(problem)
        case let error as FormatError:
            self.init(.failure, "format.\(error.code.rawValue)", error.detail)
        case let error as KeyError: self.init(error)
        case let error as JWSError: self.init(error)
        case let error as CredentialError: self.init(error)
        case let error as LedgerError:
            self.init(.failure, "ledger.\(error.code.rawValue)", error.detail)
        case let error as NodeError: self.init(error)
        case let error as ProofError:
            self.init(.verification, "proof.\(error.code.rawValue)", error.detail)
        case let error as AuditingError where error.code == .dossier:
            self.init(.verification, "review.case", error.detail)
        case let refusal as ReviewRefusal: self.init(refusal)
        case is CancellationError:
            self.init(.interrupted, nil, "interrupted")
        default:
            self.init(.failure, nil, String(describing: error))
        }
    }

    /// A decision that is not signed or not sent, because the auditor would refuse it.
    init(_ refusal: ReviewRefusal) {
        let exit: ExitCode =
            switch refusal.code {
            case .twice, .closed, .late, .known, .tooMany: .conflict
            case .unknownReviewer, .ownPeople: .permission
            case .foreign, .otherFacts, .expired, .wrongTime, .tooLong, .role: .verification
            }
        self.init(exit, refusal.code.rawValue, refusal.detail)
    }

    init(_ error: StorageError) {
        let exit: ExitCode =
            switch error.code {
            case .missing: .notFound
            case .permission: .permission
            case .exists, .locked, .busy: .conflict
            case .corrupt, .full, .constraint, .io, .closed, .newer, .limit, .misuse: .failure
            }
        self.init(exit, "storage.\(error.code.rawValue)", error.detail)
    }

    init(_ error: WebError) {
        let exit: ExitCode =
            switch error.code {
            case .address: .usage
            case .portInUse: .conflict
            case .connect, .timeout, .tls, .framing, .tooLarge, .closed: .remote
            case .system: .failure
            }
        self.init(exit, "web.\(error.code.rawValue)", error.detail)
    }

    /// A server's refusal, by its status.
    init(_ problem: Problem) {
        let exit: ExitCode =
            switch problem.status {
            case 401, 403: .permission
            case 404, 410: .notFound
            case 409: .conflict
            case 408, 425, 429, 500...: .remote
            default: .failure
            }
        self.init(
            exit, problem.type, problem.detail.isEmpty ? problem.title : problem.detail,
            fix: problem.fix,
            members: [("status", JSON(problem.status))] + problem.extra)
    }

    init(_ error: KeyError) {
        switch error.code {
        case .passphrase:
            self.init(
                .permission, "key.passphrase", error.detail,
                fix: "give the right one with --passphrase-file or at the prompt")
        case .malformed, .unsupported, .purpose, .system:
            self.init(.failure, "key.\(error.code.rawValue)", error.detail)
        }
    }

    init(_ error: JWSError) {
        let exit: ExitCode =
            switch error.code {
            case .malformed, .limit, .signing: .failure
            case .header, .algorithm, .type, .signature: .verification
            }
        self.init(exit, "token.\(error.code.rawValue)", error.detail)
    }

    /// A document that cannot be read or made is a failure; one that is not believed fails its
    /// verification.
    init(_ error: CredentialError) {
        let exit: ExitCode =
            switch error.code {
            case .malformed, .limit, .signing: .failure
            case .wrongType, .badSignature, .inconsistent, .expired, .notYetValid, .stale,
                .compromisedKey, .wrongVersion, .fromTheFuture, .wrongNetwork, .wrongApplication,
                .wrongNode, .wrongAccount,
                .wrongConsensusKey, .wrongEndpoint, .unknownAuditor, .unknownKey,
                .outsideKeyWindow, .duplicateAuditor, .duplicateKey, .refused, .quorumNotMet,
                .operatorsNotMet, .auditorSet, .unknownSource, .wrongHolder, .wrongAuditor,
                .unknownOperator:
                .verification
            }
        self.init(exit, "credential.\(error.code.rawValue)", error.detail)
    }
}
