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

        mutating func exclude(_ reason: String) {
            eligible = false
            self.reason = reason
        }
    }

    package let number: UInt64
    /// The block whose end the election was held at.
    package let height: UInt64
    /// Every listed candidate in the order of the election.
    package let ranking: [Rank]
    /// The nodes elected, best first; empty when the sitting representatives stayed.
    package let seats: [Identity]
    /// Who makes blocks from `actsFrom` on.
    package let representatives: Representatives
    /// Why the sitting representatives stayed; nil when the seats switched.
    package let note: String?

    /// The first height the representatives decide.
    package var actsFrom: UInt64 { number == 0 ? 1 : height + 2 }

    /// `{"n","height","actsFrom","ranking","seats","representatives","note"?}`.
    package var json: JSON {
        var object = JSONObject([
            ("n", .number(JSONNumber(number))), ("height", .number(JSONNumber(height))),
            ("actsFrom", .number(JSONNumber(actsFrom))),
            ("ranking", .array(ranking.map(\.json))),
            ("seats", .array(seats.map { .string($0.text) })),
            ("representatives", representatives.json),
        ])
        if let note { object["note"] = .string(note) }
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
        try fields.end()
        guard height < UInt64(Limits.exactIntegerMaximum), actsFrom == self.actsFrom else {
            throw LedgerError(.records, "election \(number) acts from an impossible height")
        }
    }
}
