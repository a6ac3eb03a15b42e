package import Encoding

/// What would have to change for an expression to come out as wanted.
package indirect enum Remedy: Sendable, Hashable {
    /// `what` has to be otherwise: `evidence.deposit.amount`, `be at least 1000`, is `999`.
    case change(what: String, must: String, present: String?)
    case all([Remedy])
    /// One of them is enough.
    case any([Remedy])
    /// About one element of a list or map, such as `element 3 of application.peers`.
    case within(String, Remedy)
    /// Nothing can be said, and why.
    case underivable(String)

    /// Several as one, none left out.
    static func every(_ remedies: [Remedy]) -> Remedy? {
        remedies.count > 1 ? .all(remedies) : remedies.first
    }

    static func either(_ remedies: [Remedy]) -> Remedy? {
        remedies.count > 1 ? .any(remedies) : remedies.first
    }

    /// How many single changes it asks for at least.
    var size: Int {
        switch self {
        case .change: 1
        case .underivable: Limits.traceStepMaximum
        case .within(_, let inner): inner.size
        case .all(let parts): parts.reduce(0) { $0 + $1.size }
        case .any(let parts): parts.map(\.size).min() ?? 0
        }
    }

    /// One line for each change, indented by what they belong to.
    package var lines: [String] {
        switch self {
        case .change(let what, let must, let present):
            ["\(what) must \(must)" + (present.map { " (is \($0))" } ?? "")]
        case .underivable(let reason):
            ["cannot be derived: \(reason)"]
        case .all(let parts):
            ["all of:"] + parts.flatMap { $0.lines.map { "  \($0)" } }
        case .any(let parts):
            ["one of:"] + parts.flatMap { $0.lines.map { "  \($0)" } }
        case .within(let place, let inner):
            ["in \(place):"] + inner.lines.map { "  \($0)" }
        }
    }

    package var json: JSON {
        switch self {
        case .change(let what, let must, let present):
            [
                "what": .string(what), "must": .string(must),
                "is": present.map { .string($0) } ?? .null,
            ]
        case .underivable(let reason): ["underivable": .string(reason)]
        case .all(let parts): ["all": .array(parts.map(\.json))]
        case .any(let parts): ["any": .array(parts.map(\.json))]
        case .within(let place, let inner): ["in": .string(place), "change": inner.json]
        }
    }
}
