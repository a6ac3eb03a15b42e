/// A regular expression in RE2 syntax, compiled to a non-deterministic automaton. Matching follows
/// all its states at once: its time is the product of the lengths of pattern and text, whatever
/// they are.
struct Pattern: Sendable {
    private enum Instruction: Sendable {
        /// Takes one code point of the set, then goes on with the next instruction.
        case one(Int32)
        case assertion(PatternAssertion)
        case jump(Int32)
        case split(Int32, Int32)
        case accept
    }

    private var instructions: [Instruction] = []
    private var sets: [ScalarSet] = []
    private var stepCount = 0
    /// The length of the pattern as written, in bytes.
    private let sourceByteCount: Int

    init(_ source: Text) throws(EvaluationError) {
        sourceByteCount = source.bytes.count
        try compile(try PatternParser.parse(source))
        try emit(.accept)
    }

    // MARK: Compiling

    private mutating func emit(_ instruction: Instruction) throws(EvaluationError) {
        instructions.append(instruction)
        try step()
    }

    /// Counts compiling work as well as instructions, as a repetition of nothing emits nothing.
    private mutating func step() throws(EvaluationError) {
        stepCount += 1
        guard stepCount <= 2 * Limits.patternInstructionCountMaximum else {
            throw EvaluationError(
                .limit,
                "the pattern, repetitions written out, exceeds "
                    + "\(Limits.patternInstructionCountMaximum) instructions")
        }
    }

    private var next: Int32 { Int32(instructions.count) }

    private mutating func compile(_ syntax: PatternSyntax) throws(EvaluationError) {
        try step()
        switch syntax {
        case .empty:
            break
        case .one(let set):
            sets.append(set)
            try emit(.one(Int32(sets.count - 1)))
        case .assertion(let assertion):
            try emit(.assertion(assertion))
        case .sequence(let parts):
            for part in parts { try compile(part) }
        case .alternatives(let branches):
            var jumps: [Int] = []
            for branch in branches.dropLast() {
                let split = instructions.count
                try emit(.split(next + 1, 0))
                try compile(branch)
                jumps.append(instructions.count)
                try emit(.jump(0))
                instructions[split] = .split(Int32(split) + 1, next)
            }
            if let last = branches.last { try compile(last) }
            for jump in jumps { instructions[jump] = .jump(next) }
        case .repetition(let part, let minimum, let maximum):
            for _ in 0..<minimum { try compile(part) }
            guard let maximum else {
                let split = instructions.count
                try emit(.split(next + 1, 0))
                try compile(part)
                try emit(.jump(Int32(split)))
                instructions[split] = .split(Int32(split) + 1, next)
                return
            }
            var splits: [Int] = []
            for _ in minimum..<maximum {
                splits.append(instructions.count)
                try emit(.split(next + 1, 0))
                try compile(part)
            }
            for split in splits { instructions[split] = .split(Int32(split) + 1, next) }
        }
    }

    // MARK: Matching

    /// What matching a text of so many bytes costs: ⌈(n+1)/10⌉·⌈m/4⌉ for n bytes of text and m of
    /// pattern; a pattern that its repetitions make much longer than it is written pays for what it
    /// is.
    func cost(_ byteCount: Bound) -> Bound {
        let isExpanded = instructions.count > 2 * sourceByteCount + 8
        let size = isExpanded ? instructions.count : sourceByteCount
        return (byteCount + 1).tenth * ((size + 3) / 4)
    }

    /// The most that matching a text with a pattern of so many bytes can cost, whatever it is.
    static func cost(text: Bound, source: Bound) -> Bound {
        (text + 1).tenth * max(source, Bound(Limits.patternInstructionCountMaximum))
    }

    /// What matching costs at least, whatever the pattern compiles to.
    static func leastCost(text: Text, source: Text) -> Int {
        (text.bytes.count + 10) / 10 * ((source.bytes.count + 3) / 4)
    }

    /// Whether the pattern matches anywhere in the text, paid for by `cost`.
    /// - Parameter paid: the part of the cost that was charged already.
    func matches(
        _ text: Text, _ meter: inout Meter, paid: Int = 0
    ) throws(EvaluationError) -> Bool {
        let cost = cost(Bound(text.bytes.count)).finite ?? Int.max
        try meter.charge(max(0, cost - paid))
        var current = States(count: instructions.count)
        var seeds: [Int32] = []
        var before: UInt32?
        var scalars = text.string.unicodeScalars.makeIterator()
        var after = scalars.next()?.value
        while true {
            if add(0, to: &current, before, after) { return true }
            for state in current.members {
                guard case .one(let set) = instructions[Int(state)], let scalar = after,
                    sets[Int(set)].contains(scalar)
                else { continue }
                seeds.append(state + 1)
            }
            guard let scalar = after else { return false }
            before = scalar
            after = scalars.next()?.value
            current.clear()
            for seed in seeds where add(seed, to: &current, before, after) {
                return true
            }
            seeds.removeAll(keepingCapacity: true)
        }
    }

    /// The states that are followed at one place of the text.
    private struct States {
        private(set) var members: [Int32] = []
        private var isMember: [Bool]

        init(count: Int) {
            isMember = Array(repeating: false, count: count)
        }

        /// Answers whether the state was new.
        mutating func insert(_ state: Int32) -> Bool {
            guard !isMember[Int(state)] else { return false }
            isMember[Int(state)] = true
            members.append(state)
            return true
        }

        mutating func clear() {
            for member in members { isMember[Int(member)] = false }
            members.removeAll(keepingCapacity: true)
        }
    }

    /// Adds a state and all it leads to without taking a code point. Answers whether the end is
    /// among them.
    private func add(
        _ state: Int32, to states: inout States, _ before: UInt32?, _ after: UInt32?
    ) -> Bool {
        var pending = [state]
        while let state = pending.popLast() {
            guard states.insert(state) else { continue }
            switch instructions[Int(state)] {
            case .one: break
            case .accept: return true
            case .jump(let target): pending.append(target)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .assertion(let assertion):
                if assertion.holds(before: before, after: after) { pending.append(state + 1) }
            }
        }
        return false
    }
}
