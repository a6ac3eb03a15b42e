import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import Web

extension NodeRoutes {
    func addPeers(_ router: inout Router) {
        let gate = PeerGate(services: services)
        router.on(
            "POST", "/v1/peer/messages", summary: "Consensus messages of representatives",
            consumes: "application/octet-stream",
            maximumBodyByteCount: Limits.messageBatchByteCountMaximum,
            gate: { caller in try gate.admit(caller, for: .messages) }
        ) { request in
            try takeMessages(request.body, from: try Self.peer(request))
        }
        router.on(
            "POST", "/v1/peer/transactions", summary: "Transactions that another node was given",
            maximumBodyByteCount: Limits.transactionBatchByteCountMaximum,
            gate: { caller in try gate.admit(caller, for: .transactions) }
        ) { request in
            try await takeTransactions(request, from: try Self.peer(request))
        }
        router.on(
            "POST", "/v1/device/challenges", summary: "An auditor's challenge of this device",
            maximumBodyByteCount: Limits.challengeByteCountMaximum
        ) { request in
            try await answerChallenge(try request.json())
        }
    }

    private static func peer(_ request: Request) throws(Problem) -> Identity {
        guard let pass = request.pass as? PeerPass else {
            throw Problem.unavailable("The peer routes need a server that asks their gate.")
        }
        return pass.node
    }

    /// Shape, height and budget are checked here; the machine verifies the signatures.
    private func takeMessages(_ body: [UInt8], from peer: Identity) throws(Problem) -> Response {
        var messages: [(message: SignedMessage, byteCount: Int)] = []
        do {
            for bytes in try MessageBatch.decode(body) {
                messages.append((try SignedMessage(decoding: bytes), bytes.count))
            }
        } catch {
            services.book.blame(peer, .malformed)
            throw Problem(error)
        }
        try services.book.charge(
            peer, messages: messages.count,
            signatures: messages.reduce(0) { $0 + $1.message.signatureCountMaximum })
        let tip = services.chain.tip.height
        for (message, byteCount) in messages {
            services.book.noteSpoken(peer, height: message.height, round: message.round)
            // Of earlier heights nothing is of use, of later ones only their number.
            guard message.height >= tip,
                message.height <= tip + 1 + Limits.futureHeightsMaximum
            else { continue }
            guard services.inbox.offer(message, byteCount: byteCount, from: peer) else {
                throw Problem(
                    type: "busy", title: "Too many messages wait", status: 503,
                    detail: "Up to \(Limits.waitingMessagesPerPeerMaximum) consensus messages of "
                        + "one peer and \(Limits.waitingMessagesMaximum) of all wait to be taken.",
                    fix: "Send the newest again in a second.", headers: [("retry-after", "1")])
            }
        }
        if services.book.heightSpokenOf(services.directory) > tip + 2 {
            services.board.update { $0.isBehind = true }
        }
        return Response(status: 202)
    }

    private func takeTransactions(
        _ request: Request, from peer: Identity
    ) async throws -> Response {
        let limits = JSONLimits(byteCountMaximum: Limits.transactionBatchByteCountMaximum)
        let compacts: [String]
        do throws(FormatError) {
            let json = try JSON.parse(request.body, limits: limits)
            var fields = try Fields(json, "body")
            compacts = try fields.strings(
                "transactions", maximumCount: Limits.transactionsPerBatchMaximum,
                maximumByteCount: Limits.transactionByteCountMaximum)
            try fields.end()
        } catch {
            services.book.blame(peer, .malformed)
            throw Problem(error)
        }
        try services.book.charge(peer, transactions: compacts.count)
        let refused = try await desk.submit(compacts, isOwn: false).enumerated()
            .compactMap { place, result -> (place: Int, problem: Problem)? in
                guard case .failure(let problem) = result else { return nil }
                return (place, problem)
            }
        // Its sender verified it before it handed it on, if it is honest.
        for refusal in refused where refusal.problem.status == 400 {
            services.book.blame(peer, .wrongSignature)
        }
        let answer = refused.map { place, problem -> JSON in
            [
                "index": JSON(place), "type": .string(problem.type),
                "detail": .string(problem.detail),
            ]
        }
        return .json(
            ["taken": JSON(compacts.count - refused.count), "refused": .array(answer)],
            status: 202)
    }

    private func answerChallenge(_ json: JSON) async throws -> Response {
        let challenge: DeviceChallenge
        do { challenge = try DeviceChallenge(json: json) } catch {
            throw Problem(
                type: "challenge", title: "Not a device challenge", status: 400,
                detail: error.detail)
        }
        guard challenge.node.hasSameBytes(as: services.identity.text),
            challenge.network.hasSameBytes(as: services.genesis.network)
        else {
            throw Problem(
                type: "challenge-not-mine", title: "The challenge is for another node", status: 422,
                detail: "This is node \(services.identity) of network "
                    + "\(services.genesis.network); it works for no other.",
                fix: "Correct the endpoint in the application, or send the challenge there.")
        }
        try await challenges.enter(at: services.now())
        let keys = services.keys
        // Away from the event loop, and behind everything the node does for the chain.
        let result = await Task(priority: .utility) { () -> Result<String, CredentialError> in
            Result { () throws(CredentialError) in try challenge.answer(with: keys.node) }
        }.value
        await challenges.leave()
        switch result {
        case .success(let answer): return .json(["answer": .string(answer)])
        case .failure(let error):
            throw Problem(
                type: "challenge", title: "The challenge cannot be answered", status: 422,
                detail: error.detail)
        }
    }
}

extension SignedMessage {
    /// How many signatures it may take to verify.
    var signatureCountMaximum: Int {
        switch self {
        case .vote: 1
        case .proposal(let signed):
            signed.proposal.proof == nil ? 1 : Limits.signaturesPerMessageMaximum
        case .proofOfLock, .decision: Limits.signaturesPerMessageMaximum
        }
    }

    var round: UInt32 {
        switch self {
        case .vote(let signed): signed.vote.round
        case .proposal(let signed): signed.proposal.round
        case .proofOfLock(let proof): proof.round
        case .decision(let certificate, _): certificate.round
        }
    }
}
