import Cryptography
import Encoding
import Ledger
import Web

/// Brings one vote to the ledger and stays with it until its outcome is final. Handing in is
/// idempotent by the vote's id, so it is done again whenever nobody knows whether it arrived.
struct VoteFollower: Sendable {
    enum End: Sendable {
        /// In a block that the representatives agreed on, with the receipt that proves it.
        case committed(Vote)
        /// In no block, for ever.
        case void(Vote)
        /// The first node that heard of it did not take it.
        case refused(Problem)
    }

    let vote: Vote
    let nodes: LedgerNodes
    /// Whether some node may have the vote already: then another one's refusal proves nothing.
    private(set) var mayHaveArrived: Bool

    init(_ vote: Vote, nodes: LedgerNodes, mayHaveArrived: Bool) {
        self.vote = vote
        self.nodes = nodes
        self.mayHaveArrived = mayHaveArrived
    }

    /// - Throws: `CancellationError`.
    mutating func end() async throws -> End {
        while true {
            for url in nodes.urls {
                try Task.checkCancellation()
                if let end = await ask(url) { return end }
            }
            try await nodes.transport.pause(milliseconds: Limits.retryMilliseconds)
        }
    }

    /// The vote as the ledger has committed it, whoever handed it in; nil when no node knows it.
    func found() async -> Vote? {
        for url in nodes.urls {
            if case .committed(.committed(let vote)) = await outcome(at: url, waitMilliseconds: 0) {
                return vote
            }
        }
        return nil
    }

    private mutating func ask(_ url: String) async -> End? {
        let response: Response
        do throws(WebError) {
            response = try await nodes.send(
                "POST", url + "/v1/transactions", body: ["transaction": JSON(vote.transaction)])
        } catch {
            switch error.code {
            case .address, .connect, .tls: break
            case .timeout, .framing, .tooLarge, .portInUse, .closed, .system: mayHaveArrived = true
            }
            return nil
        }
        switch response.status {
        case 202:
            mayHaveArrived = true
            return await waitForCommit(at: url)
        case 400..<500:
            return mayHaveArrived ? await finality(at: url) : .refused(Problem(passingOn: response))
        default:
            return nil
        }
    }

    /// Nil when the node no longer has the vote, or does not answer.
    private func waitForCommit(at url: String) async -> End? {
        while !Task.isCancelled {
            let answer = await outcome(at: url, waitMilliseconds: Limits.commitWaitMilliseconds)
            switch answer {
            case .committed(let end): return end
            case .absent, .unanswered: return nil
            case .waiting:
                try? await nodes.transport.pause(milliseconds: Limits.retryMilliseconds)
            }
        }
        return nil
    }

    /// What no later block can change: the vote's time is over, or its number belongs to another
    /// transaction. The state is read before the outcome, so that the outcome covers it.
    private func finality(at url: String) async -> End? {
        guard
            let status = try? await nodes.send("GET", url + "/v1/status").json(),
            let time = status["time"]?.stringValue.flatMap({ try? Instant(rfc3339: $0) }),
            let account = try? await nodes.send("GET", url + "/v1/accounts/\(vote.account)").json(),
            let mirror = try? Mirror(account, account: vote.account)
        else { return nil }
        switch await outcome(at: url, waitMilliseconds: 0) {
        case .committed(let end): return end
        case .unanswered: return nil
        case .waiting, .absent: break
        }
        if mirror.sequence > vote.sequence {
            return void(
                "sequence-used",
                "Another transaction of the account took the number \(vote.sequence).")
        }
        if time >= vote.notAfter {
            return void(
                "not-after-passed",
                "No block took it before its notAfter \(vote.notAfter.rfc3339).")
        }
        return nil
    }

    private func void(_ code: String, _ detail: String) -> End {
        .void(vote.settled(.void, height: nil, code: code, detail: detail, receipt: nil))
    }

    private enum Standing {
        case committed(End)
        case waiting
        case absent
        case unanswered
    }

    private func outcome(at url: String, waitMilliseconds: Int) async -> Standing {
        let answer = try? await nodes.send(
            "GET", url + "/v1/transactions/\(vote.id.text)?wait=\(waitMilliseconds)",
            milliseconds: waitMilliseconds + Limits.ledgerAnswerMilliseconds)
        guard let answer, answer.status == 200, let json = try? answer.json(),
            json["id"]?.stringValue == vote.id.text, let state = json["state"]?.stringValue
        else { return .unanswered }
        if state == "pending" { return .waiting }
        if state == "unknown" { return .absent }
        guard state == "committed", let height = json["height"]?.int64Value,
            let code = json["code"]?.stringValue
        else { return .unanswered }
        guard let receipt = await receipt(at: url) else { return .unanswered }
        return .committed(
            .committed(
                vote.settled(
                    .committed, height: height, code: code,
                    detail: json["detail"]?.stringValue ?? "", receipt: receipt)))
    }

    /// The proof, as the node gives it: without one the gateway does not say that a vote counts.
    private func receipt(at url: String) async -> [UInt8]? {
        let answer = try? await nodes.send(
            "GET", url + "/v1/transactions/\(vote.id.text)/receipt")
        guard let answer, answer.status == 200,
            let json = try? JSON.parse(answer.body, limits: Vote.receiptLimits),
            let named = json["transaction"]?.stringValue,
            // Not the bytes: two signatures of one payload are one transaction.
            let transaction = try? Transaction(compact: named), transaction.id == vote.id
        else { return nil }
        return answer.body
    }
}
