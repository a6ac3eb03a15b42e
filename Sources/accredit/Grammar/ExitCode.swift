/// What the process answers to the shell. Every command uses these and no others.
enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    /// It was tried and did not succeed; for `status`: the network is degraded.
    case failure = 1
    case usage = 2
    /// A server could not be reached, did not answer in time or failed on its side; the outcome of
    /// what was sent may be unknown.
    case remote = 3
    case permission = 4
    case notFound = 5
    /// A signature, a proof or a quorum does not hold.
    case verification = 6
    /// It is already there, or another process holds it.
    case conflict = 7
    case interrupted = 130

    /// The name in `--output json` and in the help.
    var name: String {
        switch self {
        case .ok: "ok"
        case .failure: "failure"
        case .usage: "usage"
        case .remote: "remote"
        case .permission: "permission"
        case .notFound: "not-found"
        case .verification: "verification-failed"
        case .conflict: "conflict"
        case .interrupted: "interrupted"
        }
    }
}
