import Cryptography
import Encoding
import Ledger
import Storage
import VotingGateway
import Web

/// A voting gateway, for the command and the demo. A session is opened for one account and serves
/// the requests of one run of the command.
struct GatewayClient: Sendable {
    private(set) var service: Service

    init(gateway: String, http: HTTPClient) {
        service = Service(noun: "the voting gateway", base: gateway, http: http)
    }

    /// Logs in: signs a challenge of the gateway with the account's key.
    /// - Parameter network: what the caller takes it for; nil when it takes the gateway's word.
    /// - Returns: the network's name.
    /// - Throws: a `verification` failure when the challenge is for something else than what was
    ///   called: signing it would log somebody else in there.
    mutating func logIn(_ signer: Signer, network: String?) async throws -> String {
        let answer = try await service.post("/v1/challenges", ["account": JSON(signer.did)])
        guard let challenge = try? LoginChallenge(answer) else {
            throw malformed("/v1/challenges answers with no challenge")
        }
        guard challenge.gateway.hasSameBytes(as: service.base) else {
            throw mismatch(
                "it names the gateway \(challenge.gateway.quotedForMessage)",
                "call the gateway by that address if it is the one you mean")
        }
        guard challenge.account.hasSameBytes(as: signer.did) else {
            throw mismatch(
                "it names the account \(challenge.account.quotedForMessage)",
                "do not use this gateway")
        }
        if let network, !challenge.network.hasSameBytes(as: network) {
            throw mismatch(
                "it names the network \(challenge.network.quotedForMessage), not \(network)",
                "name a gateway of \(network), or the right network with --network")
        }
        let login = try challenge.signed(with: signer.key)
        let session = try await service.post("/v1/sessions", ["login": JSON(login.compact)])
        guard let token = session["token"]?.stringValue else {
            throw malformed("/v1/sessions answers with no token")
        }
        service.token = token
        return challenge.network
    }

    /// Ends the session; one that cannot be ended ends by itself soon.
    func logOut() async {
        guard service.token != nil else { return }
        _ = try? await service.delete("/v1/sessions")
    }

    func account(_ did: String) async throws(Failure) -> JSON {
        try await service.get("/v1/accounts/\(Service.escaped(did))")
    }

    /// A vote of the number that follows what the gateway knows to be in flight, once logged in.
    func draft(
        _ changes: [VoteChange], from did: String, network: String
    ) async throws(Failure) -> TransactionDraft {
        let account = try await account(did)
        guard let next = (account["nextSequence"] ?? account["sequence"])?.uint64Value else {
            throw malformed("the account has no sequence")
        }
        let now = SystemClock.now()
        return TransactionDraft(
            network: network, sequence: next,
            notAfter: Instant(seconds: now.seconds + Limits.transactionSeconds),
            body: .vote(changes))
    }

    func outcome(of id: String, wait: Int64 = 0) async throws(Failure) -> GatewayOutcome {
        try read(
            try await service.get("/v1/votes/\(Service.escaped(id))", wait: wait), id)
    }

    /// Hands a vote in.
    /// - Parameter wait: milliseconds the gateway is asked to wait for its commit.
    func handIn(_ vote: Transaction, wait: Int64) async throws(Failure) -> GatewayOutcome {
        try read(
            try await service.post(
                "/v1/votes?wait=\(wait)", ["transaction": JSON(vote.jws.compact)], wait: wait),
            vote.id.text)
    }

    /// Hands a vote in and waits until it stands in a block. The same bytes are sent again when an
    /// answer is lost: they count once at most.
    /// - Throws: an `unknown` failure when nothing is known of it in time.
    func commit(
        _ vote: Transaction, timeoutMilliseconds: Int64, progress: @Sendable (String) -> Void
    ) async throws -> GatewayOutcome {
        let end = SystemClock.monotonicMilliseconds() + timeoutMilliseconds
        let id = vote.id.text
        var lost: String?
        progress("sending vote \(id)")
        while true {
            let left = end - SystemClock.monotonicMilliseconds()
            guard left > 0 else {
                throw unknown(
                    id, lost ?? "it was not in a block after \(timeoutMilliseconds / 1000) s")
            }
            do throws(Failure) {
                let wait = min(left, Limits.pollMilliseconds)
                let outcome = try await handIn(vote, wait: wait)
                if outcome.outcome.state != .pending { return outcome }
                lost = nil
                progress("waiting for vote \(id) to be in a block")
            } catch {
                // What was never sent is told at once; what may have arrived is asked for again.
                guard error.exit == .remote, lost != nil || Self.mayHaveArrived(error) else {
                    throw error
                }
                lost = error.why ?? error.what
                try await Task.sleep(for: .milliseconds(Limits.retryMilliseconds))
            }
        }
    }

    private static func mayHaveArrived(_ failure: Failure) -> Bool {
        let sentNothing = ["web.connect", "web.tls", "web.address"]
        return failure.code.hasPrefix("web.") && !sentNothing.contains(failure.code)
    }

    private func read(_ json: JSON, _ id: String) throws(Failure) -> GatewayOutcome {
        guard let outcome = GatewayOutcome(id: id, json) else {
            throw malformed("the state of the vote \(id) cannot be read")
        }
        return outcome
    }

    private func unknown(_ id: String, _ why: String) -> Failure {
        Failure(
            .remote, "vote.unknown", "the outcome of vote \(id) is not known",
            why: why + "; it may still be committed, and counts once at most",
            fix: "accredit vote show \(id) --gateway \(service.base)",
            members: [("vote", .string(id))])
    }

    private func mismatch(_ why: String, _ fix: String) -> Failure {
        Failure(
            .verification, "login.challenge",
            "the challenge of \(service.base) is not signed", why: why, fix: fix)
    }

    private func malformed(_ what: String) -> Failure {
        Failure(
            .remote, "server.format", "the voting gateway at \(service.base) answers wrongly",
            why: what, fix: "check that it is a voting gateway of this release")
    }
}

/// What became of a vote, as a gateway tells it: with the receipt once it is committed.
struct GatewayOutcome: Sendable {
    let outcome: TransactionOutcome
    /// Compact JSON, as the ledger node wrote it.
    let receipt: JSON?
    private let document: JSON

    /// Nil for what is no outcome, and for one that is committed and has no receipt.
    init?(id: String, _ json: JSON) {
        guard let outcome = TransactionOutcome(id: id, json) else { return nil }
        receipt = json["receipt"]
        if outcome.state == .committed, receipt == nil { return nil }
        self.outcome = outcome
        document = json
    }

    var json: JSON { document }

    /// The outcome, and what the receipt says of its block.
    var table: String {
        guard let receipt, let text = receipt["header"]?.stringValue,
            let header = try? BlockHeader(bytes: Array(text.utf8))
        else { return outcome.table }
        let signatures = receipt["certificate"]?["signatures"]?.arrayValue?.count ?? 0
        return outcome.table + "\n\n"
            + Table.pairs([
                ("receipt", "block \(header.height)"), ("block", header.id.text),
                ("time", header.time.rfc3339), ("signed by", "\(signatures) representatives"),
            ])
    }
}
