import Cryptography

/// What this node says: recorded, then signed, then sent and counted like anybody's word.
extension ConsensusMachine {
    /// Takes the host's value and proposes it, unless the round has gone on without it.
    mutating func propose(_ value: ProposedValue, round: UInt32) {
        guard decision == nil, hasStarted, round == rounds.round, rounds.step == .propose,
            configuration.proposer(round) == ownPlace, !hasProposed
        else { return }
        guard value.bytes.count <= Limits.valueByteCountMaximum else {
            return effects.append(.refused(.malformed))
        }
        candidates.add(accepted: value)
        reached.insert(.broadcastProposal)
        sign(.proposal(Proposal(height: height, round: round, value: value, proof: nil)))
    }

    var hasProposed: Bool {
        own.contains {
            if case .proposal = $0.content { true } else { false }
        }
    }

    /// Asks for a signature. The record that goes along already has the message and the state after
    /// it, so a restart at any point from here on repeats it.
    mutating func sign(_ content: UnsignedMessage.Content) {
        guard let ownPlace, maySign else { return }
        let message = UnsignedMessage(content, sender: ownPlace, domain: configuration.domain)
        own.append(message)
        request(message)
    }

    func record(signer: [UInt8]) -> ConsensusRecord {
        ConsensusRecord(
            network: configuration.network, height: height, set: configuration.set.digest,
            signer: signer, round: rounds.round, step: rounds.step, locked: rounds.locked,
            valid: rounds.valid, reason: reason, messages: own.map(\.content))
    }

    private mutating func request(_ message: UnsignedMessage) {
        awaited.append(message)
        let signer = configuration.set.representatives[message.sender].bytes
        effects.append(.sign(message, record: record(signer: signer)))
    }

    /// Takes the signature: the message goes out and counts here too.
    mutating func complete(_ message: SignedMessage) {
        let content: UnsignedMessage.Content
        let signature: [UInt8]
        switch message {
        case .proposal(let signed):
            (content, signature) = (.proposal(signed.proposal), signed.signature)
        case .vote(let signed):
            (content, signature) = (.vote(signed.vote), signed.signature)
        case .proofOfLock, .decision:
            return effects.append(.refused(.malformed))
        }
        guard let index = awaited.firstIndex(where: { $0.content.saysTheSame(as: content) }),
            message.sender == ownPlace
        else { return effects.append(.refused(.malformed)) }
        guard configuration.hasSigned(awaited[index].bytes, signature, awaited[index].sender)
        else { return effects.append(.refused(.wrongSignature)) }
        awaited.remove(at: index)
        effects.append(.broadcast(message))
        switch message {
        case .proposal(let signed):
            remember(message, round: signed.proposal.round)
            if keptProposal(of: signed.proposal.round) == nil { keep(signed, isFirst: true) }
        case .vote(let signed):
            remember(message, round: signed.vote.round)
            count(signed)
        case .proofOfLock, .decision:
            break
        }
    }

    /// Keeps a message for rebroadcasting. A precommit for a value outlasts its round, until the
    /// next.
    private mutating func remember(_ message: SignedMessage, round: UInt32) {
        if message.isPrecommitForValue {
            sent.removeAll {
                if case .vote(let old) = $0 { old.vote.round < round } else { false }
            }
        } else if round < rounds.round {
            return
        }
        sent.append(message)
    }

    // MARK: Restart

    mutating func restore(_ record: ConsensusRecord) throws(ConsensusError) {
        guard record.network.utf8.elementsEqual(configuration.network.utf8),
            record.height == height, record.set == configuration.set.digest
        else {
            throw ConsensusError(
                .record,
                """
                the record is of height \(record.height) of network \(record.network) and its \
                representatives, not of height \(height) of \(configuration.network)
                """)
        }
        guard let ownPlace,
            configuration.set.representatives[ownPlace].bytes == record.signer
        else {
            throw ConsensusError(
                .record, "the record was made with another consensus key; use the key it names")
        }
        wasRestored = true
        rounds = RoundMachine(
            round: record.round, step: record.step, locked: record.locked, valid: record.valid,
            breaking: rounds.broken)
        _ = votes.advance(to: record.round)
        own = record.messages.map {
            UnsignedMessage($0, sender: ownPlace, domain: configuration.domain)
        }
        reason = record.reason.filter { $0.sender < configuration.set.count }
        for signed in reason { count(signed) }
        if let locked = record.locked { candidates.add(accepted: locked.value) }
        if let valid = record.valid {
            candidates.add(accepted: valid.value)
            votes.add(valid.proof)
            for signed in valid.proof.signatures.votes(for: valid.proof.vote)
            where signed.sender < configuration.set.count {
                _ = votes.add(signed)
            }
        }
        for case .proposal(let proposal) in record.messages {
            candidates.add(accepted: proposal.value)
        }
    }

    /// Repeats what the record says was signed, or was about to be.
    mutating func resume() {
        for message in own { request(message) }
        guard rounds.step == .propose else { return }
        let isProposer = maySign && configuration.proposer(rounds.round) == ownPlace
        perform(rounds.begin(isProposer: isProposer && !hasProposed, &reached))
    }
}
