import Web

extension Request {
    /// For what is the operator's own affair: it is told on the auditor's own machine only.
    /// - Parameters:
    ///   - detail: what is not told to others.
    ///   - elsewhere: what others may ask instead.
    /// - Throws: a `Problem` with status 403 for whoever is not on this machine.
    func requireLoopback(_ detail: String, elsewhere: String = "") throws(Problem) {
        guard !remote.isLoopback else { return }
        throw Problem(
            type: "operator-only", title: "Operator only", status: 403, detail: detail,
            fix: "Ask from there, over a loopback address." + elsewhere)
    }
}
