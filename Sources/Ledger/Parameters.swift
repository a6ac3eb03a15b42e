package import Encoding

/// What a network fixed for itself in genesis, and may change by `parameters.update`. All of it
/// decides validity, so all is in state.
package struct Parameters: Sendable, Equatable {
    /// 1 in genesis; every update makes it one more.
    package let version: UInt64
    /// Never changes: who checks a block offline knows it from genesis.
    package let approval: ApprovalRule
    /// Blocks between elections, at least 2.
    package let electionInterval: UInt64
    package let seats: Seats
    package let minimumSeats: Int
    /// Votes of an account that genesis lists without an own allowance.
    package let allowance: UInt64
    /// Votes one account may have on one candidate.
    package let votesPerCandidate: UInt64
    /// Leading zero bits that the SHA-256 of a header needs; 0 is no work. Never changes: who
    /// checks a header offline knows it from genesis.
    package let proofOfWorkBits: UInt64
    /// Milliseconds between blocks while transactions wait.
    package let blockInterval: Int64
    /// Milliseconds after which an empty block is made.
    package let heartbeat: Int64
    /// Seconds past the election for which a credential must still be good.
    package let termMarginSeconds: Int64
    /// What follows when a representative is proven to have contradicted itself.
    package let evidence: EvidenceRules
    /// Blocks after which a representative that lets all its turns to propose pass loses its seat
    /// to the next in rank; 0 is never.
    package let silenceBlocks: UInt64
    /// Consensus timeouts, read by the engine when it starts; they never change.
    package let timeouts: JSON?
    package let limits: BlockLimits
    /// The rules that transactions have to obey beyond those of the ledger.
    package let contracts: Contracts

    package var json: JSON {
        var object = JSONObject([
            ("version", .number(JSONNumber(version))),
            ("approval", approval.json),
            ("electionInterval", .number(JSONNumber(electionInterval))),
            ("seats", seats.json),
            ("minimumSeats", .number(JSONNumber(Int64(minimumSeats)))),
            ("allowance", .number(JSONNumber(allowance))),
            ("votesPerCandidate", .number(JSONNumber(votesPerCandidate))),
            ("proofOfWorkBits", .number(JSONNumber(proofOfWorkBits))),
            ("blockInterval", .number(JSONNumber(blockInterval))),
            ("heartbeat", .number(JSONNumber(heartbeat))),
            ("termMarginSeconds", .number(JSONNumber(termMarginSeconds))),
        ])
        // Written only where they were chosen, as `contracts`.
        if evidence != .standard { object["evidence"] = evidence.json }
        if silenceBlocks > 0 { object["silenceBlocks"] = .number(JSONNumber(silenceBlocks)) }
        if let timeouts { object["timeouts"] = timeouts }
        object["limits"] = limits.json
        object["contractBudget"] = .number(JSONNumber(Int64(contracts.budget)))
        if !contracts.isEmpty { object["contracts"] = contracts.json }
        return .object(object)
    }

    /// - Throws: `genesis`, naming the parameter.
    package init(_ json: JSON) throws(LedgerError) {
        do {
            var fields = try Fields(json, "parameters")
            version = try fields.optionalUInt64("version") ?? 1
            approval = try ApprovalRule(try fields.json("approval"))
            electionInterval = UInt64(
                try fields.int64("electionInterval", in: 2...Limits.electionIntervalMaximum))
            seats = try Seats(try fields.json("seats"))
            minimumSeats = try fields.int(
                "minimumSeats", in: 1...(seats.fixed ?? Limits.representativesMaximum))
            let votes = Int64(Limits.allowanceMaximum)
            allowance = UInt64(try fields.int64("allowance", in: 0...votes))
            votesPerCandidate = UInt64(try fields.int64("votesPerCandidate", in: 1...votes))
            proofOfWorkBits = try fields.uint64("proofOfWorkBits")
            guard proofOfWorkBits <= UInt64(Limits.proofOfWorkBitsMaximum) else {
                throw LedgerError(
                    .genesis,
                    "proofOfWorkBits is \(proofOfWorkBits); at most "
                        + "\(Limits.proofOfWorkBitsMaximum) are offered, which is 2^"
                        + "\(Limits.proofOfWorkBitsMaximum) hashes for one block; 0 is no work")
            }
            let longest = Limits.intervalMillisecondsMaximum
            blockInterval = try fields.int64("blockInterval", in: 1...longest)
            heartbeat = try fields.int64("heartbeat", in: blockInterval...longest)
            termMarginSeconds = try fields.int64(
                "termMarginSeconds", in: 0...Limits.termMarginSecondsMaximum)
            evidence = try EvidenceRules(fields.optionalJSON("evidence"))
            silenceBlocks = UInt64(
                try fields.optionalInt64("silenceBlocks", in: 0...Limits.electionIntervalMaximum)
                    ?? 0)
            timeouts = fields.optionalJSON("timeouts")
            limits = try BlockLimits(fields.optionalJSON("limits"))
            let budget = try fields.optionalInt(
                "contractBudget", in: 1...Limits.contractBudgetMaximum)
            contracts = try Contracts(
                fields.optionalJSON("contracts"), budget: budget ?? Limits.contractBudget)
            try fields.end()
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.genesis, "\(error)")
        }
    }
}

