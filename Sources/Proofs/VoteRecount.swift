import Credentials
package import Cryptography
package import Encoding
package import Ledger

/// The votes counted again from blocks alone: who may cast how many, who stands, who has votes of
/// whom. It shares no code with the state machine's: what that took and refused is judged here once
/// more.
///
/// Signatures, certificates and the roots over transactions and results are the caller's to check,
/// before or beside this.
package struct VoteRecount: Sendable {
    /// What a block says of one transaction.
    package struct Entry: Sendable {
        package let sender: Identity
        package let sequence: UInt64
        package let body: TransactionBody
        /// A `ResultCode`.
        package let code: String

        package init(
            sender: Identity, sequence: UInt64, body: TransactionBody, code: String
        ) {
            self.sender = sender
            self.sequence = sequence
            self.body = body
            self.code = code
        }
    }

    struct Voter: Sendable {
        var allowance: UInt64
        /// Votes with a smaller number were counted.
        var sequence: UInt64 = 0
        var choices: [Choice] = []
    }

    struct Choice: Sendable {
        let candidate: Int
        /// How often the candidate had left the list when the votes were cast.
        let generation: UInt64
        var votes: UInt64
    }

    /// Where a node entered the list: height, transaction, place in its list of candidates.
    struct Entrance: Sendable, Comparable {
        let height: UInt64
        let index: UInt64
        let position: UInt64

        static func < (left: Entrance, right: Entrance) -> Bool {
            (left.height, left.index, left.position)
                < (right.height, right.index, right.position)
        }
    }

    struct Standing: Sendable {
        let node: Identity
        var entered: Entrance
        var isListed: Bool
        var generation: UInt64
        var validUntil: Instant
        var backing: [Backing]
        var votes: UInt64
    }

    /// A credential as it was first seen.
    struct Sighting: Sendable {
        /// Of its signing input.
        let digest: Digest
        let height: UInt64
    }

    /// The height followed to.
    package private(set) var height: UInt64 = 0
    /// Changes of votes that were applied since genesis.
    package private(set) var changeCount: UInt64 = 0
    let network: String
    let registrar: Identity
    var auditorSet: AuditorSet
    /// In force from the next block on.
    var comingAuditorSet: AuditorSet
    /// By issuer, `#` and `jti`.
    var sightings: [String: Sighting] = [:]
    /// Credentials that were taken back, by the same.
    var revoked: Set<String> = []
    var votesPerCandidate: UInt64
    /// In force from the next block on.
    private var comingVotesPerCandidate: UInt64
    /// What is known of the nodes that contradicted themselves.
    var offences = Offences()
    var voters: [Voter] = []
    /// Places in `voters`. Who has neither an allowance nor votes has none.
    var voterPlaces: [Identity: Int] = [:]
    /// By number: the order in which nodes stood for the first time.
    var candidates: [Standing] = []
    var candidateNumbers: [Identity: Int] = [:]
    /// What the vote in hand changed so far, in its order. Kept for its memory alone.
    var differences: [(candidate: Int, before: UInt64, after: UInt64)] = []
    /// Of the block in hand.
    var blockTime: Instant = .distantPast
    /// The earliest end of a listed candidate's credentials, or earlier.
    var nextEnd: Instant = .distantFuture

    package init(genesis: Genesis) {
        network = genesis.network
        registrar = genesis.registrar
        auditorSet = genesis.auditorSet
        comingAuditorSet = auditorSet
        votesPerCandidate = genesis.parameters.votesPerCandidate
        comingVotesPerCandidate = votesPerCandidate
        offences.rules = genesis.parameters.evidence
        offences.comingRules = offences.rules
        for holder in genesis.holders where holder.allowance > 0 {
            voterPlaces[holder.account] = voters.count
            voters.append(Voter(allowance: holder.allowance))
        }
    }

    /// Accounts with an allowance or votes: what this takes memory for.
    package var voterCount: Int { voters.count }

    /// What a node that ever stood has.
    package struct Tally: Sendable, Hashable {
        package let candidate: Identity
        /// 0 when not listed.
        package let votes: UInt64
        package let isListed: Bool

        package init(candidate: Identity, votes: UInt64, isListed: Bool) {
            self.candidate = candidate
            self.votes = votes
            self.isListed = isListed
        }

        /// `{"candidate","votes","listed"}`, compact.
        var bytes: [UInt8] {
            Array(
                #"{"candidate":"\#(candidate.text)","votes":\#(votes),"listed":\#(isListed)}"#.utf8)
        }
    }

    /// The tallies in the order in which the nodes stood for the first time.
    package var tallies: [Tally] {
        candidates.map { Tally(candidate: $0.node, votes: $0.votes, isListed: $0.isListed) }
    }

    /// RFC 9162 over the tallies.
    package var tallyRoot: Digest { MerkleTree.root(tallies.map(\.bytes)) }

    /// Follows the next block.
    /// - Throws: `recount` where the block's results are not what the rules give.
    package mutating func follow(
        height: UInt64, time: Instant, entries: [Entry]
    ) throws(ProofError) {
        guard height == self.height + 1 else {
            throw ProofError(
                .recount, "block \(height) does not follow block \(self.height)")
        }
        blockTime = time
        let ending = ending(at: time)
        // Through a span, which lends an entry where iterating copies it.
        let lent = entries.span
        for index in lent.indices {
            let expected = try apply(lent[index], index: UInt64(index), time: time)
            guard let expected, !expected.rawValue.hasSameBytes(as: lent[index].code) else {
                continue
            }
            let entry = lent[index]
            throw ProofError(
                .recount,
                "transaction \(index) of block \(height), of \(entry.sender), has the result "
                    + "\(entry.code.quotedForMessage); counted again it is \(expected.rawValue)")
        }
        lapse(ending, at: time)
        takeAuditorSetOver(at: time)
        votesPerCandidate = comingVotesPerCandidate
        offences.rules = offences.comingRules
        self.height = height
    }

    /// Holds an election's ranking against the totals: every listed candidate, its votes, and the
    /// order of votes, earlier registration, did.
    /// - Throws: `recount`.
    package func check(_ election: Election) throws(ProofError) {
        guard election.height == height else {
            throw ProofError(
                .recount, "the election of block \(election.height) is held against \(height)")
        }
        let order = candidates.filter(\.isListed).sorted(by: Self.precedes)
        guard election.ranking.count == order.count else {
            throw ProofError(
                .recount,
                "election \(election.number) ranks \(election.ranking.count) candidates; counted "
                    + "again \(order.count) are listed")
        }
        for (place, (rank, standing)) in zip(election.ranking, order).enumerated() {
            let entered = Entrance(
                height: rank.registered.height, index: rank.registered.index,
                position: rank.registered.position)
            guard rank.node == standing.node, rank.votes == standing.votes,
                entered == standing.entered
            else {
                throw ProofError(
                    .recount,
                    "election \(election.number) has \(rank.node) with \(rank.votes) votes in "
                        + "place \(place + 1); counted again it is \(standing.node) with "
                        + "\(standing.votes)")
            }
        }
    }

    private static func precedes(_ left: Standing, _ right: Standing) -> Bool {
        if left.votes != right.votes { return left.votes > right.votes }
        if left.entered != right.entered { return left.entered < right.entered }
        return left.node < right.node
    }

    /// - Returns: what the rules say; nil where the votes do not decide it.
    private mutating func apply(
        _ entry: Entry, index: UInt64, time: Instant
    ) throws(ProofError) -> ResultCode? {
        switch entry.body {
        case .vote(let changes):
            let place = voterPlaces[entry.sender]
            if let place { try useNumber(of: entry, at: place) }
            // Another refusal than those about votes came before them.
            guard Self.isAboutVotes(entry.code) else { return nil }
            return vote(changes, at: place)
        case .voterEnroll(let account, let allowance):
            guard Self.isAboutVotes(entry.code) else { return nil }
            return enroll(account, allowance: allowance, by: entry.sender)
        case .transfer, .depositPay, .depositRefund, .data: return nil
        case .candidateAdd, .candidateRemove, .candidateRenew, .parametersUpdate,
            .credentialRevoke, .auditorRotate, .auditorSetUpdate, .evidence:
            guard entry.code.hasSameBytes(as: ResultCode.ok.rawValue) else { return nil }
            return try applyAccepted(entry, index: index, time: time)
        }
    }

    /// What changes who stands and what holds. It was accepted: why is for the state machine.
    private mutating func applyAccepted(
        _ entry: Entry, index: UInt64, time: Instant
    ) throws(ProofError) -> ResultCode? {
        switch entry.body {
        case .candidateAdd(let list):
            for (position, candidate) in list.enumerated() {
                let entered = Entrance(
                    height: height + 1, index: index, position: UInt64(position))
                try add(candidate, entered, time: time)
            }
        case .candidateRemove(let node):
            guard let number = candidateNumbers[node], candidates[number].isListed else {
                return .notCandidate
            }
            leaveList(number)
        case .candidateRenew(let node, let bundle): try renew(node, bundle, time: time)
        case .parametersUpdate(let update):
            comingVotesPerCandidate =
                update.parameters["votesPerCandidate"]?.uint64Value ?? comingVotesPerCandidate
            try offences.take(update)
        case .credentialRevoke(let revocation):
            try revoke(revocation, by: entry.sender, time: time)
        case .auditorRotate(let rotation): try rotate(rotation, by: entry.sender, time: time)
        case .auditorSetUpdate(let update): try self.update(update, time: time)
        case .evidence(let evidence): try note(evidence, time: time)
        case .vote, .voterEnroll, .transfer, .depositPay, .depositRefund, .data: break
        }
        return nil
    }

    /// Each number of a sender counts once.
    private mutating func useNumber(of entry: Entry, at place: Int) throws(ProofError) {
        let (next, overflow) = entry.sequence.addingReportingOverflow(1)
        guard !overflow, entry.sequence >= voters[place].sequence else {
            throw ProofError(
                .recount,
                "a vote of \(entry.sender) with the number \(entry.sequence) stands in the chain "
                    + "twice")
        }
        voters[place].sequence = next
    }

    private static func isAboutVotes(_ code: String) -> Bool {
        switch ResultCode(rawValue: code) {
        case .ok, .notRegistrar, .allowanceBelowCast, .unknownCandidate, .notCandidate,
            .candidateLimitExceeded, .allowanceExceeded, .withdrawalExceedsCast, .tooManyChoices:
            true
        case .insufficientBalance, .balanceOverflow, .unknownAuditor, .unknownDeposit,
            .depositNotHeld, .depositMismatch, .notPayer, .notAuditor, .alreadyRefunded,
            .nodeNotOrdinary, .bundleInvalid, .quorumNotMet, .credentialExpired,
            .credentialMismatch, .applicationUsed, .consensusKeyUnproven, .consensusKeyUsed,
            .alreadyCandidate, .tooManyCandidates, .notTheNode, .tallyOverflow, .contractRefused,
            .parametersVersion, .parametersInvalid, .approvalInvalid, .approvalsNotMet,
            .renewalNotNewer, .credentialRevoked, .credentialReused, .alreadyRevoked,
            .keyCompromised, .rotationInvalid, .auditorSetVersion, .evidenceKnown, .evidenceSame,
            .evidenceEarly, .evidenceExpired, .evidenceNotRepresentative, .evidenceForged,
            .nodeSuspended, .depositOnHold, nil:
            false
        }
    }

    mutating func noteChanges(_ count: Int) { changeCount &+= UInt64(count) }
}
