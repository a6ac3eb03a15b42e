import Credentials
import Cryptography
import Encoding
import Ledger
import LedgerNode
import Storage
import TestSupport
import Testing

@testable import accredit

/// Nodes that run, and auditors that renew, take back, rotate and change who they are.
@Suite(.serialized, .timeLimit(.minutes(10))) struct AuditorSetFlowTests {
    @Test func `a renewed candidate keeps its votes, one taken back lapses at the next block`()
        async throws
    {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.others = 2
        }
        let flow = try Flow(network)
        try await network.withNodes(Array(0..<4)) { _ in
            try await flow.fundAuditors()
            let (kept, lost) = (4, 5)
            let first = try flow.bundle(of: kept, minutes: 30)
            let second = try flow.bundle(of: lost, minutes: 30)
            try await flow.stand([(kept, first), (lost, second)])
            let vote = [kept, lost].map {
                VoteChange(candidate: network.nodes[$0].identity, votes: 4)
            }.sorted { $0.candidate < $1.candidate }
            _ = try await flow.run(.vote(vote), by: network.voters[0])
            let before = try await flow.candidate(kept)

            let file = network.folder.file("newer.bundle")
            let newer = try flow.bundle(of: kept, minutes: 50)
            try DurableFile.write(Array(newer.jws.compact.utf8), to: file, replacing: false)
            let renewed = await flow.command(["candidate", "renew", file])
            #expect(renewed.code == 0, "\(renewed.messages)")
            let after = try #require(try await flow.candidate(kept))
            #expect(after["votes"] == 4 && after["registered"] == before?["registered"])
            #expect(after["validUntil"]?.stringValue == newer.expires.rfc3339)
            // The same bundle renews once.
            let again = await flow.command(["candidate", "renew", file])
            #expect(again.code == 1 && again.messages.contains("renewal-not-newer"))

            // A credential of the former admission is nobody's any more.
            let old = try flow.revocation(of: first, by: 0)
            _ = try await flow.run(old, by: network.auditors[0].account)
            let height = try await flow.run(
                try flow.revocation(of: second, by: 1), by: network.auditors[1].account)
            _ = try await network.block(height + 1, from: 0)
            #expect(try await flow.isListed(lost, at: height))
            #expect(try await flow.isListed(lost, at: height + 1) == false)
            #expect(try await flow.isListed(kept, at: height + 1))
            #expect(try await flow.candidate(kept)?["votes"] == 4)
            let voter = try await network.get("/v1/accounts/\(network.voters[0].did)", from: 0)
            #expect(voter["remaining"] == 6)
            // Later it admits nobody.
            let answer = try await flow.code(.candidateAdd([flow.entry(lost, second)]))
            #expect(answer == "credential-revoked")
            let id = second.credentials[1].claims.id
            let record = try await network.get(
                "/v1/credentials/\(id)?issuer=\(network.auditors[1].issuer)", from: 3)
            #expect(record["revoked"]?["height"] == JSON(height))
            try await flow.recountAgrees()
        }
    }

    @Test func `an auditor rotates its key, and both keys admit`() async throws {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.others = 2
        }
        let flow = try Flow(network)
        try await network.withNodes(Array(0..<4)) { _ in
            try await flow.fundAuditors()
            let auditor = network.auditors[0]
            let newKey = try KeyPair()
            let late = try flow.bundle(of: 5, signer: newKey)
            #expect(
                try await flow.code(.candidateAdd([flow.entry(5, late)])) == "quorum-not-met")
            let rotation = try AuditorRotation.Draft(
                network: network.network, issuer: auditor.issuer, version: 1,
                key: newKey.publicKey, window: auditor.window
            ).sign(oldKey: auditor.pair.key, newKey: newKey.key)
            let body = TransactionBody.auditorRotate(rotation: rotation.jws.compact)
            #expect(try await flow.code(body) == "not-auditor")
            let height = try await flow.run(body, by: auditor.account)
            try await flow.stand([(4, try flow.bundle(of: 4)), (5, late)])
            let changes = try await network.get("/v1/auditor-set/changes", from: 2)
            #expect(changes["version"] == 2)
            let change = try #require(changes["changes"]?.arrayValue?.first)
            #expect(change["height"] == JSON(height))
            let shown = await flow.command(["auditor-set", "show", "--output", "json"])
            #expect(try AuditorSet(json: JSON.parse(Array(shown.output.utf8))).version == 2)
            try await flow.recountAgrees()
        }
    }

    @Test func `auditors agree on a new set, and what a lost key signed late lapses`()
        async throws
    {
        let network = try await TestNetwork {
            $0.representatives = 4
            $0.others = 2
        }
        let flow = try Flow(network)
        try await network.withNodes(Array(0..<4)) { _ in
            try await flow.fundAuditors()
            let early = try await flow.stand([(4, try flow.bundle(of: 4))])
            _ = try await flow.stand([(5, try flow.bundle(of: 5))])
            // The key was good up to the block of the first, which is before that of the second.
            let lost = network.auditors[0]
            let kid = CredentialClaims.keyID(issuer: lost.issuer, key: lost.pair.publicKey)
            let file = network.folder.file("change.json")
            let proposed = await flow.command([
                "auditor-set", "propose", "--compromised", "\(kid)=\(early)", "--out", file,
            ])
            #expect(proposed.code == 0, "\(proposed.messages)")
            let signatures = try await flow.signatures(over: file, by: [1, 2])
            let few = await flow.command(["auditor-set", "submit", file, signatures[0]])
            #expect(few.code == 6 && few.messages.contains("2 are needed"), "\(few.messages)")
            let sent = await flow.command(["auditor-set", "submit", file] + signatures)
            #expect(sent.code == 0, "\(sent.messages)")
            let changes = try await network.get("/v1/auditor-set/changes", from: 0)
            let height = try #require(
                changes["changes"]?.arrayValue?.first?["height"]?.uint64Value)
            _ = try await network.block(height + 1, from: 0)
            #expect(try await flow.isListed(5, at: height))
            #expect(try await flow.isListed(5, at: height + 1) == false)
            #expect(try await flow.isListed(4, at: height + 1))
            #expect(
                try await flow.code(.candidateAdd([flow.entry(5, try flow.bundle(of: 5))]))
                    == "key-compromised")
            let again = await flow.command(["auditor-set", "submit", file] + signatures)
            #expect(again.code == 7, "\(again.messages)")
            try await flow.recountAgrees()
        }
    }
}

