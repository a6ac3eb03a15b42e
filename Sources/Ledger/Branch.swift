internal import Cryptography
internal import Encoding

/// The state beside the state while one block is executed: reads fall through to the base, writes
/// stay here, and one transaction's writes can be taken back.
struct Branch {
    /// What is known here of a record.
    private struct Entry {
        let key: RecordKey
        /// Where the base keeps it; nil when the base holds it in memory.
        let address: RecordAddress?
        /// As it was before the block.
        let before: Record?
        /// As the block wrote it; nil while it has not.
        var written: Record?
    }

    let base: LedgerState
    let height: UInt64
    let time: Instant
    /// What was loaded or written, each once: a base looks most records up by the hash of their
    /// key, and several rules ask for the same.
    private var entries: [Entry] = []
    private var places: [RecordKey: Int] = [:]
    /// The places of what was written, in the order of the first writes.
    private var touched: [Int] = []
    /// Nodes that stand for the first time; their numbers follow the last one's.
    private var newCandidates: [Identity] = []
    /// What the running transaction overwrote, newest last; nil when the record was untouched.
    private var journal: [(place: Int, before: Record?)] = []

    init(_ base: LedgerState, height: UInt64, time: Instant) {
        self.base = base
        self.height = height
        self.time = time
    }

    /// Makes room for the records that a block of so many transactions is likely to touch.
    mutating func reserve(transactions count: Int) {
        entries.reserveCapacity(count)
        places.reserveCapacity(count)
        touched.reserveCapacity(count)
    }

    subscript(key: RecordKey) -> Record? {
        guard let place = places[key] else { return base[key] }
        return entries[place].written ?? entries[place].before
    }

    /// Reads the account of a sender, which will be asked for more than once.
    mutating func load(senderOf transaction: Transaction) {
        _ = place(of: .account(transaction.sender), at: transaction.account)
    }

    /// - Parameter known: the record's address, where it was worked out before.
    private mutating func place(of key: RecordKey, at known: RecordAddress? = nil) -> Int {
        if let place = places[key] { return place }
        let place = entries.count
        places[key] = place
        let address = key.isHeld ? nil : known ?? RecordAddress(key)
        let before = if let address { base.read(key, at: address) } else { base[key] }
        entries.append(Entry(key: key, address: address, before: before))
        return place
    }

    mutating func write(_ key: RecordKey, _ record: Record) {
        let place = place(of: key)
        let before = entries[place].written
        entries[place].written = record
        if before == nil {
            touched.append(place)
            if let node = newCandidate(place) { newCandidates.append(node) }
        }
        journal.append((place, before))
    }

    /// Keeps what was written since the last `keep` or `takeBack`.
    mutating func keep() { journal.removeAll(keepingCapacity: true) }

    /// Undoes what was written since the last `keep` or `takeBack`.
    mutating func takeBack() {
        while let (place, before) = journal.popLast() {
            entries[place].written = before
            // A record's first write is its last to be undone, in reverse order of first writes.
            if before == nil {
                touched.removeLast()
                if newCandidate(place) != nil { newCandidates.removeLast() }
            }
        }
    }

    /// The node when the record is a candidate that the base does not have.
    private func newCandidate(_ place: Int) -> Identity? {
        guard case .candidate(let node) = entries[place].key, entries[place].before == nil else {
            return nil
        }
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
        // The places are sorted, being smaller than the records.
        touched.map { (place: $0, address: entries[$0].address ?? RecordAddress(entries[$0].key)) }
            .sorted { $0.address.key.lexicographicallyPrecedes($1.address.key) }
            .compactMap { place, address in
                let entry = entries[place]
                return entry.written.map {
                    WrittenRecord(
                        key: entry.key, address: address, record: $0, before: entry.before)
                }
            }
    }

    /// Candidates this block wrote, in the order of their first write.
    var touchedCandidates: [Identity] {
        touched.compactMap { place in
            if case .candidate(let node) = entries[place].key { node } else { nil }
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

    /// The account of a transaction's sender.
    func account(senderOf transaction: Transaction) -> Account? {
        let key = RecordKey.account(transaction.sender)
        let record =
            places[key].map { entries[$0].written ?? entries[$0].before }
            ?? base.read(key, at: transaction.account)
        if case .account(let account) = record { return account }
        return nil
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
    let address: RecordAddress
    let record: Record
    /// As it was before the block.
    let before: Record?

    var change: RecordChange { RecordChange(key: address.key, value: record.bytes) }
}

extension Candidate {
    func counts(_ choice: Choice) -> Bool {
        state == .listed && generation == choice.generation
    }
}
