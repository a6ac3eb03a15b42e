internal import Consensus
internal import Cryptography
internal import Ledger

/// One path for every block, agreed on here or fetched: execute, store durably, take over, go on.
extension Replica {
    mutating func commitDecided(_ value: ProposedValue, _ certificate: CommitCertificate) {
        if let known = executed[value.id] {
            return append(known.block, certificate, isFetched: false)
        }
        do {
            try examine(value, .commit(certificate))
        } catch {
            halt(.block("the decided block \(value.id.text) is refused: \(error.detail)"))
        }
    }

    mutating func take(_ block: Block, _ certificate: CommitCertificate, _ state: LedgerState) {
        // Committed here meanwhile.
        guard block.header.height > state.tip.height else { return }
        do {
            append(try state.verify(block), certificate, isFetched: true)
        } catch {
            if let failure = state.failure { return halt(.records(failure)) }
            noteDivergence(block, certificate, error.detail)
            effects.append(.notFetched(error.detail))
        }
    }

    mutating func append(
        _ block: ExecutedBlock, _ certificate: CommitCertificate, isFetched: Bool
    ) {
        guard appending == nil else { return }
        if isFetched { noteOwn(certificate) }
        appending = (block.block.header.height, isFetched)
        effects.append(.append(block, certificate))
    }

    mutating func noteOvertaken(
        _ signed: CommitCertificate?, _ moment: Moment, _ state: LedgerState
    ) {
        guard appending == nil else { return }
        if let signed { noteSigned(signed) }
        committedAt = moment.monotonic
        beganAt = committedAt
        let height = state.tip.height
        effects.append(.behind(early.reach(beyond: height + 2)))
        beginHeight(state)
    }

    mutating func noteAppended(_ moment: Moment, _ state: LedgerState) {
        guard let appended = appending, appended.height == state.tip.height else { return }
        appending = nil
        committedAt = moment.monotonic
        if appended.isFetched { beganAt = committedAt }
        let height = state.tip.height
        effects.append(.behind(early.reach(beyond: height + 2)))
        beginHeight(state)
    }
}
