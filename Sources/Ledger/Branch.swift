internal import Cryptography
internal import Encoding

/// The state beside the state while one block is executed: reads fall through to the base, writes
/// stay here, and one transaction's writes can be taken back.
struct Branch {
    let base: LedgerState
    let height: UInt64
    let time: Instant
    private var overlay: [RecordKey: Record] = [:]
    /// The keys of `overlay`, in the order of their first write.
    private var touched: [RecordKey] = []
    /// What the running transaction overwrote, newest last; nil when the key was untouched.
    private var journal: [(key: RecordKey, before: Record?)] = []

    init(_ base: LedgerState, height: UInt64, time: Instant) {
        self.base = base
        self.height = height
        self.time = time
    }

    subscript(key: RecordKey) -> Record? { overlay[key] ?? base[key] }

    mutating func write(_ key: RecordKey, _ record: Record) {
        let before = overlay.updateValue(record, forKey: key)
        if before == nil { touched.append(key) }
        journal.append((key, before))
    }

    /// Keeps what was written since the last `keep` or `takeBack`.
    mutating func keep() { journal.removeAll(keepingCapacity: true) }

    /// Undoes what was written since the last `keep` or `takeBack`.
    mutating func takeBack() {
        while let (key, before) = journal.popLast() {
            overlay[key] = before
            // A key's first write is its last to be undone, in reverse order of first writes.
            if before == nil { touched.removeLast() }
        }
    }

    /// What the block changed, in the order of the key bytes.
    func changes() -> [(key: RecordKey, bytes: [UInt8], record: Record)] {
        var changes: [(key: RecordKey, bytes: [UInt8], record: Record)] = []
        changes.reserveCapacity(touched.count)
        for key in touched {
            if let record = overlay[key] { changes.append((key, key.bytes, record)) }
        }
        return changes.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    /// Candidates this block wrote, in the order of their first write.
    var touchedCandidates: [Identity] {
        touched.compactMap { key in
            if case .candidate(let node) = key { node } else { nil }
        }
    }
}

extension Branch {
    func account(_ identity: Identity) -> Account? {
        if case .account(let account) = self[.account(identity)] { account } else { nil }
    }

    mutating func write(_ identity: Identity, _ account: Account) {
        write(.account(identity), .account(account))
    }

    func candidate(_ node: Identity) -> Candidate? {
        if case .candidate(let candidate) = self[.candidate(node)] { candidate } else { nil }
    }

    mutating func write(_ candidate: Candidate) {
        write(.candidate(candidate.node), .candidate(candidate))
    }

    func deposit(_ id: Digest) -> Deposit? {
        if case .deposit(let deposit) = self[.deposit(id)] { deposit } else { nil }
    }

    mutating func write(_ deposit: Deposit) {
        write(.deposit(deposit.id), .deposit(deposit))
    }

    func owner(_ key: RecordKey) -> Identity? {
        if case .owner(let node) = self[key] { node } else { nil }
    }

    /// The listed candidates, by the bytes of their did.
    var listed: [Candidate] {
        var nodes = base.listed + touchedCandidates
        nodes.sort()
        var list: [Candidate] = []
        for node in nodes where list.last?.node != node {
            if let candidate = candidate(node), candidate.state == .listed {
                list.append(candidate)
            }
        }
        return list
    }

    /// Whether votes of this entry count: the candidate is listed in the generation they were
    /// cast in.
    func counts(_ choice: Choice) -> Bool {
        guard let candidate = candidate(choice.candidate) else { return false }
        return candidate.counts(choice)
    }
}

extension Candidate {
    func counts(_ choice: Choice) -> Bool {
        state == .listed && generation == choice.generation
    }
}
