import Cryptography

/// Messages: verified before anything is remembered of them.
extension ConsensusMachine {
    mutating func receive(_ message: SignedMessage) {
        guard message.height == height else { return refuse(.otherHeight) }
        switch message {
        case .proposal(let signed): receive(signed)
        case .vote(let signed): receive(signed)
        case .proofOfLock(let proof): receive(proof)
        case .decision(let certificate, let value): receive(certificate, value)
        }
    }

    private mutating func refuse(_ refusal: Refusal) { effects.append(.refused(refusal)) }

    private func isSigned(_ bytes: [UInt8], _ signature: [UInt8], by sender: Int) -> Bool {
        configuration.hasSigned(bytes, signature, sender)
    }

    // MARK: Votes

    private mutating func receive(_ signed: SignedVote) {
        guard (0..<configuration.set.count).contains(signed.sender) else {
            return refuse(.unknownSender)
        }
        guard signed.vote.round <= Limits.roundMaximum else { return refuse(.tooFarAhead) }
        if votes.contains(signed), !votes.countsRepeats {
            return help(signed.sender)
        }
        guard
            isSigned(
                configuration.domain.bytes(of: signed.vote), signed.signature, by: signed.sender)
        else { return refuse(.wrongSignature) }
        if let decision, signed.vote.round > decision.certificate.round { help(signed.sender) }
        noticeOwn(.vote(signed), round: signed.vote.round, content: .vote(signed.vote))
        count(signed)
    }

    /// Counts a verified vote.
    mutating func count(_ signed: SignedVote) {
        switch votes.add(signed) {
        case .counted:
            if signed.vote.kind == .precommit { noticeCertificate(signed.vote.round) }
        case .repeated:
            break
        case .conflict(let first):
            effects.append(.evidence(.votes(first, signed)))
        }
    }

    // MARK: Certificates

    private mutating func receive(_ proof: ProofOfLock) {
        guard accept(proof) else { return refuse(.wrongCertificate) }
    }

    /// Verifies a proof of lock and takes in its votes. A proof counts on its own signatures, so an
    /// equivocator who gave its decisive prevote to one node only cannot keep the others from
    /// believing that node.
    private mutating func accept(_ proof: ProofOfLock) -> Bool {
        guard proof.height == height, proof.round <= Limits.roundMaximum else { return false }
        if votes.provenLock(height: height, round: proof.round)?.valueID == proof.valueID {
            return true
        }
        guard verify(proof.signatures, of: proof.vote) else { return false }
        votes.add(proof)
        takeIn(proof.signatures.votes(for: proof.vote))
        return true
    }

    private mutating func receive(_ certificate: CommitCertificate, _ value: ProposedValue?) {
        if let value, value.id != certificate.valueID { return refuse(.malformed) }
        guard decision == nil else { return }
        if !certificates.contains(where: { $0.valueID == certificate.valueID }) {
            guard certificate.round <= Limits.roundMaximum,
                verify(certificate.signatures, of: certificate.vote)
            else { return refuse(.wrongCertificate) }
            keep(certificate)
            takeIn(certificate.signatures.votes(for: certificate.vote))
        }
        // One value at a time: whoever sends wrong bytes along is asked to wait for the verdict.
        if let value, candidates.accepted(value.id) == nil, !candidates.isPending(value.id) {
            consider(value, .carried)
        }
    }

    private func verify(_ signatures: QuorumSignatures, of vote: Vote) -> Bool {
        do {
            try signatures.verify(
                vote, set: configuration.set, network: configuration.network,
                quorum: votes.quorum, checking: configuration.signatures,
                isKnown: { votes.contains($0) })
            return true
        } catch {
            return false
        }
    }

    private mutating func takeIn(_ verified: [SignedVote]) {
        for signed in verified {
            noticeOwn(.vote(signed), round: signed.vote.round, content: .vote(signed.vote))
            count(signed)
        }
    }

    // MARK: Proposals

