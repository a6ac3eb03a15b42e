internal import Credentials

/// The records a state holds in memory, while they are read in any order.
struct HeldRecords {
    private(set) var records: [RecordKey: Record] = [:]
    private var unsortedElections: [Election] = []
    private var unsortedCandidates: [Candidate] = []
    private var unsortedOffenders: [Identity] = []

    mutating func add(_ changes: [RecordChange]) throws(LedgerError) {
        for change in changes {
            let (key, record) = try LedgerState.reading {
                let key = try RecordKey(change.key)
                return (key, try Record(key, change.value))
            }
            guard records.updateValue(record, forKey: key) == nil else {
                throw LedgerError(.records, "a record is stored twice")
            }
            switch record {
            case .election(let election): unsortedElections.append(election)
            case .candidate(let candidate): unsortedCandidates.append(candidate)
            case .offender(let offender): unsortedOffenders.append(offender.node)
            case .tip, .settings, .parameters, .auditorSet, .account, .deposit, .tally, .owner,
                .credential, .auditorSetChange, .offence, .absences:
                break
            }
        }
    }

    /// What every state has once.
    func fixed() throws(LedgerError) -> (
        settings: Settings, parameters: Parameters, auditorSet: AuditorSet, tip: Tip
    ) {
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
        return (settings, parameters, auditorSet, tip)
    }

    /// By number, from genesis on.
    func elections() throws(LedgerError) -> [Election] {
        let elections = unsortedElections.sorted { $0.number < $1.number }
        for (position, election) in elections.enumerated()
        where election.number != UInt64(position) {
            throw LedgerError(.records, "the record of election \(position) is missing")
        }
        guard !elections.isEmpty else {
            throw LedgerError(.records, "the record of genesis as election 0 is missing")
        }
        return elections
    }

    /// By the bytes of their did.
    var offenders: [Identity] { unsortedOffenders.sorted() }

    /// By number, with their votes.
    func candidates() throws(LedgerError) -> [Candidate] {
        var candidates = unsortedCandidates.sorted { $0.number < $1.number }
        for index in candidates.indices {
            guard candidates[index].number == UInt64(index),
                case .tally(let tally) = records[.tally(UInt64(index))]
            else {
                throw LedgerError(.records, "candidate \(index) or its votes are missing")
            }
            (candidates[index].votes, candidates[index].tallyHeight) = (tally.votes, tally.height)
        }
        return candidates
    }
}
