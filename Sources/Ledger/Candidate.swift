package import Cryptography
package import Encoding

/// What the ledger keeps for a node that stood at least once.
package struct Candidate: Sendable, Hashable {
    package enum State: String, Sendable {
        /// On the list: may be voted for and elected.
        case listed
        /// Left the list when its earliest credential had ended or was taken back.
        case lapsed
        /// Left the list on its own wish.
        case removed
    }

    /// A deposit named by a consenting credential.
    package struct Security: Sendable, Hashable {
        package let auditor: String
        package let id: Digest
        package let amount: UInt64
    }

    /// A credential that consented.
    package struct Consent: Sendable, Hashable {
        package let auditor: String
        /// `jti` of the credential.
        package let credential: String
        /// RFC 7638 thumbprint of the key that signed it.
        package let key: String
        /// Height of the block that the ledger first saw it in.
        package let seen: UInt64
    }

    package let node: Identity
    /// The node's place among all that ever stood, from 0 on, in the order of their first
    /// registration. Votes and tallies name the candidate by it.
    package let number: UInt64
    package var state: State
    /// Counts how often the node left the list. Votes carry the generation they were cast in and
    /// are void once it is over, so that leaving the list touches no voter's record.
    package var generation: UInt64
    /// Where the node entered the list: height, index of the transaction, place in its list.
    package var registered: Registration
    package var consensusKey: [UInt8]
    package var endpoint: String
    package var application: Digest
    /// The earliest end of the consenting credentials; the time of the block that took one of them
    /// back, or said that its key was in other hands. The candidate lapses at the end of the first
    /// later block of that time or after, unless it is renewed by then.
    package var validUntil: Instant
    package var securities: [Security]
    package var consents: [Consent]
    /// Votes held now; 0 when not listed.
    package var votes: UInt64
    /// Height of the newest entry of the candidate's tally history; 0 before the first.
    package var tallyHeight: UInt64

    var tally: Tally { Tally(votes: votes, height: tallyHeight) }

    /// Whether the stored candidate differs; its votes are stored apart, so that a vote rewrites
    /// nothing but them.
    func isStoredAs(_ other: Candidate) -> Bool {
        var same = other
        (same.votes, same.tallyHeight) = (votes, tallyHeight)
        return self == same
    }

    /// `{"node","number","state",…,"votes","tallyHeight"}` as answered to queries.
    package var json: JSON {
        guard var members = stored.objectValue else { return stored }
        members["votes"] = .number(JSONNumber(votes))
        members["tallyHeight"] = .number(JSONNumber(tallyHeight))
        return .object(members)
    }

    /// The same without the votes, which are stored apart.
    var stored: JSON {
        [
            "node": .string(node.text),
            "number": .number(JSONNumber(number)),
            "state": .string(state.rawValue),
            "generation": .number(JSONNumber(generation)),
            "registered": registered.json,
            "consensusKey": .string(Base64URL.encode(consensusKey)),
            "endpoint": .string(endpoint),
            "application": .string(application.text),
            "validUntil": .string(validUntil.rfc3339),
            "deposits": .array(
                securities.map {
                    [
                        "auditor": .string($0.auditor), "id": .string($0.id.text),
                        "amount": .string(String($0.amount)),
                    ]
                }),
            "consents": .array(
                consents.map {
                    [
                        "auditor": .string($0.auditor), "credential": .string($0.credential),
                        "key": .string($0.key), "seen": .number(JSONNumber($0.seen)),
                    ]
                }),
        ]
    }
}

extension Representative {
    /// A candidate that takes a seat.
    init(_ candidate: Candidate) {
        self.init(
            node: candidate.node, consensusKey: candidate.consensusKey,
            endpoint: candidate.endpoint)
    }
}

/// The votes of a candidate and when they changed last, as stored.
struct Tally: Sendable, Hashable {
    let votes: UInt64
    /// Height of the newest entry of the tally history.
    let height: UInt64

    init(votes: UInt64, height: UInt64) {
        self.votes = votes
        self.height = height
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        Varint.append(votes, to: &bytes)
        Varint.append(height, to: &bytes)
        return bytes
    }

    init(bytes: [UInt8]) throws(LedgerError) {
        var reader = Varint.Reader(bytes)
        votes = try reader.next()
        height = try reader.next()
        try reader.end()
    }
}

/// The order in which candidates entered the list: the first tie-break of an election.
package struct Registration: Sendable, Hashable, Comparable {
    package let height: UInt64
    /// Index of the transaction in its block.
    package let index: UInt64
    /// Place in the transaction's list of candidates.
    package let position: UInt64

    package static func < (left: Registration, right: Registration) -> Bool {
        (left.height, left.index, left.position) < (right.height, right.index, right.position)
    }

    var json: JSON {
        [
            "height": .number(JSONNumber(height)), "index": .number(JSONNumber(index)),
            "position": .number(JSONNumber(position)),
        ]
    }

    init(height: UInt64, index: UInt64, position: UInt64) {
        self.height = height
        self.index = index
        self.position = position
    }

    init(_ fields: inout Fields) throws {
        height = try fields.uint64("height")
        index = try fields.uint64("index")
        position = try fields.uint64("position")
        try fields.end()
    }
}

extension Candidate {
    init(_ json: JSON) throws {
        var fields = try Fields(json, "candidate")
        node = try fields.identity("node")
        number = try fields.uint64("number")
        guard let state = State(rawValue: try fields.string("state")) else {
            throw LedgerError(.records, "candidate \(node) has an unknown state")
        }
        self.state = state
        generation = try fields.uint64("generation")
        var place = try fields.object("registered")
        registered = try Registration(&place)
        consensusKey = try fields.bytes("consensusKey", count: 32)
        endpoint = try fields.string("endpoint")
        application = try fields.digest("application")
        validUntil = try fields.instant("validUntil")
        securities = []
        let bound = Limits.depositsPerCandidacyMaximum
        for var inner in try fields.objects("deposits", maximumCount: bound) {
            securities.append(
                Security(
                    auditor: try inner.string("auditor"), id: try inner.digest("id"),
                    amount: try inner.amount("amount")))
            try inner.end()
        }
        consents = []
        for var inner in try fields.objects("consents", maximumCount: bound) {
            consents.append(
                Consent(
                    auditor: try inner.string("auditor"),
                    credential: try inner.string("credential"),
                    key: try inner.string("key"), seen: try inner.uint64("seen")))
            try inner.end()
        }
        (votes, tallyHeight) = (0, 0)
        try fields.end()
    }
}
