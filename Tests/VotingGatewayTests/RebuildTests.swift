import Cryptography
import Encoding
import FoundationEssentials
import Ledger
import Storage
import TestSupport
import Testing
import VotingGateway
import Web

/// A gateway whose store was lost or comes from a backup, before a real ledger node.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RebuildTests {
    /// What becomes of the store while the gateway is stopped.
    enum Loss: CaseIterable, Sendable {
        case deleted
        /// Restored from a backup made before the last votes.
        case old
        /// Lost, and back again in full.
        case none
    }

    @Test(arguments: Loss.allCases)
    func `a gateway without its newest votes neither counts twice nor tells wrong figures`(
        loss: Loss
    ) async throws {
        let world = try await GatewayWorld()
        try await world.ledger.withNodes([0]) { _ in
            try await world.stand()
            let votes = [try world.vote(4, sequence: 0), try world.vote(3, sequence: 1)]
            var bodies: [[UInt8]] = []
            try await world.withGateway {
                bodies.append(try await world.post(votes[0].jws.compact).body)
            }
            try world.backUp()
            try await world.withGateway {
                bodies.append(try await world.post(votes[1].jws.compact).body)
            }
            try world.lose(loss)
            world.forgetSessions()
            try await world.withGateway {
                // Before the voter comes back: anybody may look the votes up.
                for (vote, body) in zip(votes, bodies) {
                    let found = try await world.get("/v1/votes/\(vote.id.text)")
                    #expect(found.body == body)
                }
                let before = try await world.ownAccount()
                #expect(before["cast"] == 7)
                #expect(before["remaining"] == 3)
                #expect(before["nextSequence"] == 2)
                for (vote, body) in zip(votes, bodies) {
                    let again = try await world.post(vote.jws.compact)
                    #expect(again.status == 200)
                    #expect(again.body == body)
                }
                let more = try await world.post(try world.vote(4, sequence: 2).jws.compact)
                #expect(more.status == 409)
                let rest = try await world.post(try world.vote(3, sequence: 2).jws.compact)
                #expect(try rest.json()["code"] == "ok")
                let after = try await world.ownAccount()
                #expect(after["cast"] == 10)
                #expect(after["remaining"] == 0)
                let results = try await world.get("/v1/results").json()
                #expect(results["results"]?[0]?["votes"] == 10)
            }
        }
    }

    @Test func `a vote in flight in a backup is found committed and counts once`() async throws {
        let world = try await GatewayWorld()
        let vote = try world.vote(10, sequence: 0)
        try await world.ledger.withNodes([0]) { _ in
            try await world.stand()
            try await world.withGateway { _ = try await world.ownAccount() }
        }
        try await world.withGateway {
            let answer = try await world.post(vote.jws.compact, wait: 0)
            #expect(answer.status == 202)
        }
        try world.backUp()
        try await world.ledger.withNodes([0]) { _ in
            var first: [UInt8] = []
            try await world.withGateway {
                #expect(try await world.settled(vote.id)["state"] == "committed")
                first = try await world.post(vote.jws.compact).body
            }
            try world.lose(.old)
            try await world.withGateway {
                #expect(try await world.settled(vote.id)["code"] == "ok")
                #expect(try await world.post(vote.jws.compact).body == first)
                let account = try await world.ownAccount()
                #expect(account["cast"] == 10)
                #expect(account["inFlight"] == 0)
                #expect(account["remaining"] == 0)
                #expect(account["nextSequence"] == 1)
                let results = try await world.get("/v1/results").json()
                #expect(results["results"]?[0]?["votes"] == 10)
            }
        }
    }

    @Test func `a vote whose time is over is found again with its first outcome`() async throws {
        let world = try await GatewayWorld()
        try await world.ledger.withNodes([0]) { _ in
            try await world.stand()
            let body = TransactionBody.vote([VoteChange(candidate: world.candidate, votes: 2)])
            let (vote, first) = try await world.briefVote(body)
            try world.lose(.deleted)
            world.forgetSessions()
            while SystemClock.now() < vote.notAfter {
                try await Task.sleep(for: .milliseconds(100))
            }
            try await world.withGateway {
                let again = try await world.post(vote.jws.compact)
                #expect(again.status == 200)
                #expect(again.body == first)
                // One that no block has is over for good.
                let late = try world.ledger.sign(
                    body, by: world.voter, sequence: 1, validForSeconds: -1)
                #expect(try await world.post(late.jws.compact).status == 422)
                #expect(try await world.ownAccount()["cast"] == 2)
            }
        }
    }

    @Test func `votes need a login unless the gateway is open`() async throws {
        for isOpen in [false, true] {
            let world = try await GatewayWorld(isOpen: isOpen)
            try await world.ledger.withNodes([0]) { _ in
                try await world.stand()
                try await world.withGateway {
                    let vote = try world.vote(1, sequence: 0)
                    let body: JSON = ["transaction": JSON(vote.jws.compact)]
                    let answer = try await world.send("POST", "/v1/votes", body)
                    #expect(answer.status == (isOpen ? 200 : 401))
                    if !isOpen { #expect(answer.header("www-authenticate") == "Bearer") }
                    let wrong = try await world.send("POST", "/v1/votes", body, token: "wrong")
                    #expect(wrong.status == 401)
                    let token = try await world.token(of: world.voter)
                    #expect(
                        try await world.send("DELETE", "/v1/sessions", token: token).status == 204)
                    #expect(
                        try await world.send("POST", "/v1/votes", body, token: token).status == 401)
                    // The ledger does not know this account, so nobody logs in as it.
                    let stranger = try KeyPair()
                    let given = try await world.send(
                        "POST", "/v1/challenges", ["account": JSON(stranger.did)])
                    let login = try LoginChallenge(given.json()).signed(with: stranger.key)
                    let refused = try await world.send(
                        "POST", "/v1/sessions", ["login": JSON(login.compact)])
                    #expect(refused.status == 404)
                }
            }
        }
    }

    @Test func `the store of another network is refused`() async throws {
        let world = try await GatewayWorld()
        try await world.withGateway {}
        try world.rename(network: "another")
        await #expect(throws: StorageError.self) { try await world.withGateway {} }
    }
}

extension GatewayWorld {
    private var store: String { ledger.folder.file("gateway/data") }
    private var backup: String { ledger.folder.file("gateway/backup") }

    /// Copies the store of a stopped gateway.
    func backUp() throws {
        try FileManager.default.copyItem(atPath: store, toPath: backup)
    }

    /// A vote that is good for so long only that a busy machine gets it into a block, and the
    /// answer to it.
    func briefVote(_ body: TransactionBody) async throws -> (Transaction, answer: [UInt8]) {
        var answer: (Transaction, [UInt8])?
        try await withGateway {
            _ = try await token(of: voter)
            let vote = try ledger.sign(body, by: voter, sequence: 0, validForSeconds: 12)
            answer = (vote, try await post(vote.jws.compact).body)
        }
        return try #require(answer)
    }

    func lose(_ loss: RebuildTests.Loss) throws {
        guard loss != .none else { return }
        try FileManager.default.removeItem(atPath: store)
        if loss == .old { try FileManager.default.copyItem(atPath: backup, toPath: store) }
    }

    /// Changes the network in the gateway's configuration.
    func rename(network: String) throws {
        let json = try JSON.parse(
            DurableFile.read(configurationPath, maximumByteCount: 65_536))
        var members = try #require(json.objectValue)
        members["network"] = JSON(network)
        try DurableFile.write(
            JSON.object(members).bytes, to: configurationPath, replacing: true)
    }
}
