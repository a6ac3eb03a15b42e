import Cryptography
import Ledger

/// An account of votes and money kept beside the ledger, from what blocks say alone, by rules
/// written a second time.
struct Books {
    private let world: World
    private var votes: [Identity: [Identity: Int64]] = [:]
    private var allowances: [Identity: Int64] = [:]
    private var sequences: [Identity: UInt64] = [:]
    /// Everybody with an account, in the order in which they got it.
    private var holders: [Identity] = []
    private var checkedHeight: UInt64 = 0

    init(_ world: World) {
        self.world = world
        for (place, voter) in world.voters.enumerated() {
            votes[voter.identity] = [world.nodes[place % world.nodes.count].identity: 3]
            allowances[voter.identity] = 10
            sequences[voter.identity] = 1
        }
        for node in world.nodes { sequences[node.identity] = 1 }
        let all = [world.registrar] + world.auditors.map(\.person) + world.voters + world.nodes
        holders = all.map(\.identity)
    }

    func nextSequence(of sender: Identity) -> UInt64 { sequences[sender] ?? 0 }

    /// Takes a block's transactions in, with the answers the block gives.
    mutating func enter(_ executed: ExecutedBlock) {
        for (verified, result) in zip(executed.block.transactions, executed.results) {
            let transaction = verified.transaction
            sequences[transaction.sender, default: 0] += 1
            guard result.code == .ok else { continue }
            switch transaction.body {
            case .vote(let changes):
                for change in changes {
                    votes[transaction.sender, default: [:]][change.candidate, default: 0] +=
                        change.votes
                }
            case .voterEnroll(let account, let allowance):
                allowances[account] = Int64(clamping: allowance)
                if !holders.contains(account) { holders.append(account) }
            case .transfer(let to, _):
                if !holders.contains(to) { holders.append(to) }
            case .candidateRemove(let node):
                for voter in holders { votes[voter]?[node] = nil }
            case .depositPay, .depositRefund, .candidateAdd, .data, .parametersUpdate,
                .candidateRenew, .credentialRevoke, .auditorRotate, .auditorSetUpdate, .evidence:
                break
            }
        }
        for node in executed.lapsed {
            for voter in holders { votes[voter]?[node] = nil }
        }
    }

    /// What the ledger says otherwise; each height is looked at once.
    mutating func fault(in state: LedgerState) -> String? {
        guard state.tip.height > checkedHeight else { return nil }
        checkedHeight = state.tip.height
        for candidate in state.candidates {
            let recount = holders.reduce(Int64(0)) { $0 + (votes[$1]?[candidate.node] ?? 0) }
            guard recount == Int64(clamping: candidate.votes) else {
                return "\(candidate.node) has \(candidate.votes) votes, \(recount) by recount"
            }
        }
        var money = UInt64(0)
        for holder in holders {
            guard let account = state.account(holder) else { return "\(holder) lost its account" }
            money += account.balance
            guard account.cast <= account.allowance else {
                return "\(holder) cast \(account.cast) of \(account.allowance) votes"
            }
            let cast = votes[holder]?.reduce(Int64(0)) { $0 + $1.value } ?? 0
            guard cast == Int64(clamping: account.cast),
                allowances[holder] ?? 0 == Int64(clamping: account.allowance)
            else { return "\(holder) cast \(account.cast) votes, \(cast) by recount" }
        }
        for node in world.nodes {
            for deposit in state.deposits(node: node.identity) where deposit.state == .held {
                money += deposit.amount
            }
        }
        return money == state.supply ? nil : "\(money) of \(state.supply) are there"
    }
}
