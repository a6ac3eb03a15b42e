import Cryptography

/// The values whose bytes are at hand, with what the host said of them.
struct CandidateValues: Sendable {
    private struct Entry: Sendable {
        let value: ProposedValue
        var verdict: Verdict?
    }

    private struct Refused: Sendable, Equatable {
        let id: Digest
        let content: Digest
    }

    private var entries: [Entry] = []
    private var refused: [Refused] = []

    /// Adds a value. True if nobody has been asked about it yet.
    mutating func add(_ value: ProposedValue) -> Bool {
        guard !isKnown(value) else { return false }
        entries.append(Entry(value: value, verdict: nil))
        return true
    }

    /// Adds a value that needs no judgement: this node built it, or accepted it before a restart.
    mutating func add(accepted value: ProposedValue) {
        _ = add(value)
        judge(value, .valid)
    }

    /// Takes the host's word. A refused value's bytes are let go of.
    mutating func judge(_ value: ProposedValue, _ verdict: Verdict) {
        guard let index = entries.firstIndex(where: { $0.value == value }) else { return }
        switch verdict {
        case .valid, .notFresh:
            entries[index].verdict = verdict
        case .invalid:
            entries.remove(at: index)
            refused.append(Refused(id: value.id, content: value.content))
            if refused.count > Limits.refusedValueCountMaximum { refused.removeFirst() }
        }
    }

    /// What the host said; nil while it has not.
    func verdict(of value: ProposedValue) -> Verdict? {
        if refused.contains(Refused(id: value.id, content: value.content)) { return .invalid }
        return entries.first { $0.value == value }?.verdict
    }

    /// A value that may be locked and decided: valid(v) of the paper.
    func accepted(_ id: Digest) -> ProposedValue? {
        entries.first { $0.value.id == id && $0.verdict != nil }?.value
    }

    /// Every value that may be locked and decided, in the order they came.
    var acceptedIDs: [Digest] { entries.filter { $0.verdict != nil }.map(\.value.id) }

    /// Whether a value of this name still waits for its verdict.
    func isPending(_ id: Digest) -> Bool {
        entries.contains { $0.value.id == id && $0.verdict == nil }
    }

    /// Forgets every value that is not wanted any more.
    mutating func keep(_ isWanted: (ProposedValue) -> Bool) {
        entries.removeAll { !isWanted($0.value) }
    }

    private func isKnown(_ value: ProposedValue) -> Bool {
        refused.contains(Refused(id: value.id, content: value.content))
            || entries.contains { $0.value == value }
    }
}
