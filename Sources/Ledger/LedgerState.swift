package import Credentials
package import Cryptography
internal import Encoding

/// The ledger after one block: accounts, deposits, candidates, elections and what decides them.
///
/// A deterministic state machine that knows no engine: `check` admits to a waiting room, `propose`
/// and `verify` execute a block beside the state, `commit` takes the executed block over. Equal
/// genesis and equal blocks give equal roots. A value type: hold one, and do not keep copies across
/// `commit`, which would make it copy what it holds.
///
/// Parameters, auditor set, candidates and elections are held in memory, and of all records the
/// digests of their buckets. Accounts, deposits and the owners of keys and applications are read
/// from a `RecordSource` when they are needed, and checked against those digests.
package struct LedgerState: Sendable, CustomStringConvertible {
    private var held: [RecordKey: Record] = [:]
    /// The tree's entries of held records, by bucket.
    private var heldEntriesByBucket: [Int: [RecordEntry]] = [:]
    private var storage: RecordStorage
    private var tree: RecordTree
    private var tallies = TallyTree()
    private(set) var settings: Settings
    package private(set) var parameters: Parameters
    package private(set) var auditorSet: AuditorSet
    package private(set) var tip: Tip
    /// By number, from 0: genesis.
    package private(set) var elections: [Election] = []
    /// By an election's number: the height from which on its members have decided without a break.
    private(set) var seatedSince: [UInt64] = []
    /// Every node that ever stood, by its number.
    private(set) var candidateNodes: [Identity] = []
    /// The listed candidates by the bytes of their did.
    private(set) var listed: [Identity] = []
    /// The ends of the listed candidates' credentials, earliest first.
    private(set) var expiries: [Expiry] = []
    /// The nodes with a proven offence, by the bytes of their did.
    private(set) var offenderNodes: [Identity] = []

    package var network: String { settings.network }
    /// SHA-256 of the genesis file.
    package var genesisDigest: Digest { settings.genesis }
    package var registrar: Identity { settings.registrar }
    /// Sum of all balances and held deposits, as genesis fixed it.
    package var supply: UInt64 { settings.supply }
    package var roots: StateRoots { StateRoots(records: tree.root, tallies: tallies.root) }
    /// The root that a block without transactions or elections would keep.
    package var stateRoot: Digest { roots.state }
    /// Why the stored records can not be read any more; then nothing this state says of them is
    /// to be believed.
    package var failure: String? { storage.failure }

    package var description: String { "\(network) after block \(tip.height), root \(stateRoot)" }

    /// The state of block 0, all in memory.
    package init(genesis: Genesis) throws(LedgerError) {
        try self.init(records: Self.records(of: genesis))
    }

    /// The state that all its records describe, in any order; they stay in memory.
    /// - Parameter root: the state root of the newest block's header, when there is a block: a
    ///   record that was damaged or lost makes another one.
    /// - Throws: `records` when one is unreadable, missing or there twice, or the root differs.
    package init(
        records: [RecordChange], root: Digest? = nil
    ) throws(LedgerError) {
        var held: [RecordChange] = []
        var stored: [Int: [RecordChange]] = [:]
        var deposits: [Identity: [Digest]] = [:]
        var names: [(name: Digest, change: RecordChange)] = []
        for change in records {
            let key = try Self.reading { try RecordKey(change.key) }
            guard !key.isHeld else {
                held.append(change)
                continue
            }
            let record = try Self.reading { try Record(key, change.value) }
            if case .deposit(let deposit) = record {
                deposits[deposit.node, default: []].append(deposit.id)
            }
            let name = Digest.sha256(change.key)
            stored[RecordEntry.bucket(of: name), default: []].append(change)
            names.append((name, change))
        }
        names.sort { $0.name < $1.name }
        guard zip(names, names.dropFirst()).allSatisfy({ $0.name != $1.name }) else {
            throw LedgerError(.records, "a record is stored twice")
        }
        var buckets: [Int: Bucket] = [:]
        var builder = TreeBuilder(held: held)
        var last = -1
        for index in names.map({ RecordEntry.bucket(of: $0.name) }) where index != last {
            let bucket = Bucket(stored[index] ?? [])
            buckets[index] = bucket
            builder.add(bucket, index)
            last = index
        }
        try self.init(
            held: held, storage: .memory(buckets, deposits: deposits), tree: builder.tree(),
            root: root)
    }

    /// The state of a store that keeps the many records itself.
    /// - Parameters:
    ///   - held: all records for which `RecordChange.isHeld`, in any order.
    ///   - tree: as `TreeBuilder` made it of them and of every bucket of the source.
    ///   - root: the state root of the newest block's header; nil at genesis.
    /// - Throws: `records` as above.
    package init(
        held: [RecordChange], source: any RecordSource, tree: BuiltTree, root: Digest?
    ) throws(LedgerError) {
        try self.init(held: held, storage: .source(source), tree: tree.tree, root: root)
    }

    private init(
        held stored: [RecordChange], storage: RecordStorage, tree: RecordTree, root: Digest?
    ) throws(LedgerError) {
        var read = HeldRecords()
        try read.add(stored)
        let fixed = try read.fixed()
        (settings, parameters) = (fixed.settings, fixed.parameters)
        (auditorSet, tip) = (fixed.auditorSet, fixed.tip)
        held = read.records
        heldEntriesByBucket = TreeBuilder.entries(ofHeld: stored)
        self.storage = storage
        self.tree = tree
        for election in try read.elections() { seat(election) }
        offenderNodes = read.offenders
        let candidates = try read.candidates()
        candidateNodes = candidates.map(\.node)
        for candidate in candidates { held[.candidate(candidate.node)] = .candidate(candidate) }
        tallies = TallyTree(candidates.map { TallyLeaf($0) })
        let standing = candidates.filter { $0.state == .listed }
        listed = standing.map(\.node).sorted()
        expiries = standing.map { Expiry(time: $0.validUntil, node: $0.node) }.sorted()
        guard root == nil || root == stateRoot else {
            throw LedgerError(
                .records,
                "the stored records do not have the root of block \(tip.height); a "
                    + "record is damaged or lost: restore the node's data from another node")
        }
    }

    /// The records of block 0, to be stored.
    package static func records(of genesis: Genesis) throws(LedgerError) -> [RecordChange] {
        let first = Election(
            number: 0, height: 0, time: nil, ranking: [], seats: [],
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

    static func reading<T>(_ body: () throws -> T) throws(LedgerError) -> T {
        do { return try body() } catch let error as LedgerError {
            throw LedgerError(.records, error.detail)
        } catch {
            throw LedgerError(.records, "a stored record cannot be read: \(error)")
        }
    }
}

// MARK: Reading

extension LedgerState {
    subscript(key: RecordKey) -> Record? {
        key.isHeld ? held[key] : read(key, at: RecordAddress(key))
    }

    /// A record that is not held in memory.
    func read(_ key: RecordKey, at address: RecordAddress) -> Record? {
        let name = address.name
        guard let value = bucket(RecordEntry.bucket(of: name)).value(name) else { return nil }
        do { return try Record(key, value) } catch {
            storage.fail("a record that has the right digest cannot be read: \(error)")
            return nil
        }
    }

    /// The stored records of a bucket.
    func bucket(_ index: Int) -> Bucket {
        let leaf = tree.leaf(index)
        guard leaf != RecordTree.emptyLeaf else { return .empty }
        return storage.bucket(index) { bucket in
            let entries = RecordEntry.merge(heldEntries(index), bucket.entries)
            return MerkleTree.leafHash(RecordEntry.bytes(entries)) == leaf
        }
    }

    func heldEntries(_ bucket: Int) -> [RecordEntry] { heldEntriesByBucket[bucket] ?? [] }

    /// The ids of the deposits paid for a node, in no certain order.
    func depositIDs(of node: Identity) -> [Digest] { storage.deposits(of: node) }

    func recordsPath(_ bucket: Int) -> [Digest] { tree.path(bucket) }

    func recordsPath(_ bucket: Int, after update: RecordTree.Update) -> [Digest] {
        tree.path(bucket, after: update)
    }

    /// The nodes of the tally tree that a store keeps, as after the tip.
    package var tallyNodes: [TallyNode] { tallies.stored }

    func talliesPath(_ number: Int) -> [Digest] { tallies.path(number) }

    func recordsUpdate(_ leaves: [(bucket: Int, digest: Digest)]) -> RecordTree.Update {
        tree.update(leaves)
    }

    func talliesUpdate(_ leaves: [(number: Int, leaf: TallyLeaf)]) -> TallyTree.Update {
        tallies.update(leaves)
    }

    /// The digests of a page's buckets, to be stored so that a start need not read every record;
    /// an empty list when it has no records.
    package func leaves(ofPage page: Int) -> [Digest] { Array(tree.leaves(ofPage: page)) }
}

/// When a listed candidate lapses.
struct Expiry: Comparable {
    let time: Instant
    let node: Identity

    static func < (left: Expiry, right: Expiry) -> Bool {
        (left.time, left.node) < (right.time, right.node)
    }
}

// MARK: Committing

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
        candidateNodes += newCandidates(executed)
        for written in executed.records where written.key.isHeld {
            unindex(written.key)
            index(written.record)
            held[written.key] = written.record
        }
        for (bucket, entries) in executed.update.held { heldEntriesByBucket[bucket] = entries }
        storage.apply(executed.buckets, deposits: executed.deposits)
        tree.apply(executed.update.records)
        tallies.apply(executed.update.tallies)
    }

    /// Who stands for the first time, by number: records are in the order of their keys.
    private func newCandidates(_ executed: ExecutedBlock) -> [Identity] {
        executed.records.compactMap { written -> Candidate? in
            guard case .candidate(let candidate) = written.record,
                candidate.number >= UInt64(candidateNodes.count)
            else { return nil }
            return candidate
        }.sorted { $0.number < $1.number }.map(\.node)
    }

    /// Takes the old record's place in the ordered indexes away.
    private mutating func unindex(_ key: RecordKey) {
        if case .offender(let node) = key {
            offenderNodes.removeOrdered(node)
            return
        }
        guard case .candidate(let node) = key,
            case .candidate(let old) = held[key], old.state == .listed
        else { return }
        listed.removeOrdered(node)
        expiries.removeOrdered(Expiry(time: old.validUntil, node: node))
    }

    private mutating func index(_ record: Record) {
        switch record {
        case .tip(let value): tip = value
        case .settings(let value): settings = value
        case .parameters(let value): parameters = value
        case .auditorSet(let value): auditorSet = value
        case .account, .deposit, .owner, .tally, .credential, .auditorSetChange, .offence,
            .absences:
            break
        case .offender(let offender): offenderNodes.insertOrdered(offender.node)
        case .candidate(let candidate):
            guard candidate.state == .listed else { return }
            listed.insertOrdered(candidate.node)
            expiries.insertOrdered(
                Expiry(time: candidate.validUntil, node: candidate.node))
        case .election(let election): seat(election)
        }
    }

    private mutating func seat(_ election: Election) {
        var since = election.actsFrom
        // By digest: where a member is to be reached does not matter to who signs.
        if let last = elections.last, let begun = seatedSince.last,
            last.representatives.digest == election.representatives.digest
        {
            since = begun
        }
        elections.append(election)
        seatedSince.append(since)
    }
}
