import Cryptography

/// Which rule is enabled, and what follows from it.
extension ConsensusMachine {
    private enum Rule {
        case decide(ProposedValue, CommitCertificate)
        case skip(UInt32)
        case ofRound(RoundMachine.Event)
    }

    /// Applies rules until none is enabled. Each one disables itself, so this ends.
    mutating func settle() {
        while let rule = enabledRule() {
            switch rule {
            case .decide(let value, let certificate): decide(value, certificate)
            case .skip(let round):
                reached.insert(.skipRound)
                begin(round: round, reason: votes.skipReason(round))
            case .ofRound(let event): perform(rounds.apply(event, &reached))
            }
        }
    }

    /// The first enabled rule in the fixed order L49 > L55 > L36 > L28/L22 > L44 > L34 > L47, so
    /// that every node does the same on the same messages and no rule hides a more important one.
    private func enabledRule() -> Rule? {
        guard decision == nil else { return nil }
        // L49: in any round and any step, even if the value came after the precommits.
        for certificate in certificates {
            if let value = candidates.accepted(certificate.valueID) {
                return .decide(value, certificate)
            }
        }
        guard hasStarted else { return nil }
        // L55
        if let round = votes.skipTarget, round <= Limits.roundMaximum { return .skip(round) }
        let round = rounds.round
        // L36
        if rounds.step >= .prevote, !rounds.hasSeenLockProof,
            let proof = votes.provenLock(height: height, round: round),
            let value = candidates.accepted(proof.valueID)
        {
            return .ofRound(.lockProven(value, proof))
        }
        // L28, L22
        if rounds.step == .propose, let event = proposalEvent(round) { return .ofRound(event) }
        // L44
        if rounds.step == .prevote, votes.hasNilQuorum(.prevote, round) {
            return .ofRound(.nilPrevotesOfQuorum)
        }
        // L34
        if rounds.step == .prevote, !rounds.hasScheduledPrevote,
            votes.hasQuorum(.prevote, round)
        {
            return .ofRound(.prevotesOfQuorum)
        }
        // L47
        if !rounds.hasScheduledPrecommit, votes.hasQuorum(.precommit, round) {
            return .ofRound(.precommitsOfQuorum)
        }
        return nil
    }

    private func proposalEvent(_ round: UInt32) -> RoundMachine.Event? {
        guard let proposal = keptProposal(of: round)?.signed.proposal,
            let verdict = candidates.verdict(of: proposal.value)
        else { return nil }
        guard let validRound = proposal.validRound else {
            return .proposal(proposal.value, verdict)
        }
        // Its proof of lock was verified when it came.
        return .provenProposal(proposal.value, verdict, validRound: validRound)
    }

    func keptProposal(of round: UInt32) -> KeptProposal? {
        proposals.first { $0.signed.proposal.round == round }
    }

    /// L49–L54. What the paper does to start the next height is the host's.
    private mutating func decide(_ value: ProposedValue, _ certificate: CommitCertificate) {
        reached.insert(.commitCertificate)
        reached.insert(.decide)
        decision = (value, certificate)
        effects.append(.decide(value, certificate))
        if maySign { effects.append(.broadcast(.decision(certificate, nil))) }
    }

    /// L11: StartRound. Also L56 and L67.
    mutating func begin(round: UInt32, reason: [SignedVote]) {
        self.reason = reason
        own = []
        sent.removeAll { !$0.isPrecommitForValue }
        awaited.removeAll { $0.round + 1 < round }
        for filled in votes.advance(to: round) { noticeCertificate(filled) }
        let isProposer = maySign && configuration.proposer(round) == ownPlace
        let actions = rounds.apply(.begin(round: round, isProposer: isProposer), &reached)
        forgetOldValues()
        perform(actions)
    }

    mutating func perform(_ actions: [RoundMachine.Action]) {
        for action in actions {
            switch action {
            case .build:
                effects.append(.build(round: rounds.round))
            case .propose(let value, let proof):
                reached.insert(.broadcastProposal)
                sign(
                    .proposal(
                        Proposal(height: height, round: rounds.round, value: value, proof: proof)))
            case .vote(let kind, let id):
                sign(.vote(Vote(kind: kind, height: height, round: rounds.round, valueID: id)))
            case .schedule(let kind):
                schedule(kind)
            case .beginNextRound:
                // The bound is days away, and no message from beyond it is read.
                guard rounds.round < Limits.roundMaximum else { continue }
                begin(round: rounds.round + 1, reason: votes.votes(.precommit, rounds.round))
            }
        }
    }

    /// Remembers the certificate that the votes of a round make, if they make one.
    mutating func noticeCertificate(_ round: UInt32) {
        if let certificate = votes.commitCertificate(height: height, round: round) {
            keep(certificate)
        }
    }

    mutating func keep(_ certificate: CommitCertificate) {
        guard certificates.count < Limits.commitCertificateCountMaximum,
            !certificates.contains(where: { $0.valueID == certificate.valueID })
        else { return }
        certificates.append(certificate)
    }

    /// Proposals far below the current round are let go of, and with them the values that are
    /// neither locked, valid nor certified.
    private mutating func forgetOldValues() {
        let round = rounds.round
        proposals.removeAll {
            $0.signed.proposal.round < round
                && round - $0.signed.proposal.round > Limits.retainedRoundCount
        }
        var wanted = proposals.map(\.signed.proposal.value.id) + certificates.map(\.valueID)
        if let id = rounds.locked?.value.id { wanted.append(id) }
        if let id = rounds.valid?.value.id { wanted.append(id) }
        candidates.keep { wanted.contains($0.id) }
    }
}