    private mutating func receive(_ signed: SignedProposal) {
        let proposal = signed.proposal
        guard (0..<configuration.set.count).contains(signed.sender) else {
            return refuse(.unknownSender)
        }
        guard proposal.round <= rounds.round + 1 else { return refuse(.tooFarAhead) }
        guard signed.sender == configuration.proposer(proposal.round) else {
            return refuse(.wrongProposer)
        }
        if let proof = proposal.proof {
            guard proof.height == height, proof.round < proposal.round,
                proof.valueID == proposal.value.id
            else { return refuse(.malformed) }
        }
        let kept = keptProposal(of: proposal.round)
        if let kept, kept.signed.proposal.statement == proposal.statement {
            return help(signed.sender)
        }
        guard kept?.isContradicted != true || hasQuorum(for: proposal) else { return }
        let bytes = configuration.domain.bytes(of: proposal.statement)
        guard isSigned(bytes, signed.signature, by: signed.sender) else {
            return refuse(.wrongSignature)
        }
        noticeOwn(.proposal(signed), round: proposal.round, content: .proposal(proposal))
        if let decision {
            if proposal.round > decision.certificate.round { help(signed.sender) }
            return noticeContradiction(signed)
        }
        if let proof = proposal.proof {
            guard accept(proof) else { return refuse(.wrongCertificate) }
        }
        keep(signed, isFirst: kept == nil)
    }

    /// Keeps the first proposal of a round; a second one becomes evidence, and its value is looked
    /// at only where a quorum stands behind it all the same.
    mutating func keep(_ signed: SignedProposal, isFirst: Bool) {
        let proposal = signed.proposal
        let origin: ValueOrigin =
            proposal.proof == nil
            ? .fresh(proposer: signed.sender, round: proposal.round) : .carried
        if isFirst {
            let isOld =
                proposal.round < rounds.round
                && rounds.round - proposal.round > Limits.retainedRoundCount
            guard !isOld || hasQuorum(for: proposal) else { return }
            if !isOld { proposals.append(KeptProposal(signed: signed)) }
            return consider(proposal.value, origin)
        }
        noticeContradiction(signed)
        if hasQuorum(for: proposal) { consider(proposal.value, origin) }
    }

    /// Says once of a round that its proposer made this proposal besides the one that is kept.
    private mutating func noticeContradiction(_ signed: SignedProposal) {
        guard
            let index = proposals.firstIndex(where: {
                $0.signed.proposal.round == signed.proposal.round && !$0.isContradicted
            }), proposals[index].signed.proposal.statement != signed.proposal.statement
        else { return }
        proposals[index].isContradicted = true
        effects.append(
            .evidence(
                .proposals(proposals[index].signed.signedStatement, signed.signedStatement)))
    }

    /// Whether enough others stand behind a proposal's value for it to be of use.
    private func hasQuorum(for proposal: Proposal) -> Bool {
        let id = proposal.value.id
        return votes.provenLock(height: height, round: proposal.round)?.valueID == id
            || certificates.contains { $0.valueID == id }
    }

    private mutating func consider(_ value: ProposedValue, _ origin: ValueOrigin) {
        if candidates.add(value) { effects.append(.validate(value, origin)) }
    }

    // MARK: Help and own key

    /// Sends the decision to a representative that keeps on voting; once between two rebroadcasts.
    private mutating func help(_ sender: Int) {
        guard let decision, sender != ownPlace, !helped[sender] else { return }
        helped[sender] = true
        effects.append(
            .send(.decision(decision.certificate, decision.value), to: sender))
    }

    /// Stops signing when this node's key signed what this machine did not. Rounds below the
    /// current one may have been signed before a restart and are no sign of anything.
    private mutating func noticeOwn(
        _ message: SignedMessage, round: UInt32, content: UnsignedMessage.Content
    ) {
        let sender: Int
        switch message {
        case .proposal(let signed): sender = signed.sender
        case .vote(let signed): sender = signed.sender
        case .proofOfLock, .decision: return
        }
        guard sender == ownPlace, maySign, round >= rounds.round else { return }
        let isOwn = (own + awaited).contains { $0.content.saysTheSame(as: content) }
        guard !isOwn else { return }
        maySign = false
        effects.append(.ownKeyElsewhere(message))
    }
}

extension UnsignedMessage.Content {
    /// Whether both would sign the same bytes.
    func saysTheSame(as other: UnsignedMessage.Content) -> Bool {
        switch (self, other) {
        case (.proposal(let first), .proposal(let second)): first.statement == second.statement
        case (.vote(let first), .vote(let second)): first == second
        case (.proposal, .vote), (.vote, .proposal): false
        }
    }
}
