internal import Encoding
internal import Ledger

/// What follows from evidence for who stands, in this file's own words. Whether the signatures
/// contradict each other is for the state machine, which knows the sets.
extension VoteRecount {
    struct Offences: Sendable {
        /// In force in the block in hand, and from the next one on.
        var rules = EvidenceRules.standard
        var comingRules = EvidenceRules.standard
        /// By did, `#` and height: an offence is proven once.
        private var known: Set<String> = []
        /// The block that has the newest evidence against a node.
        private var recorded: [Identity: UInt64] = [:]

        func isSuspended(_ node: Identity, at height: UInt64) -> Bool {
            guard rules.suspend, let since = recorded[node] else { return false }
            return rules.suspensionBlocks == 0 || height < since &+ rules.suspensionBlocks
        }

        mutating func take(_ update: ParametersUpdate) throws(ProofError) {
            guard let json = update.parameters["evidence"] else { return }
            do { comingRules = try EvidenceRules(json) } catch {
                throw ProofError(.recount, "rules for evidence were agreed on that are none")
            }
        }

        fileprivate mutating func note(_ evidence: Evidence, at height: UInt64) -> Bool {
            recorded[evidence.node] = height
            return known.insert("\(evidence.node.text)#\(evidence.height)").inserted
        }
    }

    mutating func note(_ evidence: Evidence, time: Instant) throws(ProofError) {
        guard offences.note(evidence, at: height + 1) else {
            throw ProofError(
                .recount, "\(evidence.node) is charged twice with height \(evidence.height)")
        }
        guard offences.rules.suspend, let number = candidateNumbers[evidence.node] else { return }
        endAdmission(number, at: time)
    }
}
