/// How a malicious representative lies. It signs with its own key, and with nobody else's.
enum Lie: UInt8, CaseIterable {
    /// Votes and proposes differently to different others.
    case equivocate
    /// Says some things to some only.
    case withhold
    /// Forgets its lock, and proposes without the proof that belongs to a value.
    case lieAboutLock
    /// Says a hundred senseless things at once.
    case flood
    /// Proposes blocks with a wrong state root.
    case wrongRoot
    /// Says again what it said long ago.
    case repeatOldWords
    /// Charges others with what they did not do.
    case accuse
    /// Lets its turns to propose pass.
    case proposeNothing
    /// Runs two processes with one key, each honest by itself.
    case twoProcesses
}

/// What goes wrong in one run, drawn from its seed: as much as the network has to stand, and not
/// more.
struct Plan {
    var shape: Shape
    /// Places of malicious nodes and how they lie.
    var liars: [Int: [Lie]] = [:]
    /// The one node of which nothing comes, where everything else is well.
    var silent: Int?
    /// Virtual milliseconds after which nothing goes wrong any more but what liars do.
    var faultsEnd: Int64
    // Of a thousand messages.
    var loss: Int64 = 0
    var repeats: Int64 = 0
    var delayMaximum: Int64 = 20
    /// Of a thousand writes.
    var crashAtSync: Int64 = 0
    var cuts: [Cut] = []
    var crashes: [(node: Int, at: Int64, pause: Int64)] = []
    var fullDisks: [(node: Int, at: Int64)] = []
    /// Whose log loses a part of itself when the node crashes.
    var spoiledLogs: Set<Int> = []
    /// By node: when its record of signatures is copied, to be put back after a crash.
    var backUps: [(node: Int, at: Int64)] = []
    /// How many blocks each node keeps; nil is all.
    var keptBlocks: UInt64?
    var lostChains: [(node: Int, at: Int64, pause: Int64)] = []
    /// By node: milliseconds its wall clock is ahead, and how fast its timers run, in thousandths.
    var skew: [Int64]
    var pace: [Int64]
    /// By node: the longest a sync takes, in milliseconds.
    var syncMaximum: [Int64]
    /// Virtual milliseconds between two transactions.
    var workInterval: Int64

    /// A time in which messages do not go from some to others.
    struct Cut {
        let from: Int64
        let until: Int64
        /// Directed pairs.
        let pairs: [(Int, Int)]
    }

    /// The two processes of a liar, and the first two nodes, are on two sides that never hear of
    /// each other.
    var isSplit = false

    init(shape: Shape, faultsEnd: Int64) {
        self.shape = shape
        self.faultsEnd = faultsEnd
        skew = Array(repeating: 0, count: shape.nodes)
        pace = Array(repeating: 1000, count: shape.nodes)
        syncMaximum = Array(repeating: 2, count: shape.nodes)
        workInterval = 60
    }
}

extension Plan {
    /// - Parameter seats: how many representatives; drawn as well when nil.
    static func draw(seats: Int?, _ random: inout SeededGenerator) -> Plan {
        let seats = seats ?? random.pick([4, 4, 4, 4, 5, 7]) ?? 4
        var shape = Shape(
            seats: seats, nodes: seats + random.index(below: 3), needsAll: random.chance(100),
            electionInterval: random.pick([2, 3, 5]) ?? 3)
        // Few kinds of networks, because each takes a while to make.
        if shape.electionInterval == 3, random.chance(500) {
            shape.workBits = 1 + UInt64(seats * 3 + shape.nodes) % 6
        }
        let replacesSilent = shape.electionInterval == 5 && random.chance(500)
        if replacesSilent { shape.silenceBlocks = 5 }
        var plan = Plan(shape: shape, faultsEnd: random.number(1000...4000))
        plan.loss = random.pick([0, 0, 20, 100, 300]) ?? 0
        plan.repeats = random.pick([0, 0, 50, 200]) ?? 0
        plan.delayMaximum = random.pick([5, 20, 60, 200]) ?? 20
        plan.workInterval = random.pick([30, 80, 200]) ?? 80
        if replacesSilent, !shape.needsAll, random.chance(400) {
            plan.drawSilence(&random)
            return plan
        }
        plan.drawLiars(&random)
        plan.drawCuts(&random)
        plan.drawNodes(&random)
        return plan
    }

    /// Who lost what it knew is silent for a while, or for good: no more of them, and of liars,
    /// than may be silent.
    private mutating func drawDamage(_ random: inout SeededGenerator) {
        for _ in 0..<max(shape.silentTolerance - liars.count, 0) where random.chance(500) {
            let place = random.index(below: shape.nodes)
            guard liars[place] == nil else { continue }
            if random.chance(700) {
                spoiledLogs.insert(place)
            } else {
                backUps.append((place, random.number(200...faultsEnd)))
            }
            crashes.append((place, random.number(500...faultsEnd), random.number(10...600)))
        }
    }

