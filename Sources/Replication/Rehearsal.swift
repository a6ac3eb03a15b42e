package import Consensus

/// What a simulator does to the replicas it runs: breaks one rule at a time to show that it would
/// notice, and remembers the answers of real verification. No node rehearses: nothing that reads a
/// configuration can name this, which a repository test checks.
package struct Rehearsal: Sendable {
    /// Makes every replica seat those who were elected one height too early.
    package let seatsEarly: Bool
    package let broken: RuleBreak?
    package let signatures: any SignatureChecking

    package init(
        breaking broken: RuleBreak? = nil, seatsEarly: Bool = false,
        signatures: any SignatureChecking = DirectSignatures()
    ) {
        self.broken = broken
        self.seatsEarly = seatsEarly
        self.signatures = signatures
    }
}
