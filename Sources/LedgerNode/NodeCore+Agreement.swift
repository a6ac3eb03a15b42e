import Consensus
import Cryptography
import Encoding
import Ledger
import Proofs
import Storage
import Web

/// Taking part in agreement: the effects of the step function, performed in their order.
extension NodeCore {
    /// Makes a fresh machine for the next height when this node is one of its deciders.
    func beginHeight() throws {
        let (height, deciders, epoch, approval) = services.chain.read { state in
            let height = state.tip.height + 1
            return (
                height, state.representatives(at: height), state.election(actingAt: height).number,
                state.parameters.approval
            )
        }
        self.deciders = deciders
        executed = [:]
        othersBegan = false
        hasBegun = false
        previous = machine?.height == height - 1 ? machine : nil
        machine = nil
        endTimers(below: height - 1)
        stopPacing()
        defer { publish() }
        let isDecider = deciders.list.contains { $0.consensusKey == ownKey.bytes }
        services.board.update { $0.withheld = nil }
        guard isDecider else {
            early = []
            return
        }
        if let record, record.height > height {
            // An older copy of the chain was restored: what was signed then must not be
            // contradicted.
            services.board.update {
                $0.withheld =
                    "this node signed for height \(record.height) before; it fetches the "
                    + "blocks up to there from its peers"
            }
            return
        }
        let set = try RepresentativeSet(
            try deciders.list.map {
                try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
            }, approval: ApprovalPolicy(approval))
        do {
            machine = try ConsensusMachine(
                configuration: ConsensusConfiguration(
                    network: services.genesis.network, height: height, set: set, ownKey: ownKey,
                    offset: epoch, timeouts: timeouts),
                restoring: record?.height == height ? record : nil)
        } catch {
            throw NodeError(.signingRecord, error.detail)
        }
        let waiting = early.filter { $0.height == height }
        early.removeAll { $0.height <= height }
        // Through the inbox, so that one height never begins inside another.
        for message in waiting {
            _ = services.inbox.offer(message, byteCount: message.carriesBlock ? 4_194_304 : 256)
        }
        services.inbox.tick()
    }

    /// Takes a peer's message. Nothing in it is believed before the machine has verified it.
    func take(_ message: SignedMessage) async throws {
        let next = services.chain.tip.height + 1
        if let machine, message.height == machine.height {
            try await advance(.message(message))
        } else if let previous, message.height == previous.height {
            helpLaggards(.message(message))
        } else if message.height > next {
            // One height ahead is usual: the others commit a moment before this node.
            if message.height > next + 1 { services.board.update { $0.isBehind = true } }
            guard message.height - next <= Limits.futureHeightsMaximum else { return }
            keepEarly(message)
        }
    }

    /// A claim until its height begins. The newest stay, being sent again each second.
    private func keepEarly(_ message: SignedMessage) {
        if message.carriesBlock,
            early.count(where: \.carriesBlock) >= Limits.futureBlocksMaximum,
            let oldest = early.firstIndex(where: \.carriesBlock)
        {
            early.remove(at: oldest)
        }
        if early.count >= Limits.futureMessagesMaximum { early.removeFirst() }
        early.append(message)
    }

    /// Gives the machine an input and performs what follows, until nothing more does.
    func advance(_ first: Input) async throws {
        var inputs = [first]
        var decision: (ProposedValue, CommitCertificate)?
        var next = 0
        while next < inputs.count {
            let input = inputs[next]
            next += 1
            guard let effects = machine?.step(input) else { return }
            if case .message = input { noteBegun(effects) }
            for effect in effects {
                if let answer = try await perform(effect) { inputs.append(answer) }
                if case .decide(let value, let certificate) = effect {
                    decision = (value, certificate)
                }
            }
        }
        publish()
        if let (value, certificate) = decision {
            try await commitDecided(value, certificate)
        } else if othersBegan, !hasBegun {
            try await beginIfDue()
        }
    }

    /// A message that was taken shows that its sender has begun this height.
    private func noteBegun(_ effects: [Effect]) {
        let isRefused = effects.contains { if case .refused = $0 { true } else { false } }
        if !isRefused { othersBegan = true }
    }

    /// - Returns: what the machine is to be told in answer.
    private func perform(_ effect: Effect) async throws -> Input? {
        switch effect {
        case .build(let round):
            return try build(round: round)
        case .validate(let value, let origin):
            return .validated(value, try await judge(value, origin))
        case .sign(let message, let record):
            return .signed(try await sign(message, record))
        case .broadcast(let message):
            services.peers.post(message: message.encoded(), to: deciders.list.map(\.endpoint))
        case .send(let message, let place):
            guard deciders.list.indices.contains(place) else { return nil }
            services.peers.post(message: message.encoded(), to: [deciders.list[place].endpoint])
        case .schedule(let timeout, let milliseconds):
            schedule(timeout, milliseconds: milliseconds)
        case .decide:
            break
        case .evidence(let equivocation):
            noteEquivocation(equivocation)
        case .ownKeyElsewhere(let message):
            services.log.event(
                "own-key-elsewhere",
                [
                    ("height", JSON(message.height)),
                    (
                        "detail",
                        .string(
                            "a message signed with this node's consensus key was not signed by "
                                + "this process: another process uses the key. Nothing more is "
                                + "signed at this height; stop the other process.")
                    ),
                ])
        case .refused:
            services.metrics.add("accredit_node_messages_refused_total")
        }
        return nil
    }

