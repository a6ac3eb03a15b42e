import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing
import VotingGateway
import Web

/// The gateway before a real ledger node, over TLS.
@Suite(.serialized, .timeLimit(.minutes(10))) struct VotingGatewayTests {
    private func problem(_ response: Response) throws -> String {
        #expect(response.header("content-type") == "application/problem+json")
        let type = try response.json()["type"]?.stringValue ?? ""
        return type.replacing("urn:accredit:problem:", with: "")
    }

    @Test func `a vote counts once and its repeat gets the first answer`() async throws {
        let world = try await GatewayWorld()
        try await world.ledger.withNodes([0]) { _ in
            try await world.stand()
            try await world.withGateway {
                let vote = try world.vote(4, sequence: 0)
                let first = try await world.post(vote.jws.compact)
                #expect(first.status == 200)
                let answer = try first.json()
                #expect(answer["id"]?.stringValue == vote.id.text)
                #expect(answer["state"] == "committed")
                #expect(answer["code"] == "ok")
                let again = try await world.post(vote.jws.compact)
                #expect(again.status == 200)
                #expect(again.body == first.body)
                #expect(try await world.get("/v1/votes/\(vote.id.text)").body == first.body)

                let receipt = try await world.get("/v1/votes/\(vote.id.text)/receipt")
                #expect(receipt.status == 200)
                let given = try await world.ledger.send(
                    "GET", "/v1/transactions/\(vote.id.text)/receipt", to: 0)
                #expect(receipt.body == given.body)
                #expect(answer["receipt"]?.bytes == given.body)
                #expect(answer["receipt"]?["transaction"]?.stringValue == vote.jws.compact)

                let account = try await world.ownAccount()
                #expect(account["allowance"] == 10)
                #expect(account["cast"] == 4)
                #expect(account["inFlight"] == 0)
                #expect(account["remaining"] == 6)
                #expect(account["nextSequence"] == 1)
                let results = try await world.get("/v1/results").json()
                #expect(results["results"]?[0]?["votes"] == 4)
                let past = try await world.get(
                    "/v1/results?before=\(SystemClock.now().rfc3339)")
                #expect(past.status == 200)
                #expect(try await world.get("/v1/results?before=yesterday").status == 400)
                try await eventually("the gateway is ready") {
                    try await world.get("/readyz").status == 200
                }

                // The ledger's no is an answer too: it is in a block and stays.
                let tooFew = try await world.post(try world.vote(-5, sequence: 1).jws.compact)
                #expect(tooFew.status == 200)
                #expect(try tooFew.json()["code"] == "withdrawal-exceeds-cast")
            }
        }
    }

    @Test func `of two votes at once that overspend together one is refused before the ledger`()
        async throws
    {
        let world = try await GatewayWorld()
        try await world.ledger.withNodes([0]) { _ in
            try await world.stand()
            try await world.withGateway {
                let votes = [try world.vote(6, sequence: 0), try world.vote(6, sequence: 1)]
                async let one = world.post(votes[0].jws.compact, wait: 500)
                async let other = world.post(votes[1].jws.compact, wait: 500)
                let answers = [try await one, try await other]
                let refused = try #require(answers.firstIndex { $0.status == 409 })
                #expect(try problem(answers[refused]) == "votes-exceeded")
                #expect(try answers[refused].json()["remaining"] == 4)
                #expect([200, 202].contains(answers[1 - refused].status))
                let path = "/v1/transactions/\(votes[refused].id.text)"
                let asked = try await world.ledger.get(path, from: 0)
                #expect(asked["state"] == "unknown")
                let missing = try await world.get("/v1/votes/\(votes[refused].id.text)")
                #expect(missing.status == 404)
            }
        }
    }

    @Test func `what is no vote of this network is refused with its reason`() async throws {
        let world = try await GatewayWorld()
        try await world.ledger.withNodes([0]) { _ in
            try await world.withGateway {
                func refusal(_ compact: String, _ status: Int) async throws -> String {
                    let response = try await world.post(compact)
                    #expect(response.status == status)
                    return try problem(response)
                }
                let data = try world.ledger.sign(
                    .data(content: "no vote"), by: world.voter, sequence: 0)
                #expect(try await refusal(data.jws.compact, 422) == "not-a-vote")

                let body = TransactionBody.vote([VoteChange(candidate: world.candidate, votes: 1)])
                func draft(_ network: String, _ seconds: Int64) -> TransactionDraft {
                    TransactionDraft(
                        network: network, sequence: 0,
                        notAfter: Instant(seconds: SystemClock.now().seconds + seconds), body: body)
                }
                let foreign = try draft("another", 60).sign(world.voter.key)
                #expect(try await refusal(foreign.jws.compact, 422) == "wrong-network")
                let late = try draft(world.ledger.network, -1).sign(world.voter.key)
                #expect(try await refusal(late.jws.compact, 422) == "not-after-passed")
                let others = try draft(world.ledger.network, 60).sign(world.ledger.voters[1].key)
                #expect(try await refusal(others.jws.compact, 403) == "other-account")

                let vote = try world.vote(1, sequence: 0)
                let parts = vote.jws.compact.split(separator: ".")
                let halves = foreign.jws.compact.split(separator: ".")
                let forged = "\(parts[0]).\(parts[1]).\(halves[2])"
                #expect(try await refusal(forged, 400) == "signature")
                #expect(try await refusal("a.b", 400) == "transaction-malformed")
                // A number that the ledger will not wait for: its refusal is told on.
                let ahead = try world.vote(1, sequence: 1_000_000)
                #expect(try await refusal(ahead.jws.compact, 409) == "sequence-too-far")
                #expect(try await world.get("/v1/votes/\(ahead.id.text)").status == 404)
            }
        }
    }

    @Test func `without a ledger node the outcome is pending and found after a restart`()
        async throws
    {
        let world = try await GatewayWorld()
        let vote = try world.vote(10, sequence: 0)
        try await world.ledger.withNodes([0]) { _ in
            try await world.stand()
            try await world.withGateway {
                let account = try await world.ownAccount()
                #expect(account["allowance"] == 10)
            }
        }
        // The gateway was started again and the ledger node is down.
        try await world.withGateway {
            let answer = try await world.post(vote.jws.compact, wait: 300)
            #expect(answer.status == 202)
            #expect(try answer.json()["state"] == "pending")
            let anybody = try await world.get("/v1/votes/\(vote.id.text)").json()
            #expect(anybody["state"] == "pending")
            #expect(anybody["account"] == nil)
            #expect(try answer.json()["lookUp"]?.stringValue == "/v1/votes/\(vote.id.text)")
            #expect(answer.header("location") == "/v1/votes/\(vote.id.text)")
            let account = try await world.ownAccount()
            #expect(account["inFlight"] == 10)
            #expect(account["remaining"] == 0)
            #expect(account["nextSequence"] == 1)
            #expect(account["votesInFlight"]?[0]?["id"]?.stringValue == vote.id.text)
            #expect(account["votesInFlight"]?[0]?["changes"]?[0]?["votes"] == 10)
            let told = try await world.get("/v1/accounts/\(world.voter.did)").json()
            #expect(told["remaining"] == 10)
            #expect(told["inFlight"] == nil)
            let second = try await world.post(try world.vote(1, sequence: 1).jws.compact)
            #expect(second.status == 409)
            let unseen = try await world.get("/v1/accounts/\(world.ledger.voters[1].did)")
            #expect(unseen.status == 503)
            #expect(try await world.get("/readyz").status == 503)
            #expect(try await world.get("/v1/results").status == 503)
        }
        // Another start, still without the ledger: the vote is in flight as before.
        try await world.withGateway {
            let standing = try await world.get("/v1/votes/\(vote.id.text)").json()
            #expect(standing["state"] == "pending")
            try await world.ledger.withNodes([0]) { _ in
                let found = try await world.settled(vote.id)
                #expect(found["state"] == "committed")
                #expect(found["code"] == "ok")
                let again = try await world.post(vote.jws.compact)
                #expect(again.status == 200)
                let results = try await world.get("/v1/results").json()
                #expect(results["results"]?[0]?["votes"] == 10)
            }
        }
    }

    @Test func `a vote in flight whose number another transaction took is void`() async throws {
        let world = try await GatewayWorld()
        let vote = try world.vote(1, sequence: 0)
        try await world.ledger.withNodes([0]) { _ in
            try await world.withGateway {
                _ = try await world.ownAccount()
            }
        }
        try await world.withGateway {
            let answer = try await world.post(vote.jws.compact, wait: 0)
            #expect(answer.status == 202)
        }
        try await world.ledger.withNodes([0]) { _ in
            let other = try world.ledger.sign(
                .data(content: "first"), by: world.voter, sequence: 0)
            let code = try await world.ledger.run(other, at: 0)
            #expect(code == "ok")
            try await world.withGateway {
                let found = try await world.settled(vote.id)
                #expect(found["state"] == "void")
                #expect(found["code"] == "sequence-used")
                let again = try await world.post(vote.jws.compact)
                #expect(again.status == 409)
                #expect(try problem(again) == "sequence-used")
                #expect(try await world.ownAccount()["remaining"] == 10)
            }
        }
    }

    @Test func `an account has at most 16 votes in flight`() async throws {
        let world = try await GatewayWorld()
        try await world.ledger.withNodes([0]) { _ in
            try await world.withGateway {
                let account = try await world.ownAccount()
                #expect(account["allowance"] == 10)
            }
        }
        try await world.withGateway {
            for sequence in UInt64(0)..<16 {
                let vote = try world.vote(-1, sequence: sequence)
                #expect(try await world.post(vote.jws.compact, wait: 0).status == 202)
            }
            let more = try await world.post(try world.vote(-1, sequence: 16).jws.compact)
            #expect(more.status == 429)
            #expect(try problem(more) == "account-full")
        }
    }
}