/// What these tests do with a network.
private struct Flow: Sendable {
    let network: TestNetwork
    private let key: String

    init(_ network: TestNetwork) throws {
        self.network = network
        key = network.folder.file("registrar.pem")
        try KeyFile.write(network.registrar.key, to: key, passphrase: nil)
    }

    func command(_ words: [String], key: String? = nil) async -> CommandResult {
        await CommandInProcess.run(
            words,
            environment: [
                "ACCREDIT_NODE": network.nodes[0].endpoint, "ACCREDIT_KEY": key ?? self.key,
                "ACCREDIT_AUTHORITY": network.nodes[0].configuration.tls.authority,
            ])
    }

    /// Sends and waits.
    /// - Returns: the code.
    func code(_ body: TransactionBody) async throws -> String {
        try await outcome(body, network.registrar)["code"]?.stringValue ?? ""
    }

    /// The same of what has to succeed.
    /// - Returns: the height of the block.
    @discardableResult
    func run(_ body: TransactionBody, by sender: KeyPair) async throws -> UInt64 {
        let answer = try await outcome(body, sender)
        #expect(answer["code"] == "ok", "\(answer.text)")
        return try #require(answer["height"]?.uint64Value)
    }

    private func outcome(_ body: TransactionBody, _ sender: KeyPair) async throws -> JSON {
        let account = try await network.get("/v1/accounts/\(sender.did)", from: 0)
        let transaction = try network.sign(
            body, by: sender, sequence: account["sequence"]?.uint64Value ?? 0)
        try await network.run(transaction, at: 0)
        return try await network.get("/v1/transactions/\(transaction.id.text)", from: 0)
    }

    /// The auditors' accounts send transactions, for which there have to be accounts.
    func fundAuditors() async throws {
        for auditor in network.auditors {
            let to = Identity(auditor.account.publicKey)
            try await run(.transfer(to: to, amount: 10), by: network.registrar)
        }
    }