    /// Nodes that keep few blocks, and one that loses its chain.
    /// - Parameter random: another than that of the rest, so that runs without this stay as they
    ///   are.
    mutating func drawPruning(_ random: inout SeededGenerator) {
        guard silent == nil, backUps.isEmpty, random.chance(150) else { return }
        keptBlocks = UInt64(random.number(1...5))
        // It signs nothing at the height at which it lost what it had heard.
        let damaged = liars.count + spoiledLogs.count + backUps.count
        let place = random.index(below: shape.nodes)
        guard damaged < shape.silentTolerance, liars[place] == nil else { return }
        lostChains.append((place, random.number(500...faultsEnd), random.number(100...1500)))
    }

    /// Nothing is wrong but that one representative makes no blocks, because it is down or because
    /// it likes it so: whoever else lost its seat for silence would lose it for nothing.
    private mutating func drawSilence(_ random: inout SeededGenerator) {
        let place = random.index(below: shape.seats)
        silent = place
        loss = 0
        delayMaximum = 5
        faultsEnd = 1500 + 700 * Int64(shape.seats)
        if random.chance(500) {
            liars[place] = [.proposeNothing]
        } else {
            crashes.append((place, random.number(0...300), faultsEnd))
        }
    }

    private mutating func drawLiars(_ random: inout SeededGenerator) {
        guard !shape.needsAll, random.chance(500) else { return }
        let most = min(shape.maliciousTolerance, shape.silentTolerance)
        for _ in 0..<Int(random.number(1...Int64(max(most, 1)))) where most > 0 {
            let place = random.index(below: shape.nodes)
            if random.chance(250) {
                liars[place] = [.twoProcesses]
                continue
            }
            var lies: [Lie] = []
            for lie in Lie.allCases where lie != .twoProcesses && random.chance(350) {
                lies.append(lie)
            }
            liars[place] = lies.isEmpty ? [.equivocate] : lies
        }
    }

    private mutating func drawCuts(_ random: inout SeededGenerator) {
        let count = shape.nodes
        for _ in 0..<random.index(below: 3) {
            let from = random.number(0...faultsEnd)
            let until = min(from + random.number(200...2000), faultsEnd)
            var pairs: [(Int, Int)] = []
            func cut(_ left: Int, _ right: Int) { if left != right { pairs.append((left, right)) } }
            switch random.index(below: 5) {
            case 0:  // Halves.
                let side = (0..<count).map { _ in random.chance(500) }
                for left in 0..<count {
                    for right in 0..<count where side[left] != side[right] { cut(left, right) }
                }
            case 1:  // A ring: each hears its two neighbours only.
                for left in 0..<count {
                    for right in 0..<count
                    where (left + 1) % count != right
                        && (right + 1) % count != left
                    {
                        cut(left, right)
                    }
                }
            case 2:  // One alone.
                let lone = random.index(below: count)
                for other in 0..<count {
                    cut(lone, other)
                    cut(other, lone)
                }
            case 3:  // One hears, but is not heard, or the other way round.
                let lone = random.index(below: count)
                let isHeard = random.chance(500)
                for other in 0..<count { isHeard ? cut(other, lone) : cut(lone, other) }
            default:
                drawSwizzle(from: from, until: until, &random)
                continue
            }
            cuts.append(Cut(from: from, until: until, pairs: pairs))
        }
    }

    /// Links stop one after the other and come back in another order.
    private mutating func drawSwizzle(
        from: Int64, until: Int64, _ random: inout SeededGenerator
    ) {
        guard until > from else { return }
        for left in 0..<shape.nodes {
            for right in 0..<shape.nodes where left != right && random.chance(400) {
                let begin = random.number(from...until)
                let end = random.number(begin...until)
                cuts.append(Cut(from: begin, until: end, pairs: [(left, right)]))
            }
        }
    }

    private mutating func drawNodes(_ random: inout SeededGenerator) {
        crashAtSync = random.pick([0, 0, 10, 40]) ?? 0
        let crashing: Int64 = random.pick([0, 200, 600]) ?? 0
        for node in 0..<shape.nodes {
            if random.chance(crashing) {
                let at = random.number(0...faultsEnd)
                crashes.append((node, at, random.number(10...1500)))
            }
            if random.chance(60) { fullDisks.append((node, random.number(0...faultsEnd))) }
            if random.chance(300) { skew[node] = random.number(-900...900) }
            let lost = skew.count { abs($0) > 1000 } + liars.count
            if random.chance(40), lost < shape.maliciousTolerance {
                skew[node] = random.number(-3_600_000...3_600_000)
            }
            if random.chance(300) { pace[node] = random.number(900...1100) }
            if random.chance(150) { syncMaximum[node] = random.number(10...300) }
        }
        drawDamage(&random)
    }
}

extension Plan {
    /// Two of four keys are shared by pairs of processes on both sides of a cut that never heals:
    /// more than the network stands, so that it has to come apart, and the checker has to say so.
    static var sharedKeys: Plan {
        let shape = Shape(seats: 4, nodes: 4, needsAll: false, electionInterval: 5)
        var plan = Plan(shape: shape, faultsEnd: 5000)
        plan.liars = [2: [.twoProcesses], 3: [.twoProcesses]]
        plan.isSplit = true
        return plan
    }
}
