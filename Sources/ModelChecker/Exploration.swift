package import Consensus

/// Breadth-first search through every state that a scenario allows.
package struct Exploration {
    /// Something that must not happen, and how to get there.
    package struct Violation: Sendable {
        package let property: Property
        /// One line per move.
        package let moves: [String]
    }

    /// What a search has found.
    package struct Result: Sendable {
        package let scenario: Scenario
        package let stateCount: Int
        package let transitionCount: Int
        package let depth: Int
        /// States of single participants.
        package let participantStateCount: Int
        /// Steps of the product's machine.
        package let stepCount: Int
        package let lineCounts: [PaperLine: Int]
        package let evidenceCount: Int
        /// States in which somebody has decided.
        package let decidedCount: Int
        package let violation: Violation?
        /// Whether every state was visited, not only as many as the limit allows.
        package let isComplete: Bool
    }

    let scenario: Scenario
    private let sought: [Property]
    private var table: ParticipantTable
    private let check: PropertyCheck
    private let interchangeable: [Int]
    private let bitCount: UInt64
    private var visited = StateSet()
    /// Every state in the order it was found, and the one it was found from.
    private(set) var states: [UInt64] = []
    private var origins: [UInt32] = []
    private var transitionCount = 0
    private var depth = 0
    private var decidedCount = 0

    /// - Parameters:
    ///   - isSingle: messages come one by one, states are told apart by all that was heard, and no
    ///     symmetry is used. For small bounds only: it shows that the reductions of the other way
    ///     lose nothing.
    ///   - sought: the properties that end a search when they break; all of them unless said
    ///     otherwise.
    ///   - usesSymmetry: whether states that differ in the names of values, or of places that
    ///     never propose, are one.
    ///   - comparesExamples: checks wherever two ways lead to one state that both go on alike.
    package init(
        _ scenario: Scenario, seeking sought: [Property] = Property.allCases,
        isSingle: Bool = false, usesSymmetry: Bool = true, comparesExamples: Bool = false
    ) throws {
        self.scenario = scenario
        self.sought = sought
        table = ParticipantTable(
            try Universe(scenario), isSingle: isSingle, renames: usesSymmetry && !isSingle,
            comparesExamples: comparesExamples)
        check = PropertyCheck(scenario)
        interchangeable = usesSymmetry && !isSingle ? scenario.interchangeable : []
        bitCount = UInt64(63 / scenario.honestCount)
    }

    /// Searches until every state is visited, one is found that breaks a property, or `limit`
    /// states are known.
    package mutating func run(limit: Int) throws -> Result {
        // A number that does not fit would make two states look the same.
        let fitting = UInt64(1) << bitCount
        var violation = visit(try table.begin(), from: 0)
        var head = 0
        var levelEnd = states.count
        while violation == nil, head < states.count, states.count < limit,
            UInt64(table.keys.count) + 1024 < fitting
        {
            violation = try expand(head)
            head += 1
            if head == levelEnd, head < states.count {
                depth += 1
                levelEnd = states.count
            }
        }
        return Result(
            scenario: scenario, stateCount: states.count, transitionCount: transitionCount,
            depth: depth, participantStateCount: table.keys.count, stepCount: table.stepCount,
            lineCounts: table.lineCounts, evidenceCount: table.evidenceCount,
            decidedCount: decidedCount, violation: violation,
            isComplete: violation == nil && head == states.count)
    }

    private mutating func expand(_ head: Int) throws -> Violation? {
        let joint = unpack(states[head])
        for place in scenario.honest {
            let following = try table.successors(of: joint, at: place)
            if let fault = table.fault, sought.contains(fault.property) {
                return Violation(
                    property: fault.property, moves: try moves(to: head) + [fault.text])
            }
            for successor in following {
                transitionCount += 1
                var next = joint
                next[place] = successor.number
                if let violation = visit(next, from: head) { return violation }
            }
        }
        return nil
    }

    /// Takes in a state and checks it if it is new.
    private mutating func visit(_ joint: JointState, from origin: Int) -> Violation? {
        guard visited.insert(canonical(joint)) else { return nil }
        states.append(pack(joint))
        origins.append(UInt32(origin))
        var sent = SIMD4<UInt64>()
        var decided = SIMD4<Int8>(repeating: -1)
        for place in scenario.honest {
            let facts = table.facts[Int(joint[place])]
            sent[place] = facts.sent
            decided[place] = facts.decided
        }
        if decided.max() >= 0 { decidedCount += 1 }
        guard let property = check.broken(sought, sent: sent, decided: decided) else { return nil }
        return Violation(property: property, moves: (try? moves(to: states.count - 1)) ?? [])
    }

    // MARK: States as words

    private func pack(_ joint: JointState) -> UInt64 {
        var word: UInt64 = 0
        for place in scenario.honest { word |= UInt64(joint[place]) << (UInt64(place) * bitCount) }
        return word
    }

    private func unpack(_ word: UInt64) -> JointState {
        var joint = JointState()
        for place in scenario.honest {
            joint[place] = UInt32(
                truncatingIfNeeded: word >> (UInt64(place) * bitCount) & (1 << bitCount - 1))
        }
        return joint
    }

    /// The word of a state's class: values renamed and like places exchanged so that it is least.
    private func canonical(_ joint: JointState) -> UInt64 {
        var least = packOrdered(joint)
        for renaming in 0..<table.renamingCount {
            var other = joint
            for place in scenario.honest { other[place] = table.renamed(joint[place], renaming) }
            least = min(least, packOrdered(other))
        }
        return least
    }

    private func packOrdered(_ joint: JointState) -> UInt64 {
        var ordered = joint
        for (index, first) in interchangeable.enumerated() {
            for second in interchangeable.dropFirst(index + 1)
            where ordered[second] < ordered[first] {
                (ordered[first], ordered[second]) = (ordered[second], ordered[first])
            }
        }
        return pack(ordered)
    }

    // MARK: How to get there

    private mutating func moves(to index: Int) throws -> [String] {
        var path = [index]
        while let first = path.first, first != 0 { path.insert(Int(origins[first]), at: 0) }
        var lines: [String] = []
        for (from, to) in zip(path, path.dropFirst()) {
            let (before, after) = (unpack(states[from]), unpack(states[to]))
            for place in scenario.honest where before[place] != after[place] {
                let move = try table.successors(of: before, at: place)
                    .first { $0.number == after[place] }?.move
                lines.append("place \(place): " + (move.map { table.universe.text($0) } ?? "?"))
            }
        }
        return lines
    }

    /// The states that were found, in the paper's variables alone: what two ways of searching have
    /// to agree on.
    var found: Set<[StateKey]> {
        Set(
            states.map { word in
                let joint = unpack(word)
                return scenario.honest.map { table.keys[Int(joint[$0])].withoutHeard }
            })
    }
}
