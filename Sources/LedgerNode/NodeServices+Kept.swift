import Encoding
import Ledger
import Web

extension NodeServices {
    /// Refuses what needs a block that this node does not have any more, or never had.
    /// - Parameter slack: 1 for what is known of the block before the first whole one too: header,
    ///   certificate, roots and tallies.
    /// - Throws: 410.
    func requireKept(_ height: UInt64, slack: UInt64 = 0) throws(Problem) {
        let base = store.base
        guard height > 0, base > 1, height + slack < base else { return }
        throw gone("Block \(height) is not here: this node keeps blocks from \(base) on.")
    }

    /// The same for what is asked of a moment before all that this node knows.
    func gone(_ detail: String) -> Problem {
        var others: [String] = []
        for endpoint in deciderEndpoints + configuration.peers where !others.contains(endpoint) {
            others.append(endpoint)
        }
        return Problem(
            type: "not-kept", title: "Not kept here", status: 410, detail: detail,
            fix: others.isEmpty
                ? "Ask a node that keeps all blocks."
                : "Ask one of the nodes in the member ask, which may keep more.",
            extra: [
                ("keptFrom", JSON(store.base)), ("ask", .array(others.map { .string($0) })),
            ])
    }
}
