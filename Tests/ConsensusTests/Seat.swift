import Cryptography
import Testing

@testable import Consensus

/// One machine with a host that answers at once: it judges values, builds, records and signs.
struct Seat {
    let committee: Committee
    let place: Int?
    var machine: ConsensusMachine
    /// The newest record, after a trip through its encoding.
    var record: ConsensusRecord?
    /// What the host says of values; `nil` leaves the question open.
    var verdict: (ProposedValue) -> Verdict? = { _ in .valid }
    var built: ProposedValue? = .make("built")
    /// Whether signatures are made. Without them the machine stays between record and signature.
    var isSigning = true
    var log: [Effect] = []
    /// What the host keeps of the inputs, each before its effects are performed.
    var kept: [LoggedInput]

    init(
        _ committee: Committee, place: Int?, height: UInt64 = 1,
        restoring record: ConsensusRecord? = nil
    ) throws {
        self.committee = committee
        self.place = place
        self.record = record
        kept = [.began(height: height, set: committee.set.digest)]
        machine = try ConsensusMachine(
            configuration: committee.configuration(for: place, height: height), restoring: record)
    }

    /// Place 0 of height 1, begun.
    static func started(in committee: Committee) throws -> Seat {
        var seat = try Seat(committee, place: 0)
        try seat.feed(.start)
        return seat
    }

    /// Feeds an input and performs what follows. Returns every effect on the way.
    @discardableResult mutating func feed(_ input: Input) throws -> [Effect] {
        var isNews = true
        if case .message(let message) = input { isNews = !machine.knows(message) }
        let effects = machine.step(input)
        if case .timeout = input, effects.isEmpty { isNews = false }
        if isNews, effects.refusals.isEmpty, let entry = LoggedInput(input) { kept.append(entry) }
        return try perform(effects)
    }

    private mutating func perform(_ effects: [Effect]) throws -> [Effect] {
        var all = effects
        log += effects
        for effect in effects {
            switch effect {
            case .build(let round):
                if let built { all += try feed(.built(built, round: round)) }
            case .validate(let value, _):
                if let verdict = verdict(value) { all += try feed(.validated(value, verdict)) }
            case .sign(let message, let record):
                self.record = try ConsensusRecord(
                    decoding: record.encodedNamingValues(), values: record.values)
                if isSigning, let place {
                    let signature = try committee.signers[place].sign(message.bytes)
                    all += try feed(.signed(message.signed(signature)))
                }
            case .broadcast, .send, .schedule, .decide, .evidence, .ownKeyElsewhere, .refused:
                break
            }
        }
        return all
    }

    @discardableResult mutating func hear(_ message: SignedMessage) throws -> [Effect] {
        try feed(.message(SignedMessage(decoding: message.encoded())))
    }

    @discardableResult mutating func expire(_ kind: Timeout.Kind) throws -> [Effect] {
        try feed(
            .timeout(
                Timeout(kind: kind, height: machine.height, round: machine.status.round)))
    }

    /// Hears the same vote from several senders.
    @discardableResult mutating func hear(
        _ kind: VoteKind, _ round: UInt32, _ id: Digest?, by senders: [Int]
    ) throws -> [Effect] {
        try senders.flatMap { try hear(committee.vote(kind, round, id, by: $0)) }
    }

    /// The same host after a crash: a new machine from the newest record.
    func restarted() throws -> Seat {
        var seat = try Seat(
            committee, place: place, height: machine.height, restoring: record)
        seat.verdict = verdict
        seat.built = built
        return seat
    }

    /// The same host after a crash that its log outlived, gone on to where the log ends.
    func replayed() throws -> Seat {
        var seat = try restarted()
        seat.kept = try kept.map { try LoggedInput(type: $0.type, payload: $0.payload) }
        let logged = try #require(LoggedHeight(seat.kept))
        _ = try seat.perform(seat.machine.restart(with: logged))
        return seat
    }

    var status: ConsensusStatus { machine.status }
}

extension [Effect] {
    /// The votes sent out, as (kind, round, value).
    var votes: [Vote] {
        compactMap {
            guard case .broadcast(.vote(let signed)) = $0 else { return nil }
            return signed.vote
        }
    }

    func voted(_ kind: VoteKind, _ round: UInt32, _ id: Digest?) -> Bool {
        votes.contains { $0.kind == kind && $0.round == round && $0.valueID == id }
    }

    var hasVoted: Bool { !votes.isEmpty }

    var proposals: [Proposal] {
        compactMap {
            guard case .broadcast(.proposal(let signed)) = $0 else { return nil }
            return signed.proposal
        }
    }

    var scheduled: [Timeout] {
        compactMap {
            guard case .schedule(let timeout, _) = $0 else { return nil }
            return timeout
        }
    }

    func schedules(_ kind: Timeout.Kind, _ round: UInt32) -> Bool {
        scheduled.contains { $0.kind == kind && $0.round == round }
    }

    var decisions: [Digest] {
        compactMap {
            guard case .decide(let value, _) = $0 else { return nil }
            return value.id
        }
    }

    var evidence: [Equivocation] {
        compactMap {
            guard case .evidence(let equivocation) = $0 else { return nil }
            return equivocation
        }
    }

    var refusals: [Refusal] {
        compactMap {
            guard case .refused(let refusal) = $0 else { return nil }
            return refusal
        }
    }

    var sent: [SignedMessage] {
        compactMap {
            guard case .broadcast(let message) = $0 else { return nil }
            return message
        }
    }

    var signed: [UnsignedMessage] {
        compactMap {
            guard case .sign(let message, _) = $0 else { return nil }
            return message
        }
    }
}