    /// A bundle for a new application: of all auditors, or as few as it takes when the first signs
    /// with another key.
    func bundle(
        of index: Int, minutes: Int64 = 40, signer: KeyPair? = nil
    ) throws -> Credentials.Bundle {
        let node = network.nodes[index]
        let time = Instant(seconds: SystemClock.now().seconds - 2)
        let draft = ApplicationDraft(
            network: network.network, operatorName: "somebody", endpoint: node.endpoint,
            consensusKey: node.consensus.publicKey, issuedAt: time,
            nonce: SecureRandom.bytes(16),
            qualifications: Qualifications(device: .test(measuredAt: time), deposits: []))
        let application = try draft.sign(with: node.pair.key)
        let auditors = network.auditors.prefix(signer == nil ? 3 : 2)
        let credentials = try auditors.enumerated().map { place, auditor in
            var claims = auditor.claims(for: application, at: time)
            claims.validity = Validity(
                from: time, until: time.adding(milliseconds: minutes * 60_000))
            let pair = place == 0 ? signer ?? auditor.pair : auditor.pair
            return try claims.sign(with: pair.key)
        }
        return try Credentials.Bundle.merge(
            credentials, holder: node.pair.did, keyID: node.pair.did, id: SecureRandom.uuid(),
            at: time, key: node.pair.key)
    }

    func entry(_ index: Int, _ bundle: Credentials.Bundle) throws -> CandidateEntry {
        let node = network.nodes[index]
        return CandidateEntry(
            node: node.identity, consensusKey: node.consensus.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: network.network, node: node.identity, key: node.consensus.key),
            endpoint: node.endpoint, bundle: bundle.jws.compact)
    }

    @discardableResult
    func stand(_ nodes: [(index: Int, bundle: Credentials.Bundle)]) async throws -> UInt64 {
        try await run(
            .candidateAdd(try nodes.map { try entry($0.index, $0.bundle) }),
            by: network.registrar)
    }

    func revocation(of bundle: Credentials.Bundle, by auditor: Int) throws -> TransactionBody {
        .credentialRevoke(
            try CredentialRevocation(
                credential: bundle.credentials[auditor].claims.id,
                issuer: network.auditors[auditor].issuer, reason: "device-lost"))
    }

    /// The line of a node on the list; nil when it is not there.
    func candidate(_ index: Int) async throws -> JSON? {
        let list = try await network.get("/v1/candidates", from: 0)
        let did = network.nodes[index].pair.did
        return list["candidates"]?.arrayValue?.first { $0["node"]?.stringValue == did }
    }

    /// By the proven tally after a block.
    func isListed(_ index: Int, at height: UInt64) async throws -> Bool {
        let did = network.nodes[index].pair.did
        let answer = try await network.get("/v1/proofs/tallies/\(did)?height=\(height)", from: 0)
        return try TallyProof(try #require(answer["proof"])).leaf.listed
    }

    /// - Returns: the files.
    func signatures(over file: String, by auditors: [Int]) async throws -> [String] {
        var files: [String] = []
        for index in auditors {
            let key = network.folder.file("auditor\(index).pem")
            try KeyFile.write(network.auditors[index].pair.key, to: key, passphrase: nil)
            files.append(network.folder.file("auditor\(index).signature"))
            let signed = await command(
                ["auditor-set", "sign", file, "--out", files[files.count - 1]], key: key)
            #expect(signed.code == 0, "\(signed.messages)")
            #expect(signed.messages.contains("in other hands since block"))
        }
        return files
    }

    /// Votes and states counted again from the blocks, by the recount and by the state machine.
    func recountAgrees() async throws {
        for verb in ["recount", "verify"] {
            let result = await command(
                ["ledger", verb, "--genesis", network.genesisPath])
            #expect(result.code == 0, "\(verb): \(result.messages)")
        }
        // And by the demonstration's checks, which tell the result of every transaction.
        var recount = try Recount(genesis: InputFile.read(network.genesisPath))
        let status = try await network.get("/v1/status", from: 0)
        let height = try #require(status["height"]?.uint64Value)
        for number in 1...height {
            let json = try await network.get("/v1/blocks/\(number)", from: 0)
            let block = try ReadBlock(try #require(PublicRecord.Block(json)))
            #expect(recount.follow(block) == block.codes, "block \(number)")
        }
        let listed = try await network.get("/v1/candidates", from: 0)
        #expect(
            Set(recount.candidates.keys)
                == Set(
                    listed["candidates"]?.arrayValue?.compactMap { $0["node"]?.stringValue } ?? []))
    }
}
