package import Consensus
internal import Cryptography
package import Ledger
internal import Proofs

/// Where a height begins, and the pause before it.
extension Replica {
    /// Makes a fresh machine for the next height when this node is one of its deciders.
    mutating func beginHeight(_ state: LedgerState) {
        let height = state.tip.height + 1
        if let machine, machine.height == height - 1 {
            previous = (machine, deciders)
        } else {
            previous = nil
        }
        machine = nil
        let seated = rehearsal?.seatsEarly == true ? height + 1 : height
        deciders = state.representatives(at: seated)
        executed = [:]
        examinations = []
        unsaved = []
        othersBegan = false
        hasBegun = false
        withheldUntil = nil
        effects.append(.endTimeouts(below: height - 1))
        endWaking()
        guard deciders.list.contains(where: { $0.consensusKey == ownKey.bytes }) else {
            early = EarlyMessages()
            return
        }
        if let record, record.height > height {
            // An older copy of the chain was restored: what was signed then must not be
            // contradicted.
            withheldUntil = record.height
            return
        }
        watch(at: height)
        do {
            let set = try state.representativeSet(at: seated)
            machine = try ConsensusMachine(
                configuration: ConsensusConfiguration(
                    network: state.network, height: height, set: set,
                    ownKey: watching == nil ? ownKey : nil,
                    offset: state.election(actingAt: seated).number, timeouts: timeouts,
                    signatures: rehearsal?.signatures ?? DirectSignatures()),
                restoring: watching == nil && record?.height == height ? record : nil,
                breaking: rehearsal?.broken)
            beginLog(height, set)
        } catch {
            return halt(.signingRecord(error.detail))
        }
        // Not at once, so that one height never begins inside another.
        for message in early.take(height) { effects.append(.again(message)) }
        effects.append(.tickAgain)
    }

    // MARK: Pace

    /// Begins round 0 once the block interval has passed and there is a reason for a block:
    /// something to put into it, another representative who has begun, or the heartbeat.
    mutating func beginIfDue(_ moment: Moment, _ state: LedgerState) {
        guard mayBegin else { return }
        let earliest = beganAt + state.parameters.blockInterval
        // Every transaction that comes in asks; once is enough.
        if moment.monotonic < earliest, wakesAt == earliest { return }
        if othersBegan {
            begin(hasReason: true, moment, state)
        } else {
            effects.append(.askWaiting)
        }
    }

    var mayBegin: Bool { machine != nil && !hasBegun && isSynchronised }

    mutating func begin(hasReason: Bool, _ moment: Moment, _ state: LedgerState) {
        guard mayBegin else { return }
        let now = moment.monotonic
        let earliest = beganAt + state.parameters.blockInterval
        let heartbeat = committedAt + state.parameters.heartbeat
        let due = hasReason || othersBegan ? earliest : max(earliest, heartbeat)
        if now >= due {
            endWaking()
            beganAt = now
            hasBegun = true
            advance(.start, moment, state)
            return
        }
        isPaced = due == earliest
        if due != wakesAt {
            wakesAt = due
            effects.append(.wake(milliseconds: due - now))
        }
    }

    private mutating func endWaking() {
        guard wakesAt != nil else { return }
        wakesAt = nil
        isPaced = false
        effects.append(.endWaking)
    }
}

extension LedgerState {
    /// Who has to agree to the block of a height, and how many of them.
    /// - Throws: `.representatives` or `.approval` when no quorum of them is safe.
    package func representativeSet(at height: UInt64) throws(ConsensusError) -> RepresentativeSet {
        var keys: [PublicKey] = []
        for member in representatives(at: height).list {
            do {
                keys.append(try PublicKey(algorithm: .ed25519, bytes: member.consensusKey))
            } catch {
                throw ConsensusError(
                    .representatives, "the consensus key of \(member.node) is none: \(error)")
            }
        }
        return try RepresentativeSet(
            keys, approval: ApprovalPolicy(parameters.approval), genesis: genesisDigest,
            since: seatedSince(at: height))
    }
}

extension SignedMessage {
    /// Whether it may be as long as a block.
    package var carriesBlock: Bool {
        switch self {
        case .proposal: true
        case .decision(_, let value): value != nil
        case .vote, .proofOfLock: false
        }
    }
}
