internal import Consensus
internal import Cryptography
internal import Encoding
internal import Ledger

/// Taking part in agreement on the next height.
extension Replica {
    /// Takes a peer's message. Nothing in it is believed before the machine has verified it.
    mutating func take(
        _ message: SignedMessage, from carrier: Identity?, _ moment: Moment, _ state: LedgerState
    ) {
        let next = state.tip.height + 1
        if message.height == machine?.height {
            advance(.message(message), moment, state)
        } else if message.height == previous?.machine.height {
            help(.message(message))
        } else if message.height > next {
            // One height ahead is usual: the others commit a moment before this node.
            if message.height > next + 1 { effects.append(.behind(true)) }
            guard message.height - next <= Limits.futureHeightsMaximum else { return }
            early.keep(message, from: carrier)
        }
    }

    /// Gives the machine an input and says what follows, until nothing more does.
    mutating func advance(_ first: Input, _ moment: Moment, _ state: LedgerState) {
        var inputs = [first]
        var decision: (ProposedValue, CommitCertificate)?
        var next = 0
        while next < inputs.count {
            let input = inputs[next]
            next += 1
            let isKnown = isKnown(input)
            guard let produced = step(input) else { return }
            if !isKnown { log(input, produced) }
            if case .message = input { noteBegun(produced) }
            for effect in produced {
                if case .decide(let value, let certificate) = effect {
                    decision = (value, certificate)
                } else if let answer = translate(effect, moment, state) {
                    inputs.append(answer)
                }
            }
        }
        if let (value, certificate) = decision {
            commitDecided(value, certificate)
        } else if othersBegan, !hasBegun {
            beginIfDue(moment, state)
        }
    }

    /// A message that was taken shows that its sender has begun this height.
    private mutating func noteBegun(_ produced: [Effect]) {
        let isRefused = produced.contains { if case .refused = $0 { true } else { false } }
        if !isRefused { othersBegan = true }
    }

    /// - Returns: what the machine is to be told in answer, where that is known at once.
    private mutating func translate(
        _ effect: Effect, _ moment: Moment, _ state: LedgerState
    ) -> Input? {
        switch effect {
        case .build(let round): effects.append(.collect(round: round))
        case .validate(let value, let origin): return judge(value, origin, moment)
        case .sign(let message, let record):
            unsaved.append((message, record))
            effects.append(.save(record, for: message))
        case .broadcast(let message):
            let others = deciders.list.filter { $0.consensusKey != ownKey.bytes }
            if !others.isEmpty { effects.append(.send(message, to: others)) }
        case .send(let message, let place): send(message, to: place, of: deciders)
        case .schedule(let timeout, let milliseconds):
            effects.append(.schedule(timeout, milliseconds: milliseconds))
        case .decide: break
        case .evidence(let equivocation): charge(equivocation, of: deciders)
        case .ownKeyElsewhere(let message):
            effects.append(.notice(.ownKeyElsewhere(height: message.height)))
        case .refused(let refusal): effects.append(.notice(.messageRefused(refusal)))
        }
        return nil
    }

    private mutating func charge(_ equivocation: Equivocation, of set: Representatives) {
        let place = equivocation.sender
        let node = set.list.indices.contains(place) ? set.list[place].node : nil
        effects.append(.evidence(equivocation, by: node))
    }

    private mutating func send(
        _ message: SignedMessage, to place: Int, of set: Representatives
    ) {
        guard set.list.indices.contains(place) else { return }
        effects.append(.send(message, to: [set.list[place]]))
    }

    /// Answers those who still vote on the height before, and charges who contradicts there what
    /// it said in time.
    mutating func help(_ input: Input) {
        guard let deciders = previous?.deciders else { return }
        for effect in previous?.machine.step(input) ?? [] {
            switch effect {
            case .send(let message, let place): send(message, to: place, of: deciders)
            case .schedule(let timeout, let milliseconds):
                effects.append(.schedule(timeout, milliseconds: milliseconds))
            case .evidence(let equivocation): charge(equivocation, of: deciders)
            case .build, .validate, .sign, .broadcast, .decide, .ownKeyElsewhere, .refused:
                continue
            }
        }
    }

    // MARK: Signatures

    /// The record is durable: now, and not before, the message may be signed.
    mutating func noteSaved(_ message: UnsignedMessage) {
        guard let index = unsaved.firstIndex(where: { $0.message == message }) else { return }
        record = unsaved.remove(at: index).record
        effects.append(.sign(message))
    }

