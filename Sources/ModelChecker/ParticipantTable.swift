import Consensus

/// By honest place, the number of the participant's state.
typealias JointState = SIMD4<UInt32>

/// The states of single participants that a search has met, numbered, and what follows each.
///
/// A move changes one participant, so the product's machine runs once per participant's state and
/// move, however many states of all of them it is part of.
struct ParticipantTable {
    /// One move that leads elsewhere.
    struct Successor {
        let move: Move
        let number: UInt32
    }

    /// A participant's state among what the honest have signed, as numbers.
    private struct Surrounding: Hashable {
        let placed: UInt64
        let sent: SIMD4<UInt32>
    }

    /// A participant that stands for a state, and where its moves lead.
    private struct Example {
        let participant: Participant
        var outcomes: [Move: UInt32] = [:]
    }

    /// What the search looks at most often.
    struct Facts {
        let sent: UInt64
        let sentNumber: UInt32
        let decided: Int8
    }

    let universe: Universe
    private let isSingle: Bool
    private let comparesExamples: Bool
    private let check: PropertyCheck
    private let renamings: [[Int]]
    private var numbers: [StateKey: UInt32] = [:]
    private(set) var keys: [StateKey] = []
    /// By number: what was signed; its number among all that was ever signed; what was decided.
    private(set) var facts: [Facts] = []
    private var sentNumbers: [UInt64: UInt32] = [:]
    /// By number, then by renaming: the same state with the values renamed.
    private var renamed: [[UInt32]] = []
    /// By place and state: participants that came there, each by what it had heard from the
    /// honest. One that heard no more than what was said stands for the state.
    private var examples: [[UInt32: [Example]]]
    private var surroundings: [Surrounding: Int] = [:]
    private var successors: [[Successor]] = []
    private(set) var lineCounts: [PaperLine: Int] = [:]
    private(set) var stepCount = 0
    private(set) var exampleCount = 0
    private(set) var evidenceCount = 0
    private(set) var fault: StepTrace.Fault?

    /// - Parameters:
    ///   - isSingle: messages come one by one, and states are told apart by everything heard.
    ///   - renames: whether states with renamed values are looked up too.
    ///   - comparesExamples: whether every participant that may stand for a state is asked where
    ///     its moves lead, and all have to agree.
    init(_ universe: Universe, isSingle: Bool, renames: Bool, comparesExamples: Bool) {
        self.universe = universe
        self.isSingle = isSingle
        self.comparesExamples = comparesExamples
        check = PropertyCheck(universe.scenario)
        renamings =
            renames && universe.scenario.valueCount > 1
            ? [Array((0..<universe.scenario.valueCount).reversed())] : []
        examples = Array(repeating: [:], count: universe.scenario.count)
    }

    var renamingCount: Int { renamings.count }

    /// The participants' states in the beginning.
    mutating func begin() throws -> JointState {
        var joint = JointState()
        for place in universe.scenario.honest {
            var trace = StepTrace()
            let participant = try Participant(universe, place: place, &trace)
            note(trace)
            joint[place] = try add(participant)
        }
        return joint
    }

    func renamed(_ number: UInt32, _ renaming: Int) -> UInt32 { renamed[Int(number)][renaming] }

    /// What may follow a participant's state among what all the honest have signed.
    mutating func successors(
        of joint: JointState, at place: Int
    ) throws -> [Successor] {
        let number = joint[place]
        var sentNumbers = SIMD4<UInt32>()
        for other in universe.scenario.honest {
            sentNumbers[other] = facts[Int(joint[other])].sentNumber
        }
        let surrounding = Surrounding(
            placed: UInt64(place) << 32 | UInt64(number), sent: sentNumbers)
        if let known = surroundings[surrounding] { return successors[known] }
        let sent = universe.scenario.honest.map { facts[Int(joint[$0])].sent }
        let fitting = (examples[place][number] ?? []).indices.filter {
            examples[place][number]?[$0].participant.hasHeardOnly(sent) == true
        }
        var found: [Successor] = []
        for (order, index) in fitting.prefix(comparesExamples ? fitting.count : 1).enumerated() {
            let following = try follow(index, of: number, at: place, sent: sent)
            if order == 0 {
                found = following
            } else if Set(found.map(\.number)) != Set(following.map(\.number)) {
                fail(.soundness, "place \(place) goes on differently after hearing the same")
            }
        }
        surroundings[surrounding] = successors.count
        successors.append(found)
        return found
    }

    /// Where one example's moves lead.
    private mutating func follow(
        _ index: Int, of number: UInt32, at place: Int, sent: [UInt64]
    ) throws -> [Successor] {
        guard let participant = examples[place][number]?[index].participant else { return [] }
        let scenario = universe.scenario
        let moves =
            isSingle
            ? MoveList.single(participant, sent: sent, scenario)
            : MoveList(participant, sent: sent, scenario).moves
        var found: [Successor] = []
        for move in moves {
            let next = try outcome(of: move, on: index, of: number, at: place)
            if next != number, !found.contains(where: { $0.number == next }) {
                found.append(Successor(move: move, number: next))
            }
        }
        return found
    }

    private mutating func outcome(
        of move: Move, on index: Int, of number: UInt32, at place: Int
    ) throws -> UInt32 {
        guard let example = examples[place][number]?[index] else { return number }
        if let known = example.outcomes[move] { return known }
        var next = example.participant
        var trace = StepTrace()
        next.take(move, universe, &trace)
        note(trace)
        let result = try add(next)
        examples[place][number]?[index].outcomes[move] = result
        return result
    }

    private mutating func note(_ trace: StepTrace) {
        stepCount += 1
        evidenceCount += trace.evidenceCount
        if fault == nil { fault = trace.fault }
        for lines in trace.lines {
            for line in PaperLine.allCases where lines.contains(line) {
                lineCounts[line, default: 0] += 1
            }
        }
    }

    private mutating func add(_ participant: Participant) throws -> UInt32 {
        let number = intern(participant.key(universe, withHeard: isSingle))
        let place = participant.place
        let known = examples[place][number] ?? []
        let honest = universe.scenario.honest
        guard
            !known.contains(where: { $0.participant.hasHeardOnly(Array(participant.heard[honest])) }
            )
        else { return number }
        examples[place][number, default: []].append(Example(participant: participant))
        exampleCount += 1
        if check.contradictsItself(participant.sent) {
            fail(.oneWord, "place \(participant.place) signed two votes of one kind in one round")
        }
        if let text = try participant.restartFault(universe) { fail(.restart, text) }
        return number
    }

    private mutating func fail(_ property: Property, _ text: String) {
        if fault == nil { fault = StepTrace.Fault(property: property, text: text) }
    }

    private mutating func intern(_ key: StateKey) -> UInt32 {
        if let number = numbers[key] { return number }
        let number = UInt32(keys.count)
        numbers[key] = number
        keys.append(key)
        let sentNumber = sentNumbers[key.sent] ?? UInt32(sentNumbers.count)
        sentNumbers[key.sent] = sentNumber
        facts.append(
            Facts(
                sent: key.sent, sentNumber: sentNumber,
                decided: key.decided.value.map { Int8($0) } ?? -1))
        renamed.append([])
        for renaming in renamings {
            let other = intern(key.renamed(renaming, universe.scenario))
            renamed[Int(number)].append(other)
        }
        return number
    }
}
