import Cryptography
import Encoding
import Web

/// Brings one vote to the ledger and stays with it until its outcome is final. Handing in is
/// idempotent by the vote's id, so it is done again whenever nobody knows whether it arrived.
struct VoteFollower: Sendable {
    enum End: Sendable {
        case committed(height: Int64, code: String, detail: String)
        /// In no block, for ever.
        case void(code: String, detail: String)
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
            try await Task.sleep(for: .milliseconds(Limits.retryMilliseconds))
        }
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
                try? await Task.sleep(for: .milliseconds(Limits.retryMilliseconds))
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
            return .void(
                code: "sequence-used",
                detail: "Another transaction of the account took the number \(vote.sequence).")
        }
        if time >= vote.notAfter {
            return .void(
                code: "not-after-passed",
                detail: "No block took it before its notAfter \(vote.notAfter.rfc3339).")
        }
        return nil
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
        return .committed(
            .committed(height: height, code: code, detail: json["detail"]?.stringValue ?? ""))
    }
}
