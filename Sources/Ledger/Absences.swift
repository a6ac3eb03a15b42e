package import Encoding

/// Who let turns to propose pass, in a network that replaces representatives for it.
///
/// A header of round r at a height says that the proposers of the rounds before made no block that
/// was agreed on, and that its own proposer did. So a stretch begins at a member's first turn that
/// passed since it acts or since its newest block.
package struct Absences: Sendable, Hashable {
    package struct Stretch: Sendable, Hashable {
        package let node: Identity
        /// Height of the first turn that passed.
        package let since: UInt64
        /// How many turns passed.
        package let turns: UInt64
    }

    /// Number of the election that the term began with.
    package var term: UInt64
    /// By the bytes of the dids.
    package var stretches: [Stretch]
    /// Replaced for it in this term, in their order.
    package var replaced: [Identity]

    package func stretch(of node: Identity) -> Stretch? {
        stretches.first { $0.node == node }
    }

    /// `{"term","stretches":[{"node","since","turns"}],"replaced":[did]}`.
    package var json: JSON {
        [
            "term": .number(JSONNumber(term)),
            "stretches": .array(
                stretches.map {
                    [
                        "node": .string($0.node.text), "since": .number(JSONNumber($0.since)),
                        "turns": .number(JSONNumber($0.turns)),
                    ]
                }),
            "replaced": .array(replaced.map { .string($0.text) }),
        ]
    }

    init(term: UInt64, stretches: [Stretch] = [], replaced: [Identity] = []) {
        self.term = term
        self.stretches = stretches
        self.replaced = replaced
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "absences")
        term = try fields.exactUnsigned("term")
        stretches = []
        let bound = Limits.representativesMaximum
        for var inner in try fields.objects("stretches", maximumCount: bound) {
            stretches.append(
                Stretch(
                    node: try inner.identity("node"), since: try inner.exactUnsigned("since"),
                    turns: try inner.exactUnsigned("turns")))
            try inner.end()
        }
        replaced = try fields.strings("replaced", maximumCount: bound).map {
            try Identity(did: $0)
        }
        try fields.end()
    }

    /// Notes a block: its proposer was there, and those whose turns came before were not.
    /// - Parameters:
    ///   - missed: in the order of their turns; nobody twice.
    ///   - staying: whose stretches go on; those of others are forgotten.
    mutating func note(
        proposer: Identity, missed: [Identity], at height: UInt64, staying: Representatives
    ) {
        stretches.removeAll { $0.node == proposer || !staying.contains($0.node) }
        for node in missed where node != proposer && staying.contains(node) {
            if let place = stretches.firstIndex(where: { $0.node == node }) {
                let known = stretches[place]
                stretches[place] = Stretch(
                    node: node, since: known.since, turns: known.turns &+ 1)
            } else {
                stretches.append(Stretch(node: node, since: height, turns: 1))
            }
        }
        stretches.sort { $0.node < $1.node }
    }

    /// Whether a stretch is long enough at the end of the block of `height`. One passed turn alone
    /// never is.
    static func isOver(_ stretch: Stretch, at height: UInt64, blocks: UInt64) -> Bool {
        stretch.turns > 1 && height >= stretch.since && height - stretch.since >= blocks
    }
}
