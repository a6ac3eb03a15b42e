/// A rule of agreement that a machine leaves out on purpose. The explorer and the simulator break
/// one at a time to show that they would notice. No node does: nothing that reads a configuration
/// can name one, which a repository test checks.
package enum RuleBreak: String, Sendable, CaseIterable {
    /// L23 and L29: prevotes whatever comes, locked or not.
    case lockIgnored = "lock-ignored"
    /// The same vote of the same sender counts each time it comes.
    case duplicateVoteCounted = "duplicate-vote-counted"
    /// One vote fewer than the quorum is enough.
    case quorumOffByOne = "quorum-off-by-one"
}