extension Parameters {
    /// What an update may change. The rest is fixed by genesis: `approval`, because certificates
    /// are checked by it offline; `timeouts`, because an engine reads them when it starts;
    /// `allowance`, which is about the accounts of genesis; `proofOfWorkBits`, because headers are
    /// checked by it offline.
    package static let changeable = [
        "electionInterval", "seats", "minimumSeats", "votesPerCandidate", "blockInterval",
        "heartbeat", "termMarginSeconds", "evidence", "silenceBlocks", "limits",
        "contractBudget", "contracts",
    ]

    /// These parameters with some others, each as a whole, and the next version.
    /// - Throws: `genesis`, naming the parameter that is not one, never changes or is not allowed.
    package func updated(_ changes: JSONObject) throws(LedgerError) -> Parameters {
        guard case .object(var object) = json else { return self }
        for change in changes.members {
            guard Self.changeable.contains(where: { $0.hasSameBytes(as: change.name) }) else {
                throw LedgerError(
                    .genesis,
                    "\(change.name.quotedForMessage) is no parameter that can change; those are "
                        + Self.changeable.joined(separator: ", "))
            }
            object[change.name] = change.value
        }
        object["version"] = .number(JSONNumber(version + 1))
        let next = try Parameters(.object(object))
        if let seats = next.seats.fixed, next.approval.quorum(of: seats) == nil {
            throw LedgerError(
                .genesis,
                "approval \(next.approval.json.text), which never changes, is not safe for "
                    + "\(seats) representatives; choose other seats")
        }
        let room = next.limits.transactionByteCount
        guard changes["limits"] == nil || room >= Limits.updatedTransactionByteCountMinimum else {
            throw LedgerError(
                .genesis,
                "limits.transactionByteCount \(room) leaves no way back: "
                    + "the next update may need \(Limits.updatedTransactionByteCountMinimum)")
        }
        return next
    }
}

/// Bounds on a block that every node must hold to.
package struct BlockLimits: Sendable, Hashable {
    package let transactionCount: Int
    /// Bytes of all compact transactions of a block together.
    package let blockByteCount: Int
    /// Bytes of one compact transaction.
    package let transactionByteCount: Int

    package init(transactionCount: Int, blockByteCount: Int, transactionByteCount: Int) {
        self.transactionCount = transactionCount
        self.blockByteCount = blockByteCount
        self.transactionByteCount = transactionByteCount
    }

    /// The tighter of the two in every bound.
    package func tightened(by other: BlockLimits) -> BlockLimits {
        BlockLimits(
            transactionCount: min(transactionCount, other.transactionCount),
            blockByteCount: min(blockByteCount, other.blockByteCount),
            transactionByteCount: min(transactionByteCount, other.transactionByteCount))
    }

    var json: JSON {
        [
            "transactionCount": .number(JSONNumber(Int64(transactionCount))),
            "blockByteCount": .number(JSONNumber(Int64(blockByteCount))),
            "transactionByteCount": .number(JSONNumber(Int64(transactionByteCount))),
        ]
    }

    /// Members left out take what suits a block of 5,000 votes.
    init(_ json: JSON?) throws {
        var fields = try Fields(json ?? .object(JSONObject([])), "parameters.limits")
        transactionCount =
            try fields.optionalInt(
                "transactionCount", in: 1...Limits.transactionsPerBlockMaximum) ?? 5000
        blockByteCount =
            try fields.optionalInt(
                "blockByteCount", in: 4096...Limits.blockByteCountMaximum) ?? 8 * 1024 * 1024
        transactionByteCount =
            try fields.optionalInt(
                "transactionByteCount", in: 1024...Limits.transactionByteCountMaximum) ?? 256 * 1024
        try fields.end()
        guard transactionByteCount <= blockByteCount else {
            throw LedgerError(
                .genesis,
                "limits: transactionByteCount is at most blockByteCount, otherwise a "
                    + "transaction could wait for ever")
        }
    }
}
