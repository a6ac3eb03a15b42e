import Consensus
import Cryptography
import Encoding
import Ledger
import Replication
import Storage
import Web

/// Fetches the blocks this node did not agree on itself. What a peer says of its height is never
/// believed: a block counts once its certificate verifies with the representatives of that height,
/// and is executed here like any other.
struct Follower: Sendable {
    enum Outcome: Sendable {
        case committed
        /// The peer has no later block.
        case nothing
        case failed
    }

    let services: NodeServices

    /// Runs until cancelled. First compares with all peers, so that a representative does not sign
    /// while it is behind; then follows, or, as a representative, looks whether it missed
    /// something.
    func run() async {
        await pass(waitMilliseconds: 0, deadlineMilliseconds: Limits.firstLookMilliseconds)
        // Before the first vote: after a restart the peers may know more of this node than it does.
        await OwnWords(services: services).look()
        services.inbox.synchronised()
        var lookedAt = SystemClock.monotonicMilliseconds()
        while !Task.isCancelled {
            if services.board.view.consensus == nil {
                await follow()
                continue
            }
            try? await Task.sleep(for: .milliseconds(Limits.lookMilliseconds))
            let now = SystemClock.monotonicMilliseconds()
            let view = services.board.view
            let patience =
                services.chain.read(\.parameters.heartbeat) + Limits.missedBlockMilliseconds
            let isOverdue = now - max(view.committedAt, lookedAt) > patience
            if isOverdue || (view.isBehind && now - lookedAt > Limits.missedBlockMilliseconds / 2) {
                await pass(waitMilliseconds: 0)
                services.board.update { $0.isBehind = false }
                lookedAt = SystemClock.monotonicMilliseconds()
            }
        }
    }

    /// Asks one peer after the other for the next block, which they hold back until there is one.
    private func follow() async {
        let heartbeat = services.chain.read(\.parameters.heartbeat)
        let wait = min(max(Int(heartbeat) + 1_000, 1_000), Limits.blockWaitMillisecondsMaximum)
        let began = SystemClock.monotonicMilliseconds()
        let hasAnswered = await pass(waitMilliseconds: wait)
        // A peer that does not hold its answer back must not make this node ask without pause.
        let took = SystemClock.monotonicMilliseconds() - began
        if !hasAnswered || took < Int64(Limits.peerPauseMilliseconds) {
            try? await Task.sleep(for: .milliseconds(Limits.peerPauseMilliseconds))
        }
        services.board.update { $0.isBehind = false }
    }

    /// Fetches what the peers have. A peer that was halted takes connections and answers nothing:
    /// it must not keep this node from the others for long. Only when no peer answered in time,
    /// each gets the time that a large block takes on a slow line.
    /// - Returns: whether any peer answered.
    @discardableResult
    private func pass(waitMilliseconds: Int) async -> Bool {
        for deadline in [Limits.peerDeadlineMilliseconds, Limits.blockDeadlineMilliseconds] {
            let hasAnswered = await pass(
                waitMilliseconds: waitMilliseconds, deadlineMilliseconds: deadline)
            if hasAnswered || Task.isCancelled { return hasAnswered }
        }
        return false
    }

    /// Fetches what the peers have, staying with one as long as it has more.
    /// - Returns: whether any peer answered.
    @discardableResult
    private func pass(waitMilliseconds: Int, deadlineMilliseconds: Int) async -> Bool {
        var hasAnswered = false
        for source in sources() {
            var isMore = true
            while isMore, !Task.isCancelled {
                switch await fetch(source, waitMilliseconds, deadlineMilliseconds) {
                case .committed:
                    hasAnswered = true
                    // Old blocks come faster many at a time; who has none is left for another.
                    if isFarBehind { isMore = await catchUp(source) }
                case .nothing:
                    hasAnswered = true
                    isMore = false
                case .failed: isMore = false
                }
                // Elected meanwhile: the other representatives wait for this node.
                if waitMilliseconds > 0, services.board.view.consensus != nil { return true }
            }
            if Task.isCancelled { return hasAnswered }
        }
        return hasAnswered
    }

    /// Whether the newest block here is so old that many must have come after it.
    private var isFarBehind: Bool {
        let (tip, interval) = services.chain.read { ($0.tip, $0.parameters.blockInterval) }
        return services.now().milliseconds(since: tip.time)
            > max(Limits.farBehindMilliseconds, 8 * interval)
    }

    /// Representatives first, each node beginning with another one; then the configured peers, then
    /// the candidates.
    private func sources() -> [String] {
        var list = services.deciderEndpoints
        if list.count > 1 {
            let start = Int(SecureRandom.uint64(below: UInt64(list.count)))
            list = Array(list[start...] + list[..<start])
        }
        list += services.configuration.peers
        list += services.chain.read { $0.candidates.map(\.endpoint) }
        var sources: [String] = []
        for endpoint in list
        where endpoint != services.configuration.endpoint && !sources.contains(endpoint) {
            sources.append(endpoint)
        }
        return sources
    }

    private func fetch(
        _ source: String, _ waitMilliseconds: Int, _ deadlineMilliseconds: Int
    ) async -> Outcome {
        let height = services.chain.tip.height + 1
        let response: Response
        do {
            response = try await services.client.send(
                "GET", "\(source)/v1/blocks/\(height)?wait=\(waitMilliseconds)",
                deadlineMilliseconds: waitMilliseconds + deadlineMilliseconds,
                maximumBodyByteCount: Limits.blockByteCountMaximum)
        } catch {
            note(source, error.detail)
            return .failed
        }
        let isAnswer = response.status == 200 || response.status == 404
        note(source, isAnswer ? nil : "it answered \(response.status)")
        if response.status == 404 { return .nothing }
        guard isAnswer else { return .failed }
        do {
            let (block, certificate) = try await check(response, height: height)
            if let reason = await services.inbox.commit(block, certificate) {
                return refuse(source, height, reason)
            }
            return .committed
        } catch {
            return refuse(source, height, "\(error)")
        }
    }

    /// Everything about a block that needs no execution.
    private func check(
        _ response: Response, height: UInt64
    ) async throws -> (Block, CommitCertificate) {
        let limits = JSONLimits(byteCountMaximum: Limits.blockByteCountMaximum)
        let stored = try StoredBlock(try response.json(limits: limits))
        let header = try BlockHeader(bytes: stored.header)
        guard header.height == height else {
            throw LedgerError(.block, "asked for block \(height), got \(header.height)")
        }
        let set = try services.chain.read { try $0.representativeSet(at: height) }
        try stored.certificate.verify(
            set: set, network: services.genesis.network, height: height, valueID: header.id)
        let transactions = try await services.verifier.verify(stored.transactions)
        return (Block(header: header, transactions: transactions), stored.certificate)
    }

    /// Keeps why a source gave no block, for the operator.
    private func note(_ source: String, _ reason: String?) {
        let failures = services.board.view.fetchFailures
        guard failures[source] != reason,
            reason == nil || failures.count < Limits.fetchFailuresMaximum
        else { return }
        services.board.update { $0.fetchFailures[source] = reason }
    }

    private func refuse(_ source: String, _ height: UInt64, _ reason: String) -> Outcome {
        noteRefused(source, height, reason)
        return .failed
    }

    /// Names a peer whose blocks are not good.
    func noteRefused(_ source: String, _ height: UInt64, _ reason: String) {
        note(source, reason)
        services.log.event(
            "peer-refused",
            [
                ("peer", .string(source)), ("height", JSON(height)), ("reason", .string(reason)),
            ])
    }
}
