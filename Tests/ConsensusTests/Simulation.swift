import Cryptography
import TestSupport

@testable import Consensus

/// What a simulated cluster does wrong on purpose, so that the checks can be seen to work.
struct Mutation {
    /// A quorum that two disjoint groups can reach.
    var quorum: Int?
    /// Nodes come back without their record.
    var losesRecords = false

    static let none = Mutation()
}

/// What may go wrong on its own until the faults stop.
struct Faults {
    var lossPercent = 0
    var duplicatePercent = 0
    var delayMaximum = 50
    /// A two-way partition in this time, in milliseconds.
    var partition: Range<Int>?
    var crashPercent = 0
    /// The last place in the set lies.
    var hasEquivocator = false
    /// As many as the quorum stands never say a word.
    var hasSilentNodes = false
    /// Virtual milliseconds after which nothing is lost any more.
    var end = 8000

    static let none = Faults()

    static func random(_ count: Int, _ random: inout SeededGenerator) -> Faults {
        var faults = Faults()
        guard count > 1 else {
            faults.crashPercent = 50
            return faults
        }
        faults.end = random.number(3000...20_000)
        faults.lossPercent = random.number(0...60)
        faults.duplicatePercent = random.number(0...20)
        faults.delayMaximum = random.number(10...600)
        if random.chance(60) {
            let start = random.number(0...2000)
            faults.partition = start..<start + random.number(500...10_000)
        }
        faults.crashPercent = random.chance(50) ? 40 : 0
        faults.hasEquivocator = count >= 4 && random.chance(50)
        faults.hasSilentNodes = !faults.hasEquivocator && random.chance(50)
        return faults
    }
}

/// One height, one thread, a virtual clock, and a network that loses, repeats, delays and reorders.
///
/// After each event the promises are checked: nobody signs two things for one kind and round, and
/// no two nodes decide differently. After the faults stop, everybody has to decide.
struct Simulation {
    enum Happening {
        case deliver([UInt8], to: Int)
        case input(Input, to: Int, life: Int)
        case crash(Int)
        case restart(Int)
        case begin(Int)
    }

    struct Node {
        var machine: ConsensusMachine?
        /// Bytes on the virtual disk.
        var record: [UInt8]?
        /// Answers for an earlier life come too late.
        var life = 0
        var decision: Digest?
        /// By kind and round: what was signed.
        var signed: [String: [UInt8]] = [:]
    }

    let committee: Committee
    let faults: Faults
    let mutation: Mutation
    var random: SeededGenerator
    var liar: Equivocator?
    var nodes: [Node]
    var queue: EventQueue<Happening>
    var now = 0
    var side: [Bool]
    /// The first broken promise.
    var failure: String?
    var evidenceCount = 0
    var highestRound: UInt32 = 0

    init(
        count: Int, seed: UInt64, faults: Faults? = nil, mutation: Mutation = .none
    ) throws {
        random = SeededGenerator(seed: seed)
        self.faults = faults ?? Faults.random(count, &random)
        self.mutation = mutation
        if let quorum = mutation.quorum {
            committee = try Committee(count, unsafeQuorum: quorum)
        } else if random.chance(20), !self.faults.hasEquivocator {
            committee = try Committee(count, approval: .all)
        } else {
            committee = try Committee(count)
        }
        nodes = Array(repeating: Node(), count: count)
        queue = EventQueue()
        side = []
        for _ in 0..<count { side.append(random.chance(50)) }
        if self.faults.hasEquivocator { liar = Equivocator(committee, place: count - 1) }
        for place in honest {
            nodes[place].machine = try ConsensusMachine(
                configuration: committee.configuration(for: place))
            queue.add(.begin(place), at: random.number(0...300))
            if random.chance(self.faults.crashPercent) {
                var time = 0
                for _ in 0...random.number(0...2) {
                    time += random.number(0...4000)
                    queue.add(.crash(place), at: time)
                    time += random.number(1...2500)
                    queue.add(.restart(place), at: time)
                }
            }
        }
    }

    /// The places whose promises are checked: the liar and the silent ones come last.
    var honest: Range<Int> {
        if faults.hasSilentNodes { return 0..<committee.set.quorum }
        return 0..<(faults.hasEquivocator ? nodes.count - 1 : nodes.count)
    }
    var isDone: Bool { honest.allSatisfy { nodes[$0].decision != nil } }

    /// Runs until everybody has decided, a promise is broken or the time is over.
    mutating func run() throws {
        let limit = faults.end + 120_000
        while failure == nil, !isDone, let (time, happening) = queue.next(), time <= limit {
            now = time
            try perform(happening)
        }
        if failure == nil, !isDone {
            let states = honest.map { nodes[$0].machine?.status.explanation ?? "down" }
            failure = "no decision by \(now) ms: \(states)"
        }
    }

