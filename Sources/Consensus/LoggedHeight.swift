package import Cryptography

/// What a node heard and judged at a height before it was stopped, to be told to the machine
/// again in the same order.
///
/// The record of what was signed keeps a restarted node from contradicting itself, alone. This is
/// the rest: without it a node would go on only when its peers have said everything again, and
/// would judge by another time what it had judged already.
package struct LoggedHeight: Sendable {
    package let height: UInt64
    package let set: Digest
    /// In the order in which they came.
    package let inputs: [Input]

    /// Reads what was kept of the newest height; nil where nothing was.
    package init?(_ entries: [LoggedInput]) {
        let begins = entries.lastIndex { if case .began = $0 { true } else { false } }
        guard let begins, case .began(let height, let set) = entries[begins] else { return nil }
        self.height = height
        self.set = set
        var inputs: [Input] = []
        var values: [ProposedValue] = []
        for entry in entries[(begins + 1)...] {
            switch entry {
            case .began:
                continue
            case .message(let message):
                if let value = message.value { values.append(value) }
                inputs.append(.message(message))
            case .timeout(let timeout):
                inputs.append(.timeout(timeout))
            case .judged(let id, let content, let verdict):
                // What was refused is judged again: the program may be another one now.
                if verdict != .invalid,
                    let value = values.first(where: { $0.id == id && $0.content == content })
                {
                    inputs.append(.validated(value, verdict))
                }
            }
        }
        self.inputs = inputs
    }

    /// Whether these inputs tell what the host said of a value.
    package func judges(_ value: ProposedValue) -> Bool {
        inputs.contains { if case .validated(value, _) = $0 { true } else { false } }
    }
}

extension SignedMessage {
    /// The value that comes along.
    fileprivate var value: ProposedValue? {
        switch self {
        case .proposal(let signed): signed.proposal.value
        case .decision(_, let value): value
        case .vote, .proofOfLock: nil
        }
    }
}

extension ConsensusMachine {
    /// Whether a message tells this machine nothing new, so that there is no need to keep it.
    /// Messages come again each second.
    package func knows(_ message: SignedMessage) -> Bool {
        guard message.height == height else { return false }
        switch message {
        case .proposal(let signed):
            let kept = keptProposal(of: signed.proposal.round)
            return kept?.signed.proposal.statement == signed.proposal.statement
        case .vote(let signed):
            // Nothing of the message was looked at yet: the place may be nobody's.
            return (0..<configuration.set.count).contains(signed.sender) && votes.contains(signed)
        case .proofOfLock(let proof):
            return votes.provenLock(height: height, round: proof.round)?.valueID == proof.valueID
        case .decision(let certificate, let value):
            guard certificates.contains(where: { $0.valueID == certificate.valueID }) else {
                return false
            }
            return value.map { candidates.isPending($0.id) || candidates.accepted($0.id) != nil }
                ?? true
        }
    }
}

extension ConsensusMachine {
    /// `.start`, and then what was logged before a restart, as one step. What the log answers is
    /// not asked of the host again.
    package mutating func restart(with logged: LoggedHeight) -> [Effect] {
        guard logged.height == height, logged.set == configuration.set.digest else {
            return step(.start)
        }
        var effects = step(.start)
        for input in logged.inputs { effects += step(input) }
        return effects.filter { effect in
            switch effect {
            case .validate(let value, _): !logged.judges(value)
            case .refused: false
            case .build, .sign, .broadcast, .send, .schedule, .decide, .evidence, .ownKeyElsewhere:
                true
            }
        }
    }
}
