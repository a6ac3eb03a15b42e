import Cryptography
import Encoding
import Storage

extension Failure {
    /// The one place where errors of other targets become exit codes.
    init(mapping error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StorageError: self.init(error)
        case let error as FormatError:
            self.init(.failure, "format.\(error.code.rawValue)", error.detail)
        case let error as KeyError: self.init(error)
        case let error as JWSError:
            self.init(.verification, "token.\(error.code.rawValue)", error.detail)
        case is CancellationError:
            self.init(.interrupted, nil, "interrupted")
        default:
            self.init(.failure, nil, String(describing: error))
        }
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
}
