package import Consensus
package import Cryptography
internal import Ledger

/// Why a representative signs nothing and only watches the others decide.
package enum Watching: Sendable, Hashable {
    /// The log of this height is damaged: what was heard before the restart is not known.
    case damagedLog(height: UInt64)
    /// The chain has a signature of this node at this height that is newer than its record of
    /// signatures: the record was restored from an older copy, or another process has the key.
    case olderRecord(height: UInt64)
    /// The decided block of this height comes to something else here: this node has other data or
    /// other rules than the rest.
    case diverged(height: UInt64)
}

/// What is kept for a restart, and what a restart makes of it.
extension Replica {
    /// Says why this height is only watched, if it is.
    mutating func watch(at height: UInt64) {
        switch watching {
        case .olderRecord, .diverged: break
        case .damagedLog, nil:
            watching = damagedHeight == height ? .damagedLog(height: height) : nil
        }
    }

    /// How a representative voted on the block under way, as far as it came here.
    package func heard(from key: PublicKey) -> [SignedMessage] { machine?.heard(from: key) ?? [] }

    /// Goes on with the log of this height, or begins it.
    mutating func beginLog(_ height: UInt64, _ set: RepresentativeSet) {
        if let logged, logged.height == height, logged.set == set.digest, watching == nil { return }
        logged = nil
        if watching == nil { effects.append(.log(.began(height: height, set: set.digest))) }
    }

    /// Gives the machine an input; with the first one it is told again what was logged.
    mutating func step(_ input: Input) -> [Effect]? {
        guard case .start = input, let logged else { return machine?.step(input) }
        self.logged = nil
        return machine?.restart(with: logged)
    }

    func isKnown(_ input: Input) -> Bool {
        guard case .message(let message) = input else { return false }
        return machine?.knows(message) ?? false
    }

    /// Has an input kept that changed something.
    mutating func log(_ input: Input, _ produced: [Effect]) {
        guard watching == nil, let entry = LoggedInput(input) else { return }
        if case .timeout(let timeout) = entry, timeout.kind == .rebroadcast || produced.isEmpty {
            return
        }
        if produced.contains(where: { if case .refused = $0 { true } else { false } }) { return }
        effects.append(.log(entry))
    }

    /// Stops signing when a decided block cannot be executed here to what its header says. Its
    /// certificate was verified; that its transactions are those of the header is looked at here,
    /// because whoever sent them may have sent others.
    mutating func noteDivergence(
        _ block: Block, _ certificate: CommitCertificate, _ reason: String
    ) {
        let height = block.header.height
        guard watching != .diverged(height: height), certificate.valueID == block.header.id,
            MerkleTree.root(block.transactions.map(\.transaction.bytes))
                == block.header.transactionsRoot
        else { return }
        watching = .diverged(height: height)
        machine = nil
        unsaved = []
        examinations = []
        effects.append(.diverged(block, certificate, reason: reason))
    }

    /// Looks whether a block that others decided has a signature of this node that its record does
    /// not know of.
    mutating func noteOwn(_ certificate: CommitCertificate) {
        let place = deciders.list.firstIndex { $0.consensusKey == ownKey.bytes }
        guard let place, certificate.signers.contains(place) else { return }
        noteSigned(certificate)
    }

    /// The same of a certificate that has such a signature.
    mutating func noteSigned(_ certificate: CommitCertificate) {
        guard watching == nil, certificate.height > vouchedHeight else { return }
        if let record,
            (record.height, record.round, record.step.rawValue)
                >= (certificate.height, certificate.round, Step.precommit.rawValue)
        {
            return
        }
        watching = .olderRecord(height: certificate.height)
    }
}