    private mutating func perform(_ happening: Happening) throws {
        switch happening {
        case .begin(let place):
            try feed(.start, to: place)
        case .deliver(let bytes, let place):
            let message = try SignedMessage(decoding: bytes)
            if var liar, place == liar.place {
                let lies = try liar.hear(message, &random)
                self.liar = liar
                for (lie, receiver) in lies { send(lie.encoded(), from: place, to: receiver) }
            } else {
                try feed(.message(message), to: place)
            }
        case .input(let input, let place, let life):
            if nodes[place].life == life { try feed(input, to: place) }
        case .crash(let place):
            // What is decided is on disk, and the node needs nothing more at this height.
            if nodes[place].decision == nil { nodes[place].machine = nil }
        case .restart(let place):
            if nodes[place].machine == nil { try restart(place) }
        }
    }

    private mutating func restart(_ place: Int) throws {
        nodes[place].life += 1
        var record = try nodes[place].record.map { try ConsensusRecord(decoding: $0) }
        if mutation.losesRecords { record = nil }
        nodes[place].machine = try ConsensusMachine(
            configuration: committee.configuration(for: place), restoring: record)
        try feed(.start, to: place)
    }

    mutating func feed(_ input: Input, to place: Int) throws {
        guard var machine = nodes[place].machine else { return }
        let effects = machine.step(input)
        nodes[place].machine = machine
        highestRound = max(highestRound, machine.status.round)
        for effect in effects { try perform(effect, of: place) }
    }

    private mutating func perform(_ effect: Effect, of place: Int) throws {
        switch effect {
        case .build(let round):
            let value = ProposedValue.make("value \(round) of \(place) at \(now)")
            answer(.built(value, round: round), to: place, within: 80)
        case .validate(let value, _):
            let isSound = value.bytes.first != UInt8(ascii: "b")
            answer(.validated(value, isSound ? .valid : .invalid), to: place, within: 40)
        case .sign(let message, let record):
            nodes[place].record = record.encoded()
            check(message, of: place)
            let signature = try committee.signers[place].sign(message.bytes)
            answer(.signed(message.signed(signature)), to: place, within: 20)
        case .broadcast(let message):
            let bytes = message.encoded()
            for other in nodes.indices where other != place {
                send(bytes, from: place, to: other)
            }
        case .send(let message, let receiver):
            send(message.encoded(), from: place, to: receiver)
        case .schedule(let timeout, let milliseconds):
            queue.add(
                .input(.timeout(timeout), to: place, life: nodes[place].life),
                at: now + Int(milliseconds))
        case .decide(let value, let certificate):
            try decide(value, certificate, at: place)
        case .evidence(let equivocation):
            evidenceCount += 1
            if equivocation.sender != liar?.place
                || !equivocation.verify(set: committee.set, network: committee.network)
            {
                failure = "an honest node was accused: \(equivocation)"
            }
        case .ownKeyElsewhere(let message):
            failure = "place \(place) takes its own word for another's: \(message)"
        case .refused(let refusal):
            if liar == nil, refusal != .tooFarAhead {
                failure = "place \(place) refused an honest message: \(refusal)"
            }
        }
    }

    private mutating func answer(_ input: Input, to place: Int, within milliseconds: Int) {
        queue.add(
            .input(input, to: place, life: nodes[place].life),
            at: now + random.number(0...milliseconds))
    }

    /// Nobody signs two different things for one kind and round, whatever restarts it had.
    private mutating func check(_ message: UnsignedMessage, of place: Int) {
        let slot: String
        switch message.content {
        case .proposal(let proposal): slot = "proposal \(proposal.round)"
        case .vote(let vote): slot = "\(vote.kind.name) \(vote.round)"
        }
        if let first = nodes[place].signed[slot], first != message.bytes {
            failure = "place \(place) signs a second \(slot)"
        }
        nodes[place].signed[slot] = message.bytes
    }

    private mutating func decide(
        _ value: ProposedValue, _ certificate: CommitCertificate, at place: Int
    ) throws {
        try certificate.verify(
            set: committee.set, network: committee.network, height: 1, valueID: value.id)
        nodes[place].decision = value.id
        for other in honest where (nodes[other].decision ?? value.id) != value.id {
            failure = "places \(place) and \(other) decide differently"
        }
        if value.bytes.first == UInt8(ascii: "b") { failure = "an unsound value was decided" }
    }

    private mutating func send(_ bytes: [UInt8], from sender: Int, to receiver: Int) {
        let isFaulty = now < faults.end
        if isFaulty {
            if let partition = faults.partition, partition.contains(now),
                side[sender] != side[receiver]
            {
                return
            }
            if random.chance(faults.lossPercent) { return }
        }
        let copies = isFaulty && random.chance(faults.duplicatePercent) ? 2 : 1
        for _ in 0..<copies {
            let delay = random.number(1...(isFaulty ? faults.delayMaximum : 50))
            queue.add(.deliver(bytes, to: receiver), at: now + delay)
        }
    }
}
