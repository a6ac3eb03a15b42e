package import Encoding

/// An auditor's policy: CEL rules over the claims of an application and the facts the auditor
/// gathered, with their thresholds as data.
///
/// The document is JSON, shaped after Kubernetes' ValidatingAdmissionPolicy:
/// ```
/// {"name": "deposit-and-credit", "version": "1", "language": 1,
///  "appliesTo": ["candidacy"],
///  "matchConditions": [{"name": "deposit", "expression": "has(application.account)"}],
///  "schema": {"evidence.deposit.amount": "int"},
///  "parameters": {"minimumDeposit": 1000},
///  "variables": [{"name": "deposit", "expression": "evidence.deposit.amount"}],
///  "rules": [{"id": "deposit", "expression": "variables.deposit >= parameters.minimumDeposit",
///             "message": "the deposit is too small", "reason": "DepositTooSmall",
///             "messageExpression": "'the deposit is ' + string(variables.deposit)"}],
///  "referWhen": "variables.deposit < 2 * parameters.minimumDeposit",
///  "validFor": "720h", "evidenceMaxAge": "24h", "budget": 100000,
///  "review": {"approvals": 1, "of": 2, "expiresAfter": "72h", "approvalExpiresAfter": "24h",
///             "roles": [{"role": "credit", "approvals": 1}]}}
/// ```
/// Expressions see `application`, `parameters`, `evidence`, `now` and `variables.NAME`; matching
/// conditions the first two only, so that whom a policy is for changes neither with time nor with
/// evidence. Facts are JSON: times in them are text, and `timestamp()` reads them.
package struct PolicyDocument: Sendable {
    /// A rule: not `true` is a refusal.
    package struct Rule: Sendable {
        package let id: String
        package let expression: String
        package let message: String
        /// An expression that makes the message from the facts; `message` stands in for it.
        package let messageExpression: String?
        package let reason: String
        let root: NodeID
        let messageRoot: NodeID?
    }

    /// What has to be true of an application for the policy to be for it.
    package struct MatchCondition: Sendable {
        package let name: String
        package let expression: String
        let root: NodeID
    }

    /// A name for a value that several rules use.
    struct Variable: Sendable {
        let name: String
        let expression: String
        let root: NodeID
    }

    /// Who decides on a referred application.
    package struct Review: Sendable, Hashable {
        /// How many approvals make a consent.
        package let approvals: Int
        /// Of how many reviewers.
        package let of: Int
        /// How long reviewers have, in seconds.
        package let expiresAfterSeconds: Int64
        /// How long one approval counts, in seconds.
        package let approvalExpiresAfterSeconds: Int64
        /// Approvals that have to come from somebody in particular; none when any will do.
        package let parts: [Part]
        /// Whether each part begins when the one before it is met.
        package let isInOrder: Bool

        /// A role or a step: `"roles": [{"role": "credit", "approvals": 1}]` count side by side,
        /// `"steps": [{"name": "first look", "role": "credit", "approvals": 1}]` one after the other.
        package struct Part: Sendable, Hashable {
            /// What decisions call it: the role's or the step's name.
            package let name: String
            /// Whose approvals count; nil for every reviewer's.
            package let role: String?
            package let approvals: Int
        }
    }

    /// The document as given; its digest is the policy's identity.
    package let bytes: [UInt8]
    package let name: String
    package let version: String
    /// The version of the language the expressions are written in.
    package let language: Int
    /// The kinds of applications the policy is for; nil for all.
    package let appliesTo: [String]?
    /// All have to be true.
    package let matchConditions: [MatchCondition]
    package let parameters: JSON
    package let rules: [Rule]
    /// The condition under which an application that passes all rules goes to reviewers.
    package let referWhen: String?
    package let validForSeconds: Int64
    /// How old evidence may be when a consent is issued; older is gathered again first.
    package let evidenceMaxAgeSeconds: Int64
    package let review: Review?
    /// What one evaluation may cost, in units of about 50 ns.
    package let budget: Int

    let schema: FactSchema
    let parameterValue: Value
    let plan: Plan.Sealed
    /// In slots after those of the inputs.
    let variables: [Variable]
    let referRoot: NodeID?

    /// The inputs with their types, in slot order. Matching conditions see the first two.
    static let inputTypes: [(name: String, type: CheckedType)] = [
        ("application", .map(.string, .dyn)), ("parameters", .map(.string, .dyn)),
        ("evidence", .map(.string, .dyn)), ("now", .timestamp),
    ]
    static let matchInputCount = 2

    /// Whether a slot holds what an applicant can change: the application, the evidence.
    static func isFact(slot: Int) -> Bool {
        inputTypes.indices.contains(slot)
            && ["application", "evidence"].contains(inputTypes[slot].name)
    }
}
