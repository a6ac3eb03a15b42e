import Consensus

/// An honest representative: the product's machine with a host that answers at once.
struct Participant {
    let place: Int
    private(set) var machine: ConsensusMachine
    private(set) var record: ConsensusRecord?
    /// What it has signed, one bit per statement.
    private(set) var sent: UInt64 = 0
    private(set) var knownValues: [Int] = []
    private(set) var hasProof = false
    /// The timers that run: asked for, and of a round not left behind.
    private(set) var timers: [Timeout] = []
    /// By place: what it remembers to have heard from there, one bit per statement.
    private(set) var heard: [UInt64] = []

    /// A participant that has begun its height.
    init(_ universe: Universe, place: Int, _ trace: inout StepTrace) throws {
        self.place = place
        machine = try universe.machine(at: place)
        feed(.start, universe, &trace)
        note(universe)
    }

    /// What happens to it, and what its host answers.
    mutating func take(_ move: Move, _ universe: Universe, _ trace: inout StepTrace) {
        for delivery in move.deliveries {
            let input = input(delivery, universe)
            if case .timeout(let timeout) = input {
                // A host reports the timers it was asked for, and each once.
                guard let index = timers.firstIndex(of: timeout) else { continue }
                timers.remove(at: index)
            }
            feed(input, universe, &trace)
        }
        note(universe)
    }

    private mutating func note(_ universe: Universe) {
        let summary = machine.summary
        timers.removeAll { $0.round != summary.round }
        knownValues = summary.known.compactMap { universe.value($0) }
        hasProof = summary.valid?.round == summary.round
        let scenario = universe.scenario
        heard = Array(repeating: 0, count: scenario.count)
        for signed in summary.votes {
            if let number = universe.number(of: .vote(signed.vote)) {
                heard[signed.sender] |= 1 << UInt64(number)
            }
        }
        for proposal in summary.proposals {
            guard let value = universe.value(proposal.valueID) else { continue }
            let number = scenario.number(
                round: Int(proposal.round), value: value,
                validRound: proposal.validRound.map(Int.init))
            heard[scenario.proposer(Int(proposal.round))] |= 1 << UInt64(number)
        }
    }

    /// Whether it heard only what the honest have said.
    func hasHeardOnly(_ sent: [UInt64]) -> Bool {
        sent.indices.allSatisfy { heard[$0] & ~sent[$0] == 0 }
    }

    func key(_ universe: Universe, withHeard: Bool) -> StateKey {
        StateKey(self, universe, withHeard: withHeard)
    }

    private func input(_ delivery: Delivery, _ universe: Universe) -> Input {
        switch delivery {
        case .timeout(let kind):
            return .timeout(
                Timeout(kind: kind, height: machine.height, round: machine.summary.round))
        case .built(let value):
            return .built(universe.values[value], round: machine.summary.round)
        case .said(let sender, let statement, let proof):
            return .message(universe.message(statement, by: sender, provenBy: proof))
        case .proofOfLock(let round, let value, let senders):
            return .message(.proofOfLock(universe.proof(round, value, by: senders)))
        case .decision(let round, let value, let senders):
            return .message(
                .decision(
                    universe.certificate(round, value, by: senders), universe.values[value]))
        }
    }

    private mutating func feed(_ input: Input, _ universe: Universe, _ trace: inout StepTrace) {
        let effects = machine.step(input)
        trace.note(machine.reached)
        for effect in effects {
            switch effect {
            case .validate(let value, _):
                feed(.validated(value, .valid), universe, &trace)
            case .sign(let message, let record):
                self.record = record
                guard let number = universe.number(of: message.content) else {
                    trace.fail(.soundness, "place \(place) signs what nobody can say")
                    continue
                }
                sent |= 1 << UInt64(number)
                let signature = universe.signature(of: number, by: place)
                feed(.signed(message.signed(signature)), universe, &trace)
            case .decide(let value, let certificate):
                check(value, certificate, universe, &trace)
            case .evidence(let equivocation):
                let isGuilty = universe.scenario.byzantine.contains(equivocation.sender)
                let isProven = equivocation.verify(
                    set: universe.set, network: Universe.network, checking: universe.known)
                guard isGuilty, isProven else {
                    trace.fail(.accountability, "place \(equivocation.sender) is accused wrongly")
                    continue
                }
                trace.evidenceCount += 1
            case .ownKeyElsewhere:
                trace.fail(.soundness, "place \(place) takes its own words for a stranger's")
            case .refused(let refusal):
                trace.fail(
                    .soundness, "place \(place) refuses a sound message: \(refusal.rawValue)")
            case .schedule(let timeout, _):
                if timeout.kind != .rebroadcast { timers.append(timeout) }
            case .build, .broadcast, .send:
                // Whatever was said can be heard from then on, and a host builds when it likes.
                break
            }
        }
    }

    private func check(
        _ value: ProposedValue, _ certificate: CommitCertificate, _ universe: Universe,
        _ trace: inout StepTrace
    ) {
        // A quorum counted wrongly gives certificates that nobody else would take.
        guard universe.scenario.broken == nil else { return }
        do {
            try certificate.verify(
                set: universe.set, network: Universe.network, height: Universe.height,
                valueID: value.id, checking: universe.known)
        } catch {
            trace.fail(.soundness, "place \(place) decides without a certificate")
        }
    }

    /// What is wrong with going on from the newest record, if anything: a restart repeats what was
    /// signed, says nothing else, and keeps the lock.
    func restartFault(_ universe: Universe) throws -> String? {
        guard let record else { return nil }
        var again = self
        var trace = StepTrace()
        again.machine = try universe.machine(at: place, restoring: record)
        again.sent = 0
        again.feed(.start, universe, &trace)
        if let fault = trace.fault { return fault.text }
        let (before, after) = (machine.summary, again.machine.summary)
        if again.sent & ~sent != 0 {
            return "place \(place) signs something else after a restart"
        }
        if before.locked != after.locked {
            return "place \(place) forgets its lock over a restart"
        }
        return nil
    }
}

/// What one move went through, and what it broke.
struct StepTrace {
    struct Fault {
        let property: Property
        let text: String
    }

    var lines: [PaperLines] = []
    var evidenceCount = 0
    private(set) var fault: Fault?

    mutating func note(_ lines: PaperLines) { self.lines.append(lines) }

    mutating func fail(_ property: Property, _ text: String) {
        if fault == nil { fault = Fault(property: property, text: text) }
    }
}
