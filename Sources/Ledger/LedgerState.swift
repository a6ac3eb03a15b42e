package import Credentials
package import Cryptography
internal import Encoding

/// The ledger after one block: accounts, deposits, candidates, elections and what decides them.
///
/// A deterministic state machine that knows no engine: `check` admits to a waiting room, `propose`
/// and `verify` execute a block beside the state, `commit` takes the executed block over. Equal
/// genesis and equal blocks give equal roots. A value type: hold one, and do not keep copies across
/// `commit`, which would make it copy every record.
package struct LedgerState: Sendable, CustomStringConvertible {
    private var records: [RecordKey: Record]
    private var tree: RecordTree
    private(set) var settings: Settings
    package private(set) var parameters: Parameters
    package private(set) var auditorSet: AuditorSet
    package private(set) var tip: Tip
    /// By number, from 0: genesis.
    package private(set) var elections: [Election]
    /// The listed candidates by the bytes of their did.
    private(set) var listed: [Identity]
    /// The ends of the listed candidates' credentials, earliest first.
    private(set) var expiries: [Expiry]
    /// The ids of all deposits paid for a node, in no certain order.
    private var depositsByNode: [Identity: [Digest]]

    package var network: String { settings.network }
    /// SHA-256 of the genesis file.
    package var genesisDigest: Digest { settings.genesis }
    package var registrar: Identity { settings.registrar }
    /// Sum of all balances and held deposits, as genesis fixed it.
    package var supply: UInt64 { settings.supply }
    /// The root that a block without transactions or elections would keep.
    package var stateRoot: Digest { tree.root }

    package var description: String { "\(network) after block \(tip.height), root \(stateRoot)" }

    /// The state of block 0.
    package init(genesis: Genesis) throws(LedgerError) {
        try self.init(records: Self.records(of: genesis))
    }

    /// The state that stored records describe, in any order, all of them; the tree is built anew.
    /// - Parameter root: the state root of the newest block's header, when there is a block: a
    ///   record that was damaged or lost makes another one.
    /// - Throws: `records` when one is unreadable, missing or there twice, or the root differs.
    package init(
        records stored: [RecordChange], root: Digest? = nil
    ) throws(LedgerError) {
        var records: [RecordKey: Record] = [:]
        records.reserveCapacity(stored.count)
        var order: [(RecordKey, Record)] = []
        order.reserveCapacity(stored.count)
        do {
            for change in stored {
                let key = try RecordKey(change.key)
                let record = try Record(key, change.value)
                guard records.updateValue(record, forKey: key) == nil else {
                    throw LedgerError(.records, "a record is stored twice")
                }
                order.append((key, record))
            }
        } catch let error as LedgerError {
            throw LedgerError(.records, error.detail)
        } catch {
            throw LedgerError(.records, "a stored record cannot be read: \(error)")
        }
        guard case .settings(let settings) = records[.settings],
            case .parameters(let parameters) = records[.parameters],
            case .auditorSet(let auditorSet) = records[.auditorSet],
            case .tip(let tip) = records[.tip]
        else {
            throw LedgerError(
                .records,
                "settings, parameters, auditor set or tip are missing; restore the "
                    + "node's data from another node")
        }
        self.records = [:]
        (self.settings, self.parameters) = (settings, parameters)
        (self.auditorSet, self.tip) = (auditorSet, tip)
        (elections, listed, expiries, depositsByNode) = ([], [], [], [:])
        tree = RecordTree()
        tree.apply(tree.update(stored.filter { !Self.isOutsideTree($0) }))
        for (key, record) in order { index(key, record) }
        self.records = records
        try sortIndexes()
        guard root == nil || root == tree.root else {
            throw LedgerError(
                .records,
                "the stored records do not have the root of block \(tip.height); a "
                    + "record is damaged or lost: restore the node's data from another node")
        }
    }

    /// The records of block 0, to be stored.
    package static func records(of genesis: Genesis) throws(LedgerError) -> [RecordChange] {
        let first = Election(
            number: 0, height: 0, ranking: [], seats: [],
            representatives: genesis.representatives,
            note: "seated by genesis until an election replaces them")
        let tip = Tip(height: 0, block: genesis.digest, time: genesis.time)
        var list: [(RecordKey, Record)] = [
            (.tip, .tip(tip)), (.settings, .settings(Settings(genesis))),
            (.parameters, .parameters(genesis.parameters)),
            (.auditorSet, .auditorSet(genesis.auditorSet)), (.election(0), .election(first)),
        ]
        for member in genesis.representatives.list {
            list.append((.consensusKey(member.consensusKey), .owner(member.node)))
        }
        for holder in genesis.holders {
            let account = Account(balance: holder.balance, allowance: holder.allowance)
            list.append((.account(holder.account), .account(account)))
        }
        return list.map { RecordChange(key: $0.bytes, value: $1.bytes) }
    }

    subscript(key: RecordKey) -> Record? { records[key] }

    /// The ids of the deposits paid for a node, in no certain order.
    func depositIDs(of node: Identity) -> [Digest] { depositsByNode[node] ?? [] }

    /// The tree's change and root for a block's changes.
    func treeUpdate(_ changes: [RecordChange]) -> RecordTree.Update {
        tree.update(changes.filter { !Self.isOutsideTree($0) })
    }

    private static func isOutsideTree(_ change: RecordChange) -> Bool {
        change.key == RecordKey.tip.bytes
    }
}

