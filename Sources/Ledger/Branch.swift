internal import Cryptography
internal import Encoding

/// The state beside the state while one block is executed: reads fall through to the base, writes
/// stay here, and one transaction's writes can be taken back.
struct Branch {
    let base: LedgerState
    let height: UInt64
    let time: Instant
    private var overlay: [RecordKey: Record] = [:]
    /// Records of the base that several rules ask for, read once: the base looks each up by the
    /// hash of its key.
    private var loaded: [RecordKey: Record] = [:]
    /// The keys of `overlay`, in the order of their first write.
    private var touched: [RecordKey] = []
    /// Nodes that stand for the first time; their numbers follow the last one's.
    private var newCandidates: [Identity] = []
    /// What the running transaction overwrote, newest last; nil when the key was untouched.
    private var journal: [(key: RecordKey, before: Record?)] = []

    init(_ base: LedgerState, height: UInt64, time: Instant) {
        self.base = base
        self.height = height
        self.time = time
    }

    subscript(key: RecordKey) -> Record? { overlay[key] ?? before(key) }

    /// A record as it was before the block.
    func before(_ key: RecordKey) -> Record? { loaded[key] ?? base[key] }

    /// Reads a record that will be asked for more than once.
    mutating func load(_ key: RecordKey) {
        guard overlay[key] == nil, loaded[key] == nil else { return }
        loaded[key] = base[key]
    }

    mutating func write(_ key: RecordKey, _ record: Record) {
        let before = overlay.updateValue(record, forKey: key)
        if before == nil {
            touched.append(key)
            if let node = newCandidate(key) { newCandidates.append(node) }
        }
        journal.append((key, before))
    }

    /// Keeps what was written since the last `keep` or `takeBack`.
    mutating func keep() { journal.removeAll(keepingCapacity: true) }

    /// Undoes what was written since the last `keep` or `takeBack`.
    mutating func takeBack() {
        while let (key, before) = journal.popLast() {
            overlay[key] = before
            // A key's first write is its last to be undone, in reverse order of first writes.
            if before == nil {
                touched.removeLast()
                if newCandidate(key) != nil { newCandidates.removeLast() }
            }
        }
    }

    /// The node when `key` is a candidate that the base does not have.
    private func newCandidate(_ key: RecordKey) -> Identity? {
        guard case .candidate(let node) = key, base[key] == nil else { return nil }
        return node
    }

    /// The number for the next node that stands for the first time.
    var nextCandidateNumber: UInt64 { UInt64(base.candidateNodes.count + newCandidates.count) }

    /// Who has a candidate's number.
    func candidate(numbered number: UInt64) -> Candidate? {
        guard let index = Int(exactly: number) else { return nil }
        if index < base.candidateNodes.count { return candidate(base.candidateNodes[index]) }
        let late = index - base.candidateNodes.count
        return late < newCandidates.count ? candidate(newCandidates[late]) : nil
    }

    /// What the block wrote, in the order of the key bytes.
    func written() -> [WrittenRecord] {
        var written: [WrittenRecord] = []
        written.reserveCapacity(touched.count)
        for key in touched {
            if let record = overlay[key] {
                written.append(
                    WrittenRecord(
                        key: key, keyBytes: key.bytes, record: record, before: before(key)))
            }
        }
        return written.sorted { $0.keyBytes.lexicographicallyPrecedes($1.keyBytes) }
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
        candidate(numbered: choice.candidate)?.counts(choice) ?? false
    }
}

/// A record that a block wrote.
struct WrittenRecord: Sendable {
    let key: RecordKey
    let keyBytes: [UInt8]
    let record: Record
    /// As it was before the block.
    let before: Record?
}

extension Candidate {
    func counts(_ choice: Choice) -> Bool {
        state == .listed && generation == choice.generation
    }
}
