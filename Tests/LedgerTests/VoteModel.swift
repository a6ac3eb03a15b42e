import Encoding

@testable import Ledger

/// The rules of votes written down a second time, as plainly as possible: every total is counted
/// anew from what each voter holds. What the ledger says is compared with this.
struct VoteModel {
    /// What the model can be told to forget: a comparison that does not notice is worth nothing.
    enum Rule: CaseIterable {
        /// Votes come back when their candidate leaves the list.
        case votesReturn
        /// Votes of before do not count again when it comes back.
        case generation
        case allowance
        case votesPerCandidate
        /// Nobody takes back more than was given.
        case withdrawal
        /// Parameters change.
        case update
        /// A renewed candidate stands longer.
        case renewal
        /// A candidate whose credential was taken back lapses.
        case revocation
    }

    let missing: Rule?
    struct Standing {
        var isListed: Bool
        /// How often the node left the list.
        var generation: Int
        var registered: [UInt64]
        var validUntil: Instant
        /// What admitted it: the jti of one credential.
        var credential: String
    }

    struct Held {
        var generation: Int
        var votes: Int64
    }

    private(set) var votesPerCandidate: Int64
    private(set) var allowances: [String: Int64]
    private(set) var candidates: [String: Standing] = [:]
    /// By voter and candidate.
    private(set) var held: [String: [String: Held]] = [:]
    private var revoked: Set<String> = []

    init(allowances: [String: Int64], votesPerCandidate: Int64, missing: Rule? = nil) {
        self.missing = missing
        self.allowances = allowances
        self.votesPerCandidate = votesPerCandidate
    }

    /// Counts all voters' votes for a candidate that stands.
    func total(of candidate: String) -> Int64 {
        held.values.reduce(0) { $0 + live($1[candidate], for: candidate) }
    }

    /// What a voter has cast that counts.
    func cast(by voter: String) -> Int64 {
        (held[voter] ?? [:]).reduce(0) { $0 + live($1.value, for: $1.key) }
    }

    private func live(_ held: Held?, for candidate: String) -> Int64 {
        guard let held, let standing = candidates[candidate] else { return 0 }
        guard standing.isListed else { return missing == .votesReturn ? held.votes : 0 }
        guard standing.generation == held.generation || missing == .generation else { return 0 }
        return held.votes
    }

    /// Listed candidates: votes, then earlier registration, then the bytes of the id.
    var ranking: [String] {
        candidates.filter(\.value.isListed).map { name, standing in
            (name: name, votes: total(of: name), registered: standing.registered)
        }.sorted { left, right in
            if left.votes != right.votes { return left.votes > right.votes }
            for (one, other) in zip(left.registered, right.registered) where one != other {
                return one < other
            }
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }.map(\.name)
    }

    // MARK: - Events

    /// Who comes into a block with credentials that have ended.
    func ending(at time: Instant) -> [String] {
        candidates.filter { $0.value.isListed && $0.value.validUntil <= time }.map(\.key)
    }

    /// The end of that block: who was not renewed in it lapses.
    mutating func lapse(_ ending: [String], at time: Instant) {
        for name in ending {
            if let standing = candidates[name], standing.isListed, standing.validUntil <= time {
                leave(name)
            }
        }
    }

    mutating func renew(
        _ name: String, validUntil: Instant, credential: String
    ) -> ResultCode {
        guard let standing = candidates[name], standing.isListed else { return .notCandidate }
        guard validUntil > standing.validUntil else { return .renewalNotNewer }
        if missing != .renewal { candidates[name]?.validUntil = validUntil }
        candidates[name]?.credential = credential
        return .ok
    }

    mutating func revoke(_ credential: String, time: Instant) -> ResultCode {
        guard revoked.insert(credential).inserted else { return .alreadyRevoked }
        for (name, standing) in candidates
        where standing.isListed && standing.credential == credential && standing.validUntil > time {
            if missing != .revocation { candidates[name]?.validUntil = time }
        }
        return .ok
    }

    private mutating func leave(_ name: String) {
        candidates[name]?.isListed = false
        candidates[name]?.generation += 1
    }

    mutating func stand(
        _ name: String, validUntil: Instant, credential: String, at place: [UInt64],
        time: Instant
    ) -> ResultCode {
        if candidates[name]?.isListed == true { return .alreadyCandidate }
        guard validUntil > time else { return .credentialExpired }
        candidates[name] = Standing(
            isListed: true, generation: candidates[name]?.generation ?? 0, registered: place,
            validUntil: validUntil, credential: credential)
        return .ok
    }

    mutating func withdraw(_ name: String) -> ResultCode {
        guard candidates[name]?.isListed == true else { return .notCandidate }
        leave(name)
        return .ok
    }

    mutating func enroll(_ voter: String, allowance: Int64) -> ResultCode {
        guard allowance >= cast(by: voter) else { return .allowanceBelowCast }
        allowances[voter] = allowance
        return .ok
    }

    /// Parameters that the representatives agreed on, from the next block on.
    mutating func update(votesPerCandidate: Int64) {
        if missing != .update { self.votesPerCandidate = votesPerCandidate }
    }

    mutating func vote(
        _ voter: String, _ changes: [(name: String, votes: Int64)], time: Instant
    ) -> ResultCode {
        var after = self
        for (name, votes) in changes {
            guard let standing = candidates[name] else { return .unknownCandidate }
            guard standing.isListed, standing.validUntil > time else { return .notCandidate }
            let before = live(held[voter]?[name], for: name)
            guard before + votes >= 0 || missing == .withdrawal else {
                return .withdrawalExceedsCast
            }
            let isWithin = votes < 0 || before + votes <= votesPerCandidate
            guard isWithin || missing == .votesPerCandidate else { return .candidateLimitExceeded }
            after.held[voter, default: [:]][name] = Held(
                generation: standing.generation, votes: before + votes)
        }
        guard after.cast(by: voter) <= allowances[voter] ?? 0 || missing == .allowance else {
            return .allowanceExceeded
        }
        self = after
        return .ok
    }
}