/// When a listed candidate lapses.
struct Expiry: Comparable {
    let time: Instant
    let node: Identity

    static func < (left: Expiry, right: Expiry) -> Bool {
        (left.time, left.node) < (right.time, right.node)
    }
}

extension LedgerState {
    /// Takes an executed block over. The caller has stored `executed.changes` or will in the same
    /// step; a state is rebuilt from the stored records after a crash.
    /// - Throws: `block` when the block does not follow this state.
    package mutating func commit(_ executed: ExecutedBlock) throws(LedgerError) {
        let header = executed.block.header
        guard header.previous == tip.block, header.height == tip.height + 1 else {
            throw LedgerError(
                .block, "block \(header.height) does not follow block \(tip.height) of this state")
        }
        for (key, record) in executed.records {
            unindex(key)
            index(key, record)
            records[key] = record
        }
        tree.apply(executed.treeUpdate)
    }

    /// Takes the old record's place in the ordered indexes away.
    private mutating func unindex(_ key: RecordKey) {
        guard case .candidate(let node) = key,
            case .candidate(let old) = records[key], old.state == .listed
        else { return }
        listed.removeOrdered(node)
        expiries.removeOrdered(Expiry(time: old.validUntil, node: node))
    }

    private mutating func index(_ key: RecordKey, _ record: Record) {
        switch record {
        case .tip(let value): tip = value
        case .settings(let value): settings = value
        case .parameters(let value): parameters = value
        case .auditorSet(let value): auditorSet = value
        case .account, .owner: break
        case .candidate(let candidate):
            guard candidate.state == .listed else { return }
            listed.insertOrdered(candidate.node)
            expiries.insertOrdered(
                Expiry(time: candidate.validUntil, node: candidate.node))
        case .deposit(let deposit):
            if records[key] == nil { depositsByNode[deposit.node, default: []].append(deposit.id) }
        case .election(let election): elections.append(election)
        }
    }

    /// Brings into order what was indexed from records in any order.
    private mutating func sortIndexes() throws(LedgerError) {
        elections.sort { $0.number < $1.number }
        for (position, election) in elections.enumerated()
        where election.number != UInt64(position) {
            throw LedgerError(.records, "the record of election \(position) is missing")
        }
        guard !elections.isEmpty else {
            throw LedgerError(.records, "the record of genesis as election 0 is missing")
        }
    }
}

extension Array where Element: Comparable {
    /// The first index whose element is not below `element`, in a sorted array.
    private func lowerBound(_ element: Element) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    fileprivate mutating func insertOrdered(_ element: Element) {
        insert(element, at: lowerBound(element))
    }

    fileprivate mutating func removeOrdered(_ element: Element) {
        let index = lowerBound(element)
        if index < count, self[index] == element { remove(at: index) }
    }
}
