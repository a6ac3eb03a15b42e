import Credentials
import Encoding

/// What must hold of an auditor wherever it was ended and however often.
struct CrashOracle {
    /// How the story goes when nothing ends.
    let undisturbed: CrashHistory

    /// Everything that is wrong; empty when nothing is.
    func faults(in history: CrashHistory) -> [String] {
        var faults: [String] = []
        if history.isStalled { faults.append("somebody was never answered") }
        faults += recordFaults(history) + byteFaults(history) + finalityFaults(history)
        faults += actFaults(history) + refundFaults(history)
        if !history.isLogWhole { faults.append("the log's hashes are not those of its entries") }
        return faults
    }

    /// No credential without a record.
    private func recordFaults(_ history: CrashHistory) -> [String] {
        history.answers.compactMap { answer in
            guard let credential = answer.credential else { return nil }
            let isKept = history.issuances.contains {
                $0.application == answer.application && $0.credential == credential
            }
            return isKept ? nil : "\(answer.name) holds a credential that is not on record"
        }
    }

    /// One application has one credential, and one jti one byte string, in what was answered and
    /// in what is kept.
    private func byteFaults(_ history: CrashHistory) -> [String] {
        let seen =
            history.answers.compactMap { answer in
                answer.credential.map { (answer.application, $0) }
            }
            + history.issuances.compactMap { issuance in
                issuance.credential.map { (issuance.application, $0) }
            }
        var byApplication: [String: Set<String>] = [:]
        var byName: [String: Set<String>] = [:]
        for (application, credential) in seen {
            byApplication[application, default: []].insert(credential)
            byName[CrashStory.jti(credential) ?? credential, default: []].insert(credential)
        }
        return byApplication.filter { $0.value.count > 1 }
            .map { "application \($0.key.prefix(8)) has \($0.value.count) credentials" }
            + byName.filter { $0.value.count > 1 }
            .map { "jti \($0.key) has \($0.value.count) byte strings" }
    }

    /// Every application has one final answer, the one it has when nothing ends.
    private func finalityFaults(_ history: CrashHistory) -> [String] {
        var expected: [String: String] = [:]
        for answer in undisturbed.answers { expected[answer.name] = answer.outcome }
        var faults = history.answers.filter { $0.outcome != expected[$0.name] }
            .map { "\($0.name) was answered \($0.outcome)" }
        let answered = Set(history.answers.map(\.name))
        faults += expected.keys.filter { !answered.contains($0) }.map { "\($0) has no answer" }
        for (application, state) in history.states where state != "issued" {
            faults.append("application \(application.prefix(8)) is left \(state)")
        }
        for (order, answers) in history.orders where Set(answers).count > 1 {
            faults.append("\(order) was answered in \(Set(answers).count) ways")
        }
        return faults
    }

    /// Entries are acts: of each kind as many as when nothing ends, and for each application
    /// exactly those of one judgement.
    private func actFaults(_ history: CrashHistory) -> [String] {
        let expected = Self.kinds(undisturbed.entries)
        let actual = Self.kinds(history.entries)
        var faults = Set(expected.keys).union(actual.keys).sorted()
            .filter { expected[$0] != actual[$0] }
            .map { "\($0): \(actual[$0] ?? 0) entries for \(expected[$0] ?? 0) acts" }
        for answer in Set(undisturbed.answers.map(\.name)).sorted() {
            let (right, own) = (undisturbed.kinds(about: answer), history.kinds(about: answer))
            if own != right { faults.append("\(answer): \(own) where \(right) were done") }
        }
        return faults
    }

    /// No refund twice, nor two transactions that could each have been one.
    private func refundFaults(_ history: CrashHistory) -> [String] {
        var faults = history.refunds.filter { $0.transactions != 1 || $0.payments != 1 }
            .map {
                "a deposit was paid back \($0.payments) times by \($0.transactions) transactions"
            }
        if history.refunds.count != undisturbed.refunds.count {
            faults.append("\(history.refunds.count) deposits were paid back")
        }
        return faults
    }

    private static func kinds(_ entries: [JSON]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for entry in entries { counts[entry["kind"]?.stringValue ?? "?", default: 0] += 1 }
        return counts
    }
}

extension CrashHistory {
    /// The kinds of the entries about the application that its applicant calls by this name.
    func kinds(about name: String) -> [String] {
        let application = answers.first { $0.name == name }?.application
        return entries.filter { $0["application"]?.stringValue == application }
            .compactMap { $0["kind"]?.stringValue }
    }
}
