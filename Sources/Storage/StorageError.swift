import CSQLite
import Glibc

/// Why something could not be stored or read: what happened, why, and how to fix it.
package struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another program holds a lock for longer than the waiting time.
        case busy
        /// Another process owns this store.
        case locked
        /// What is on the disk is not what was written.
        case corrupt
        /// No space left. Earlier data is intact and writing may be tried again.
        case full
        /// A uniqueness, foreign-key or check rule of the schema refused the change.
        case constraint
        /// The file may not be read or written by this user, or others could read a secret.
        case permission
        /// The file does not exist.
        case missing
        /// The disk failed. After this nothing more is written until a restart.
        case io
        /// The file exists and is not overwritten.
        case exists
        /// Closed already.
        case closed
        /// Written by a newer version of this program.
        case newer
        /// Larger than its limit.
        case limit
        /// The statement or the call is wrong: an error of this program.
        case misuse
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}

extension StorageError {
    /// A failed system call. `what` names the attempt and the path; `number` is errno.
    static func system(_ what: String, _ number: Int32) -> StorageError {
        let code: Code =
            switch number {
            case ENOENT, ENOTDIR: .missing
            case EEXIST: .exists
            case EACCES, EPERM, EROFS, ELOOP: .permission
            case ENOSPC, EDQUOT, EFBIG: .full
            default: .io
            }
        let reason = unsafe String(cString: strerror(number))
        let fix =
            switch code {
            case .missing: " Create it or correct the path."
            case .permission: " Run as the owning user, or correct owner and mode."
            case .full: " Free some space and try again."
            default: ""
            }
        return StorageError(code, "\(what): \(reason).\(fix)")
    }

    /// A result code of SQLite, extended or primary.
    static func sqlite(_ result: Int32, _ what: String, _ message: String) -> StorageError {
        switch result & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            StorageError(
                .busy, "\(what): \(message). Another program holds the database; end it.")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            StorageError(.corrupt, "\(what): \(message). \(corruptionAdvice)")
        case SQLITE_FULL:
            StorageError(.full, "\(what): \(message). Nothing was changed; free some space.")
        case SQLITE_CONSTRAINT:
            StorageError(.constraint, "\(what): \(message).")
        case SQLITE_PERM, SQLITE_AUTH, SQLITE_READONLY, SQLITE_CANTOPEN:
            StorageError(
                .permission,
                "\(what): \(message). Check that this user owns the file and its folder.")
        case SQLITE_IOERR:
            StorageError(
                .io,
                "\(what): \(message). The disk failed; check it, then start again.")
        case SQLITE_TOOBIG:
            StorageError(.limit, "\(what): \(message).")
        default:
            StorageError(.misuse, "\(what): \(message) (\(result)).")
        }
    }

    static let corruptionAdvice =
        "The file is damaged and is left as it is. Move it aside together with its -wal and -shm "
        + "files, check the disk, and restore the newest backup (a ledger node may also start "
        + "with an empty folder and fetch the blocks again)."
}
