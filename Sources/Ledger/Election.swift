package import Encoding

/// The record of one election; number 0 is genesis, which seats without a vote.
package struct Election: Sendable, Hashable {
    /// One line of the ranking.
    package struct Rank: Sendable, Hashable {
        package let node: Identity
        package let votes: UInt64
        /// When it entered the list, which decides between equal votes.
        package let registered: Registration
        package private(set) var eligible: Bool
        /// Why not eligible: a code and words; nil when eligible.
        package private(set) var reason: String?

        init(
            node: Identity, votes: UInt64, registered: Registration, eligible: Bool,
            reason: String?
        ) {
            self.node = node
            self.votes = votes
            self.registered = registered
            self.eligible = eligible
            self.reason = reason
        }

        /// - Parameter reason: why the candidate is not eligible; nil when it is.
        init(_ candidate: Candidate, reason: String?) {
            self.init(
                node: candidate.node, votes: candidate.votes, registered: candidate.registered,
                eligible: reason == nil, reason: reason)
        }

        mutating func exclude(_ reason: String) {
            eligible = false
            self.reason = reason
        }
    }

    /// A member that lost its seat between two elections.
    package struct Replacement: Sendable, Hashable {
        package enum Cause: String, Sendable {
            /// It signed two contradicting statements.
            case equivocation
            /// It let its turns to propose pass.
            case silence
        }

        package let node: Identity
        package let cause: Cause
        /// For people.
        package let reason: String
    }

    package let number: UInt64
    /// The block whose end the election was held at.
    package let height: UInt64
    /// Of that block; nil in genesis.
    package let time: Instant?
    /// Every listed candidate in the order of the election.
    package let ranking: [Rank]
    /// The nodes elected, best first; empty when the sitting representatives stayed. Between two
    /// elections, those who follow the ones replaced.
    package let seats: [Identity]
    /// Who makes blocks from `actsFrom` on.
    package let representatives: Representatives
    /// Why the sitting representatives stayed; nil when the seats switched.
    package let note: String?
    /// The members whose seats changed hands between two elections; empty in an election.
    package let replaces: [Replacement]

    /// Whether this gave single seats away between two elections: then the term goes on, and the
    /// other members stay.
    package var isReplacement: Bool { !replaces.isEmpty }

    init(
        number: UInt64, height: UInt64, time: Instant?, ranking: [Rank], seats: [Identity],
        representatives: Representatives, note: String?, replaces: [Replacement] = []
    ) {
        self.number = number
        self.height = height
        self.time = time
        self.ranking = ranking
        self.seats = seats
        self.representatives = representatives
        self.note = note
        self.replaces = replaces
    }

    /// The first height the representatives decide.
    package var actsFrom: UInt64 { number == 0 ? 1 : height + 2 }

    /// `{"n","height","actsFrom","time"?,"ranking","seats","representatives","note"?,
    /// "replaces"?:[{"node","cause","reason"}]}`; `time` in milliseconds.
    package var json: JSON {
        var object = JSONObject([
            ("n", .number(JSONNumber(number))), ("height", .number(JSONNumber(height))),
            ("actsFrom", .number(JSONNumber(actsFrom))),
        ])
        if let time { object["time"] = .number(JSONNumber(time.milliseconds)) }
        object["ranking"] = .array(ranking.map(\.json))
        object["seats"] = .array(seats.map { .string($0.text) })
        object["representatives"] = representatives.json
        if let note { object["note"] = .string(note) }
        if isReplacement {
            object["replaces"] = .array(
                replaces.map {
                    [
                        "node": .string($0.node.text), "cause": .string($0.cause.rawValue),
                        "reason": .string($0.reason),
                    ]
                })
        }
        return .object(object)
    }
}

extension Election.Rank {
    var json: JSON {
        var object = JSONObject([
            ("node", .string(node.text)), ("votes", .number(JSONNumber(votes))),
            ("registered", registered.json), ("eligible", .bool(eligible)),
        ])
        if let reason { object["reason"] = .string(reason) }
        return .object(object)
    }
}

extension Election {
    /// Reads a stored record.
    /// - Throws: `records`.
    package init(bytes: [UInt8]) throws(LedgerError) {
        do {
            try self.init(try Record.parse(bytes))
        } catch {
            throw LedgerError(.records, "an election cannot be read: \(error)")
        }
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "election")
        number = try fields.uint64("n")
        height = try fields.uint64("height")
        let actsFrom = try fields.uint64("actsFrom")
        time = try fields.optionalInt64(
            "time", in: -Limits.exactIntegerMaximum...Limits.exactIntegerMaximum
        ).map { Instant(milliseconds: $0) }
        var ranking: [Rank] = []
        for var inner in try fields.objects(
            "ranking", maximumCount: Limits.candidatesListedMaximum)
        {
            let (node, votes) = (try inner.identity("node"), try inner.uint64("votes"))
            var registered = try inner.object("registered")
            ranking.append(
                Rank(
                    node: node, votes: votes, registered: try Registration(&registered),
                    eligible: try inner.bool("eligible"),
                    reason: try inner.optionalString("reason")))
            try inner.end()
        }
        self.ranking = ranking
        var seats: [Identity] = []
        for text in try fields.strings("seats", maximumCount: Limits.representativesMaximum) {
            seats.append(try Identity(did: text))
        }
        self.seats = seats
        let list = try fields.array(
            "representatives", maximumCount: Limits.representativesMaximum)
        representatives = try Representatives(list, "representatives")
        note = try fields.optionalString("note")
        replaces = try Self.replacements(&fields)
        try fields.end()
        guard height < UInt64(Limits.exactIntegerMaximum), actsFrom == self.actsFrom else {
            throw LedgerError(.records, "election \(number) acts from an impossible height")
        }
    }

    private static func replacements(_ fields: inout Fields) throws -> [Replacement] {
        var replaces: [Replacement] = []
        let list = try fields.optionalArray(
            "replaces", maximumCount: Limits.representativesMaximum)
        for (index, item) in (list ?? []).enumerated() {
            var inner = try Fields(item, "replaces[\(index)]")
            guard let cause = Replacement.Cause(rawValue: try inner.string("cause")) else {
                throw LedgerError(.records, "a seat changed hands for an unknown cause")
            }
            replaces.append(
                Replacement(
                    node: try inner.identity("node"), cause: cause,
                    reason: try inner.string("reason")))
            try inner.end()
        }
        return replaces
    }
}
