import Consensus
import Cryptography
import Ledger

/// Looks on at everything, knows nothing of how it came about, and says what promise was broken
/// first.
struct Checker {
    private struct Slot: Hashable {
        let place: Int
        let height: UInt64
        let round: UInt32
        let kind: UInt8
    }

    private struct Proposed: Hashable {
        let height: UInt64
        let round: UInt32
        let id: Digest
    }

    private struct Lock {
        let height: UInt64
        let round: UInt32
        let id: Digest
    }

    private let world: World
    /// As it should be: a mutant's network is of another.
    private let shape: Shape
    private let first: UInt64
    /// Ids and state roots by height, from the first simulated one.
    private var chain: [(id: Digest, root: Digest)] = []
    private var words: [Slot: [UInt8]] = [:]
    /// By place: the newest precommit for a block.
    private var locks: [Int: Lock] = [:]
    /// One above the highest proven round that a block was proposed with.
    private var proposals: [Proposed: UInt32] = [:]
    private var books: Books
    private var justice: Justice
    private var turns: Turns
    private(set) var failure: String?
    private(set) var elections = 0

    init(_ world: World, _ plan: Plan) {
        self.world = world
        first = world.state.tip.height
        books = Books(world)
        justice = Justice(world, liars: Array(plan.liars.keys))
        turns = Turns(world, plan)
        shape = plan.shape
    }

    var height: UInt64 { first + UInt64(chain.count) }
    var convictions: Int { justice.convicted.count }
    var replacements: Int { turns.replacedCount }

    mutating func fail(_ reason: String) { failure = failure ?? reason }

    func nextSequence(of sender: Identity) -> UInt64 { books.nextSequence(of: sender) }

    // MARK: Words

    /// An honest node is about to sign.
    mutating func noteSigned(_ message: UnsignedMessage, place: Int) {
        switch message.content {
        case .proposal(let proposal):
            note(
                Slot(place: place, height: proposal.height, round: proposal.round, kind: 1),
                message.bytes)
        case .vote(let vote):
            note(
                Slot(
                    place: place, height: vote.height, round: vote.round,
                    kind: vote.kind.rawValue), message.bytes)
            guard let id = vote.valueID else { return }
            switch vote.kind {
            case .prevote: checkLock(vote, id, place)
            case .precommit:
                locks[place] = Lock(height: vote.height, round: vote.round, id: id)
            }
        }
    }

    private mutating func note(_ slot: Slot, _ bytes: [UInt8]) {
        if let before = words[slot], before != bytes {
            fail(
                "node \(slot.place) signed two things of kind \(slot.kind) at height "
                    + "\(slot.height), round \(slot.round)")
        }
        words[slot] = bytes
    }

    /// Whoever precommitted a block prevotes another one only where a later quorum was for that.
    private mutating func checkLock(_ vote: Vote, _ id: Digest, _ place: Int) {
        guard let lock = locks[place], lock.height == vote.height, lock.round < vote.round,
            lock.id != id
        else { return }
        let key = Proposed(height: vote.height, round: vote.round, id: id)
        guard (proposals[key] ?? 0) <= lock.round else { return }
        fail(
            "node \(place) prevoted another block in round \(vote.round) of height "
                + "\(vote.height) than it had locked in round \(lock.round)")
    }

    /// Somebody proposed a block.
    mutating func noteProposed(_ proposal: Proposal) {
        let key = Proposed(
            height: proposal.height, round: proposal.round, id: proposal.value.id)
        let proven = proposal.validRound.map { $0 + 1 } ?? 0
        proposals[key] = max(proposals[key] ?? 0, proven)
    }

    // MARK: Blocks

    /// An honest node has a block on its disk.
    /// - Parameter before: its state before the block.
    mutating func noteCommitted(
        _ block: ExecutedBlock, _ certificate: CommitCertificate, by node: Node,
        before: LedgerState
    ) {
        let header = block.block.header
        do {
            try certificate.verify(
                set: try world.set(at: header.height, before), network: before.network,
                height: header.height, valueID: header.id, checking: world.signatures)
        } catch {
            fail("block \(header.height) of node \(node.place) has no quorum: \(error)")
        }
        let place = Int(header.height - first) - 1
        if place < chain.count {
            if chain[place].id != header.id {
                fail(
                    "two blocks of height \(header.height): \(chain[place].id.text.prefix(8)) and "
                        + "\(header.id.text.prefix(8)), which node \(node.place) committed")
            }
        } else if place == chain.count {
            chain.append((header.id, block.roots.state))
            checkWork(header)
            books.enter(block)
            justice.enter(block)
            let justice = justice
            turns.enter(block) { justice.isConvicted($0) }
            if let reason = justice.failure ?? turns.failure { fail(reason) }
            if block.election != nil { elections += 1 }
            // Proposals for heights that are over are asked for no more.
            if chain.count % 8 == 0 { forgetProposals(below: header.height - 2) }
        } else {
            fail("node \(node.place) committed height \(header.height) before anybody else did")
        }
    }

    /// The state of a node has taken a block over.
    mutating func noteState(_ state: LedgerState, of node: Node) {
        let place = Int(state.tip.height - first) - 1
        guard chain.indices.contains(place) else { return }
        if state.stateRoot != chain[place].root {
            fail("node \(node.place) has another root at height \(state.tip.height)")
        }
        guard place == chain.count - 1, node.number == node.place else { return }
        let (justice, turns) = (justice, turns)
        let reason =
            books.fault(in: state)
            ?? justice.fault(in: state, mayFollow: { !turns.silenced.contains($0) })
            ?? turns.fault(in: state, isConvicted: justice.isConvicted)
        if let reason { fail("height \(state.tip.height): \(reason)") }
    }

    private mutating func checkWork(_ header: BlockHeader) {
        let id = Digest.sha256(header.bytes)
        guard id == header.id, UInt64(id.prefix.leadingZeroBitCount) >= shape.workBits else {
            return fail("block \(header.height) has not the work that the network asks for")
        }
    }

    private mutating func forgetProposals(below height: UInt64) {
        proposals = proposals.filter { $0.key.height >= height }
    }
}
