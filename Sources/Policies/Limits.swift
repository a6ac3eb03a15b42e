/// The bounds on everything that reaches this target from a stranger: source text, documents, facts
/// and the work an expression may cause.
enum Limits {
    /// The longest source text of one expression, in UTF-8 bytes.
    static let sourceByteCountMaximum = 16_384

    /// How deep an expression may nest. The conformance suite needs 32; the evaluator recurses once
    /// or twice per level, which keeps the stack of a small thread safe.
    static let expressionDepthMaximum = 100

    /// The longest source text of one expression of a contract, in UTF-8 bytes.
    static let contractByteCountMaximum = 4_096

    /// How deep an expression of a contract may nest. The language promises 12.
    static let contractDepthMaximum = 32

    /// How deep the expressions may nest altogether that are evaluated because one asks for the
    /// other: variables of a policy and names bound to values.
    static let evaluationDepthMaximum = 400

    /// How many steps the type checker may take over one expression.
    static let checkStepMaximum = 500_000

    /// How many parts a type may have that a name in an expression stands for; a type made of more
    /// is taken as unknown.
    static let checkedTypePartCountMaximum = 200

    /// The longest name of a time zone, in bytes.
    static let zoneNameByteCountMaximum = 64

    /// The longest file of a time zone, in bytes.
    static let zoneFileByteCountMaximum = 65_536

    /// How many elements a list or map may hold, whether built by an expression or given as a fact.
    static let elementCountMaximum = 100_000

    /// The longest string or byte string an expression may build, in bytes.
    static let textByteCountMaximum = 1_048_576

    /// The most digits after the point a clause of `format` may ask for.
    static let formatPrecisionMaximum = 1_000

    /// How deep two values may nest and still be compared.
    static let valueDepthMaximum = 256

    /// What one expression may cost unless told otherwise (one unit is about 50 ns).
    static let expressionBudget = 1_000_000

    /// What all expressions of a policy document may cost together unless told otherwise.
    static let policyBudget = 1_000_000

    /// The most a policy document may allow itself, which takes about a second.
    static let policyBudgetMaximum = 20_000_000

    /// The version of the language that policy documents may name.
    static let languageVersion = 1

    /// How many kinds of applications a policy document may name.
    static let applicationKindCountMaximum = 16

    /// How many conditions a policy document may have on the applications it is for.
    static let matchConditionCountMaximum = 64

    /// How many steps of one evaluation are kept for an explanation; later ones are left out.
    static let traceStepMaximum = 20_000

    /// What the planner may spend on computing one constant beforehand.
    static let foldingBudget = 1_000

    /// The longest pattern of `matches`, in bytes.
    static let patternByteCountMaximum = 1_024

    /// How many instructions a pattern may compile to, repetitions written out.
    static let patternInstructionCountMaximum = 10_000

    /// How deep the groups of a pattern may nest.
    static let patternDepthMaximum = 64

    /// The highest count in a repetition such as `{n,m}`, as in RE2.
    static let patternRepetitionMaximum = 1_000

    /// The longest policy document, in bytes.
    static let documentByteCountMaximum = 262_144

    /// How many cases a file of cases may hold.
    static let caseCountMaximum = 10_000

    /// How many rules a policy document may have.
    static let ruleCountMaximum = 128

    /// How many variables a policy document may have.
    static let variableCountMaximum = 128

    /// How many facts the schema of a policy document may describe.
    static let schemaFactCountMaximum = 256

    /// How many names the path of a fact may have in a schema.
    static let schemaPathStepCountMaximum = 32

    /// How deep the kinds of elements and members may nest in a schema.
    static let schemaDepthMaximum = 8

    /// The longest name, version, rule id or reason, in bytes.
    static let nameByteCountMaximum = 128

    /// The longest message of a rule, in bytes.
    static let messageByteCountMaximum = 1_024

    /// How many reviewers a policy may ask for.
    static let reviewerCountMaximum = 100

    /// How many roles or steps a review may have.
    static let reviewPartCountMaximum = 16

    /// How old evidence may be when a consent rests on it, unless the policy says otherwise: a day.
    static let evidenceMaxAgeSeconds: Int64 = 86_400
    /// The longest validity or review period a policy may give, in seconds (ten years).
    static let periodSecondsMaximum: Int64 = 315_360_000
}
