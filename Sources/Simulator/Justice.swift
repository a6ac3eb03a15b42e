import Cryptography
import Ledger

/// Who was convicted of contradicting itself, and what has to follow from that, kept from what
/// blocks say alone: an honest node never is; whoever is neither stands nor sits as soon as another
/// can sit there, and its deposits stay.
struct Justice {
    private let world: World
    /// Whom to convict is right.
    private let liars: Set<Identity>
    /// With the height of the block that says so first.
    private(set) var convicted: [(node: Identity, height: UInt64)] = []
    private var deposits: [(id: Digest, node: Identity)] = []
    private(set) var failure: String?

    init(_ world: World, liars: [Int]) {
        self.world = world
        self.liars = Set(liars.map { world.nodes[$0].identity })
    }

    func isConvicted(_ node: Identity) -> Bool { convicted.contains { $0.node == node } }

    mutating func enter(_ executed: ExecutedBlock) {
        let height = executed.block.header.height
        for (verified, result) in zip(executed.block.transactions, executed.results)
        where result.code == .ok {
            switch verified.transaction.body {
            case .evidence(let evidence):
                if !liars.contains(evidence.node) {
                    failure = "block \(height) convicts \(evidence.node), which is honest"
                }
                if !isConvicted(evidence.node) { convicted.append((evidence.node, height)) }
            case .depositPay(_, let node, _): deposits.append((verified.id, node))
            case .depositRefund(let id):
                if let deposit = deposits.first(where: { $0.id == id }),
                    isConvicted(deposit.node)
                {
                    failure = "block \(height) lets the deposit of \(deposit.node) go"
                }
            case .candidateAdd(let entries):
                for entry in entries where isConvicted(entry.node) {
                    failure = "block \(height) lets \(entry.node), which was convicted, stand"
                }
            case .candidateRemove, .voterEnroll, .vote, .data, .parametersUpdate, .transfer,
                .candidateRenew, .credentialRevoke, .auditorRotate, .auditorSetUpdate:
                break
            }
        }
    }

    /// - Parameter mayFollow: whether nothing else keeps a candidate from taking a seat.
    func fault(in state: LedgerState, mayFollow: (Identity) -> Bool) -> String? {
        let election = state.newestElection
        // An election that changes nothing leaves no room for a replacement in its block.
        let isSettled = election.height != state.tip.height || election.isReplacement
        for (node, height) in convicted where height < state.tip.height {
            guard state.offender(node) != nil else { return "the offence of \(node) is forgotten" }
            if state.candidate(node)?.state == .listed {
                return "\(node) was convicted at height \(height) and is on the list"
            }
            let next = election.representatives
            guard isSettled, next.contains(node) else { continue }
            let follower = state.candidates.first {
                $0.state == .listed && !next.contains($0.node) && !isConvicted($0.node)
                    && mayFollow($0.node)
            }
            if let follower {
                return "\(node) was convicted at height \(height) and keeps the seat that "
                    + "\(follower.node) could have"
            }
        }
        return nil
    }
}