    /// The record is on the disk before the signature exists.
    private func sign(
        _ message: UnsignedMessage, _ record: ConsensusRecord
    ) async throws -> SignedMessage {
        try await signing.save(record)
        self.record = record
        return message.signed(try services.keys.consensus.sign(message.bytes))
    }

    private func build(round: UInt32) throws -> Input? {
        let bounds = BlockLimits(
            transactionCount: Limits.transactionsPerBlockMaximum,
            blockByteCount: Limits.builtBlockByteCountMaximum,
            transactionByteCount: Limits.transactionByteCountMaximum)
        do {
            let block = try services.chain.snapshot().propose(
                pending: services.mempool.pending(), limits: bounds, time: services.now(),
                proposer: services.identity, round: UInt64(round))
            let header = block.block.header
            executed[header.id] = block
            return .built(
                ProposedValue(id: header.id, bytes: block.block.received.bytes), round: round)
        } catch {
            try checkRecords()
            services.log.event("block-not-built", [("reason", .string(error.detail))])
            return nil
        }
    }

    /// Executes a proposed block beside the state before anybody agrees to it.
    private func judge(_ value: ProposedValue, _ origin: ValueOrigin) async throws -> Verdict {
        let header: BlockHeader
        do {
            let block = try await execute(value)
            header = block.block.header
            executed[value.id] = block
        } catch {
            try checkRecords()
            services.log.event(
                "block-refused",
                [("block", .string(value.id.text)), ("reason", .string("\(error)"))])
            return .invalid
        }
        switch origin {
        case .carried:
            return .valid
        case .fresh(let place, let round):
            let now = services.now()
            let isOfRound =
                deciders.list.indices.contains(place)
                && header.proposer == deciders.list[place].node && header.round == UInt64(round)
            let isTimely =
                header.time <= now.adding(milliseconds: Limits.clockLeadMilliseconds)
                && header.time >= now.adding(milliseconds: -Limits.clockLagMilliseconds)
            if isOfRound, isTimely { return .valid }
            services.log.event(
                "proposal-not-fresh",
                [
                    ("block", .string(value.id.text)), ("blockTime", .string(header.time.rfc3339)),
                    ("proposer", .string(header.proposer.text)), ("round", JSON(UInt64(round))),
                ])
            return .notFresh
        }
    }

    func execute(_ value: ProposedValue) async throws(LedgerError) -> ExecutedBlock {
        if let known = executed[value.id] { return known }
        let received = try ReceivedBlock(bytes: value.bytes)
        guard received.header.id == value.id else {
            throw LedgerError(.block, "the bytes are not those of block \(value.id.text)")
        }
        let transactions = try await services.verifier.verify(received.transactions)
        return try services.chain.snapshot().verify(
            Block(header: received.header, transactions: transactions))
    }

    /// Answers those who still vote on the height before.
    func helpLaggards(_ input: Input) {
        for effect in previous?.step(input) ?? [] {
            switch effect {
            case .send(let message, let place):
                let list = services.chain.read { state in
                    state.representatives(at: message.height).list
                }
                guard list.indices.contains(place) else { continue }
                services.peers.post(message: message.encoded(), to: [list[place].endpoint])
            case .schedule(let timeout, let milliseconds):
                schedule(timeout, milliseconds: milliseconds)
            case .build, .validate, .sign, .broadcast, .decide, .evidence, .ownKeyElsewhere,
                .refused:
                continue
            }
        }
    }

    private func noteEquivocation(_ equivocation: Equivocation) {
        services.metrics.add("accredit_node_equivocations_total")
        guard deciders.list.indices.contains(equivocation.sender) else { return }
        services.log.event(
            "equivocation",
            [
                ("node", .string(deciders.list[equivocation.sender].node.text)),
                ("height", JSON(services.chain.tip.height + 1)),
            ])
    }

    func publish() {
        let status = machine?.status
        services.board.update {
            $0.consensus = status
            $0.committedAt = committedAt
        }
    }
}

extension SignedMessage {
    /// Whether it may be as long as a block.
    var carriesBlock: Bool {
        switch self {
        case .proposal: true
        case .decision(_, let value): value != nil
        case .vote, .proofOfLock: false
        }
    }
}
