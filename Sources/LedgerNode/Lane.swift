import Ledger

/// Which waiting transactions come first, and how much of each kind may wait. A lane has its own
/// room and its own share of a block, so that a flood of votes keeps out votes and nothing else.
enum Lane: Int, CaseIterable, Sendable {
    /// Evidence against representatives.
    case consensus
    /// Who stands and who vouches for it: candidacies, deposits, auditors, parameters.
    case admission
    case votes
    /// Everything else.
    case data

    init(_ body: TransactionBody) {
        switch body {
        case .evidence: self = .consensus
        case .candidateAdd, .candidateRenew, .candidateRemove, .depositPay, .depositRefund,
            .credentialRevoke, .auditorRotate, .auditorSetUpdate, .parametersUpdate:
            self = .admission
        case .vote, .voterEnroll: self = .votes
        case .transfer, .data: self = .data
        }
    }

    /// For people.
    var name: String {
        switch self {
        case .consensus: "evidence"
        case .admission: "admission"
        case .votes: "votes"
        case .data: "data"
        }
    }

    var countMaximum: Int {
        switch self {
        case .consensus: Limits.pendingEvidenceCountMaximum
        case .admission: Limits.pendingAdmissionCountMaximum
        case .votes: Limits.pendingVotesCountMaximum
        case .data: Limits.pendingDataCountMaximum
        }
    }

    var byteCountMaximum: Int {
        switch self {
        case .consensus: Limits.pendingEvidenceByteCountMaximum
        case .admission: Limits.pendingAdmissionByteCountMaximum
        case .votes: Limits.pendingVotesByteCountMaximum
        case .data: Limits.pendingDataByteCountMaximum
        }
    }

    /// Transactions of one sender.
    var perSenderMaximum: Int {
        switch self {
        case .consensus, .admission: Limits.pendingUrgentPerSenderMaximum
        case .votes, .data: Limits.pendingPerSenderMaximum
        }
    }

    /// Whether a transaction of it costs much to judge, and few are needed.
    var isUrgent: Bool {
        switch self {
        case .consensus, .admission: true
        case .votes, .data: false
        }
    }

    /// Sixteenths of a block that nobody else takes while this lane fills them.
    var share: Int {
        switch self {
        case .consensus: 1
        case .admission: 4
        case .votes: 9
        case .data: 2
        }
    }
}