    // MARK: Blocks

    mutating func build(
        _ pending: [VerifiedTransaction], round: UInt32, _ moment: Moment, _ state: LedgerState
    ) {
        guard machine?.height == state.tip.height + 1 else { return }
        do {
            let executed = try state.propose(
                pending: pending, limits: Limits.builtBlock, time: moment.wall,
                proposer: identity, round: UInt64(round))
            let bits = state.parameters.proofOfWorkBits
            if bits > 0 {
                effects.append(.search(executed, bits: bits, round: round))
            } else {
                propose(executed, round: round, moment, state)
            }
        } catch {
            if let failure = state.failure { return halt(.records(failure)) }
            effects.append(.notice(.blockNotBuilt(error.detail)))
        }
    }

    /// Proposes a block that was built for a round, unless another block was committed meanwhile.
    mutating func propose(
        _ block: ExecutedBlock, round: UInt32, _ moment: Moment, _ state: LedgerState
    ) {
        let header = block.block.header
        guard machine?.height == header.height, header.previous == state.tip.block,
            appending == nil
        else { return }
        let value = ProposedValue(id: header.id, bytes: block.block.received.bytes)
        executed[header.id] = Known(content: value.content, block: block)
        advance(.built(value, round: round), moment, state)
    }

    /// Judges a proposed value, or asks first for what that takes.
    private mutating func judge(
        _ value: ProposedValue, _ origin: ValueOrigin, _ moment: Moment
    ) -> Input? {
        if let known = executed[value.id], known.content == value.content {
            return .validated(value, verdict(known.block.block.header, value, origin, moment))
        }
        do {
            try examine(value, .verdict(origin))
            return nil
        } catch {
            return refuse(value, error.detail)
        }
    }

    /// Reads the bytes of a value and asks for the verification of what is in them.
    mutating func examine(
        _ value: ProposedValue, _ purpose: Examination.Purpose
    ) throws(LedgerError) {
        let received = try ReceivedBlock(bytes: value.bytes)
        guard received.header.id == value.id else {
            throw LedgerError(.block, "the bytes are not those of block \(value.id.text)")
        }
        examinations.append(
            Examination(value: value, header: received.header, purpose: purpose))
        effects.append(.verify(value, received.transactions))
    }

    /// Executes a block beside the state before anybody agrees to it.
    mutating func conclude(
        _ value: ProposedValue, _ result: Result<[VerifiedTransaction], LedgerError>,
        _ moment: Moment, _ state: LedgerState
    ) {
        guard let index = examinations.firstIndex(where: { $0.value == value }),
            appending == nil
        else { return }
        let examination = examinations.remove(at: index)
        let block: ExecutedBlock
        do {
            block = try state.verify(
                Block(header: examination.header, transactions: try result.get()))
        } catch {
            if let failure = state.failure { return halt(.records(failure)) }
            switch examination.purpose {
            case .verdict:
                return advance(refuse(value, error.detail), moment, state)
            case .commit:
                return halt(
                    .block("the decided block \(value.id.text) is refused: \(error.detail)"))
            }
        }
        executed[value.id] = Known(content: value.content, block: block)
        switch examination.purpose {
        case .verdict(let origin):
            let verdict = verdict(examination.header, value, origin, moment)
            advance(.validated(value, verdict), moment, state)
        case .commit(let certificate):
            append(block, certificate, isFetched: false)
        }
    }

    private mutating func refuse(_ value: ProposedValue, _ reason: String) -> Input {
        effects.append(.notice(.blockRefused(value.id, reason)))
        return .validated(value, .invalid)
    }

    /// What to say of a value whose content is sound.
    private mutating func verdict(
        _ header: BlockHeader, _ value: ProposedValue, _ origin: ValueOrigin, _ moment: Moment
    ) -> Verdict {
        switch origin {
        case .carried:
            return .valid
        case .fresh(let place, let round):
            let isOfRound =
                deciders.list.indices.contains(place)
                && header.proposer == deciders.list[place].node && header.round == UInt64(round)
            let now = moment.wall
            let isTimely =
                header.time <= now.adding(milliseconds: Limits.clockLeadMilliseconds)
                && header.time >= now.adding(milliseconds: -Limits.clockLagMilliseconds)
            if isOfRound, isTimely { return .valid }
            effects.append(.notice(.proposalNotFresh(header, round: round)))
            return .notFresh
        }
    }
}
