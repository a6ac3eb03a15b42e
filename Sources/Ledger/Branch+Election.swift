internal import Cryptography
internal import Encoding

extension Branch {
    /// Holds the election at the end of this block.
    mutating func elect() -> Election {
        let sitting = base.newestElection
        let candidates = Self.ranked(listed)
        var ranking = candidates.map { Election.Rank($0, reason: exclusion(of: $0)) }
        var seated: [Candidate] = []
        var (representatives, note): (Representatives?, String?)
        switch seatCount(candidates: ranking.count(where: \.eligible)) {
        case .success(let seats):
            for (place, candidate) in candidates.enumerated()
            where ranking[place].eligible && seated.count < seats {
                if let reason = fault(of: candidate) {
                    ranking[place].exclude(reason)
                } else {
                    seated.append(candidate)
                }
            }
            (representatives, note) = seat(seated)
        case .failure(let error):
            note = "the sitting representatives stay: \(error.detail)"
        }
        let election = Election(
            number: sitting.number + 1, height: height, time: time, ranking: ranking,
            seats: representatives == nil ? [] : seated.map(\.node),
            representatives: representatives ?? sitting.representatives, note: note)
        write(.election(election.number), .election(election))
        return election
    }

    /// How many seats there are at this election.
    private func seatCount(candidates: Int) -> Result<Int, SeatsError> {
        let parameters = base.parameters
        return parameters.seats.count(
            nodes: knownNodeCount, candidates: candidates, atLeast: parameters.minimumSeats)
    }

    /// Nodes that ever stood, and representatives that never did.
    private var knownNodeCount: Int {
        var count = Int(clamping: nextCandidateNumber)
        for member in base.representatives(at: height).list where candidate(member.node) == nil {
            count += 1
        }
        return count
    }

    /// The published order: votes, then earlier registration, then id. Nothing in it is in the
    /// hands of who makes this block.
    /// - Parameter candidates: by the bytes of their did.
    static func ranked(_ candidates: [Candidate]) -> [Candidate] {
        // Candidates are large: sorting them as they are would take most of an election's time.
        let lines = candidates.enumerated().map { place, candidate in
            (votes: candidate.votes, registered: candidate.registered, place: place)
        }.sorted { left, right in
            if left.votes != right.votes { return left.votes > right.votes }
            if left.registered != right.registered { return left.registered < right.registered }
            return left.place < right.place
        }
        return lines.map { candidates[$0.place] }
    }

    /// Why a listed candidate cannot be seated; nil when it can.
    func exclusion(of candidate: Candidate) -> String? {
        if let offence = suspended(candidate.node)?.last {
            return "suspended: it signed two contradicting \(offence.kind.name)s of height "
                + "\(offence.height)"
        }
        let margin = base.parameters.termMarginSeconds
        let termEnd = time.adding(milliseconds: margin * 1000)
        guard candidate.validUntil > termEnd else {
            return "credential-ends-within-term: the earliest credential ends "
                + "\(candidate.validUntil.rfc3339), the term may last to \(termEnd.rfc3339)"
        }
        return nil
    }

    /// Looks once more, before a candidate takes a seat, at what admitted it. No rule lets go of a
    /// listed candidate's deposits or gives its key to another, so this is not asked of everybody
    /// on the list: with thousands of candidates it would be most of an election's work.
    func fault(of candidate: Candidate) -> String? {
        for security in candidate.securities {
            guard let deposit = deposit(security.id), deposit.state == .held else {
                return "deposit-not-held: deposit \(security.id.text) for \(security.auditor)"
            }
        }
        guard owner(.consensusKey(candidate.consensusKey)) == candidate.node else {
            return "consensus-key-unproven: the key belongs to another node"
        }
        return nil
    }

    /// The new representatives, or nil and why the sitting ones stay.
    private func seat(_ seated: [Candidate]) -> (Representatives?, String?) {
        let parameters = base.parameters
        guard seated.count >= parameters.minimumSeats else {
            return (
                nil,
                "the sitting representatives stay: \(seated.count) candidates are eligible, "
                    + "\(parameters.minimumSeats) are needed"
            )
        }
        guard parameters.approval.quorum(of: seated.count) != nil else {
            return (
                nil,
                "the sitting representatives stay: "
                    + parameters.approval.refusal(of: seated.count)
            )
        }
        let list = seated.map { Representative($0) }
        do { return (try Representatives(list), nil) } catch {
            return (nil, "the sitting representatives stay: \(error.detail)")
        }
    }
}
