package import Encoding
package import Cryptography

/// What applying one transaction came to. The texts are part of the protocol: the results root
/// covers them, and clients match on them.
package enum ResultCode: String, Sendable, CaseIterable {
    case ok
    // Money and deposits.
    case insufficientBalance = "insufficient-balance"
    case balanceOverflow = "balance-overflow"
    case unknownAuditor = "unknown-auditor"
    case unknownDeposit = "unknown-deposit"
    case depositNotHeld = "deposit-not-held"
    case depositMismatch = "deposit-mismatch"
    case notPayer = "not-payer"
    case notAuditor = "not-auditor"
    case alreadyRefunded = "already-refunded"
    case nodeNotOrdinary = "node-not-ordinary"
    // Candidacy.
    case bundleInvalid = "bundle-invalid"
    case quorumNotMet = "quorum-not-met"
    case credentialExpired = "credential-expired"
    case credentialMismatch = "credential-mismatch"
    case applicationUsed = "application-used"
    case consensusKeyUnproven = "consensus-key-unproven"
    case consensusKeyUsed = "consensus-key-used"
    case alreadyCandidate = "already-candidate"
    case tooManyCandidates = "too-many-candidates"
    case notTheNode = "not-the-node"
    case notCandidate = "not-candidate"
    case renewalNotNewer = "renewal-not-newer"
    // Credentials and the auditors behind them.
    case credentialRevoked = "credential-revoked"
    case credentialReused = "credential-reused"
    case alreadyRevoked = "already-revoked"
    case keyCompromised = "key-compromised"
    case rotationInvalid = "rotation-invalid"
    case auditorSetVersion = "auditor-set-version"
    // Evidence and what follows from it.
    case evidenceKnown = "evidence-known"
    case evidenceSame = "evidence-same"
    case evidenceEarly = "evidence-early"
    case evidenceExpired = "evidence-expired"
    case evidenceNotRepresentative = "evidence-not-representative"
    case evidenceForged = "evidence-forged"
    case nodeSuspended = "node-suspended"
    case depositOnHold = "deposit-on-hold"
    // Voters and votes.
    case notRegistrar = "not-registrar"
    case allowanceBelowCast = "allowance-below-cast"
    case unknownCandidate = "unknown-candidate"
    case candidateLimitExceeded = "candidate-limit-exceeded"
    case allowanceExceeded = "allowance-exceeded"
    case withdrawalExceedsCast = "withdrawal-exceeds-cast"
    case tooManyChoices = "too-many-choices"
    case tallyOverflow = "tally-overflow"
    // Contracts and parameters.
    case contractRefused = "contract-refused"
    case parametersVersion = "parameters-version"
    case parametersInvalid = "parameters-invalid"
    case approvalInvalid = "approval-invalid"
    case approvalsNotMet = "approvals-not-met"
}

/// The answer of the rules to one transaction in a block.
package struct TransactionResult: Sendable, Hashable {
    package let code: ResultCode
    /// For people: what, why and how to fix; empty when `ok`.
    package let detail: String

    package init(_ code: ResultCode, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    package static let ok = TransactionResult(.ok)

    /// `{"code","detail"}`.
    package var json: JSON {
        .object(JSONObject([("code", .string(code.rawValue)), ("detail", .string(detail))]))
    }

    /// The bytes under the results root: `{"transaction","code"}`. The detail stays out, so that a
    /// better wording does not split a network that runs two versions.
    package func leaf(transaction: Digest) -> [UInt8] {
        Self.leaf(transaction: transaction, code: code.rawValue)
    }

    /// The same of a code that this version may not know; it has to be letters and hyphens.
    package static func leaf(transaction: Digest, code: String) -> [UInt8] {
        Array(#"{"transaction":"\#(transaction.text)","code":"\#(code)"}"#.utf8)
    }
}

/// Why a rule said no; carries a code other than `ok`.
struct Refusal: Error {
    let code: ResultCode
    let detail: String

    init(_ code: ResultCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}
