import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing

@testable import accredit

/// A short chain made without servers, and what servers would tell of it: a founder makes blocks, a
/// node stands, is voted for and takes the only seat; a deposit is paid and goes back.
struct DemoChain {
    static let network = "test-network"

    let candidacy: TestCandidacy
    let founder: KeyPair
    let founderConsensus: KeyPair
    let voter: KeyPair
    private var state: LedgerState
    private let keys = KeyCache()
    private(set) var record: PublicRecord
    private let bundle: Bundle
    private var deposit: Digest?

    /// The whole chain, with everything that is fetched of it.
    static func record() throws -> (PublicRecord, DemoChecks.Expectations) {
        var chain = try DemoChain()
        try chain.play()
        try chain.tell()
        return (chain.record, try chain.expectations())
    }

    private init() throws {
        candidacy = try TestCandidacy()
        founder = try KeyPair()
        founderConsensus = try KeyPair(.ed25519)
        voter = try KeyPair()
        let (application, now, node) = (candidacy.application, candidacy.now, candidacy.node)
        bundle = try Bundle.merge(
            try candidacy.auditors.map { try $0.credential(for: application, at: now) },
            holder: node.did, keyID: node.did, id: SecureRandom.uuid(), at: now, key: node.key)
        let voter = voter
        let auditors = candidacy.auditors.map(\.account)
        let genesis: JSON = [
            "network": JSON(Self.network), "time": JSON(candidacy.now.rfc3339),
            "registrar": JSON(founder.did),
            "representatives": [
                [
                    "node": JSON(founder.did),
                    "consensusKey": JSON(Base64URL.encode(founderConsensus.publicKey.bytes)),
                    "endpoint": "https://127.0.0.1:9000",
                ]
            ],
            "accounts": .array(
                ([founder, voter, candidacy.node] + auditors).map { pair in
                    [
                        "account": JSON(pair.did), "balance": "1000",
                        "allowance": pair === voter ? 10 : 0,
                    ]
                }),
            "auditorSet": candidacy.set.json,
            "parameters": [
                "approval": "all", "electionInterval": 4, "seats": 1, "minimumSeats": 1,
                "allowance": 0, "votesPerCandidate": 10, "proofOfWorkBits": 0,
                "blockInterval": 100, "heartbeat": 1000, "termMarginSeconds": 0,
            ],
        ]
        state = try LedgerState(genesis: Genesis(bytes: genesis.bytes))
        record = PublicRecord(genesis: genesis.bytes)
    }

    // MARK: - Blocks

    private mutating func play() throws {
        let node = Identity(candidacy.node.publicKey)
        let auditor = candidacy.auditors[0]
        deposit = try add(
            .depositPay(auditor: auditor.issuer, node: Identity(founder.publicKey), amount: 100),
            by: voter)
        _ = try add(.candidateAdd([entry()]), by: candidacy.node)
        _ = try add(.vote([VoteChange(candidate: node, votes: 3)]), by: voter)
        // More than the voter has left: the ledger refuses it.
        _ = try add(.vote([VoteChange(candidate: node, votes: 8)]), by: voter)
        for _ in 5...7 { try add([]) }
        if let deposit {
            _ = try add(.depositRefund(deposit: deposit), by: auditor.account)
        }
    }

    private func entry() throws -> CandidateEntry {
        let node = Identity(candidacy.node.publicKey)
        return CandidateEntry(
            node: node, consensusKey: candidacy.consensusKey.publicKey.bytes,
            proof: try ConsensusKeyProof.sign(
                network: Self.network, node: node, key: candidacy.consensusKey.key),
            endpoint: candidacy.application.endpoint, bundle: bundle.jws.compact)
    }

    private mutating func add(_ body: TransactionBody, by pair: KeyPair) throws -> Digest {
        let sequence = state.account(Identity(pair.publicKey))?.sequence ?? 0
        let transaction = try TransactionDraft(
            network: Self.network, sequence: sequence,
            notAfter: candidacy.now.adding(milliseconds: 600_000), body: body
        ).sign(pair.key)
        try add([transaction.verified(keys: keys)])
        return transaction.id
    }

    private mutating func add(_ transactions: [VerifiedTransaction]) throws {
        let height = state.tip.height + 1
        let deciders = state.representatives(at: height).list
        let executed = try state.propose(
            pending: transactions, time: state.tip.time.adding(milliseconds: 1000),
            proposer: deciders[0].node, round: 0)
        try state.commit(executed)
        let header = executed.block.header
        let json: JSON = [
            "header": JSON(String(decoding: header.bytes, as: UTF8.self)),
            "transactions": .array(
                executed.block.received.transactions.map { JSON($0) }),
            "results": .array(executed.results.map(\.json)),
            "certificate": try certificate(header, deciders),
        ]
        if let block = PublicRecord.Block(json) { record.blocks.append(block) }
    }

    private func certificate(
        _ header: BlockHeader, _ deciders: [Representative]
    ) throws -> JSON {
        let keys = try deciders.map {
            try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
        }
        let set = try RepresentativeSet(
            keys, approval: .all, genesis: state.genesisDigest,
            since: state.seatedSince(at: header.height))
        let vote = Vote(kind: .precommit, height: header.height, round: 0, valueID: header.id)
        let message = SigningDomain(network: Self.network, set: set.digest).bytes(of: vote)
        let pair = keys[0] == founderConsensus.publicKey ? founderConsensus : candidacy.consensusKey
        return [
            "height": JSON(header.height), "round": 0, "block": JSON(header.id.text),
            "bitmap": JSON(Base64URL.encode([1])),
            "signatures": [JSON(Base64URL.encode(try pair.key.sign(message)))],
        ]
    }

    // MARK: - What servers tell

    private mutating func tell() throws {
        let height = JSON(state.tip.height)
        func with(_ json: JSON, _ name: String, _ value: JSON) -> JSON {
            var object = json.objectValue ?? JSONObject()
            object[name] = value
            return .object(object)
        }
        record.headersByNode = ["one": try last.header, "two": try last.header]
        record.elections = state.elections.dropFirst().map { election in
            let nodes = election.representatives.list.map { JSON($0.node.text) }
            return with(election.json, "representatives", .array(nodes))
        }
        record.results = [
            ["height": height, "results": .array(state.results.map(\.json))],
            [
                "before": JSON(state.tip.time.rfc3339), "height": JSON(state.tip.height - 1),
                "results": .array(state.results.map(\.json)),
            ],
        ]
        let people = [founder, voter, candidacy.node] + candidacy.auditors.map(\.account)
        record.accounts = people.compactMap { pair in
            state.account(Identity(pair.publicKey)).map { with($0.json, "height", height) }
        }
        record.deposits = deposit.flatMap { state.deposit($0) }.map { [$0.json] } ?? []
        record.statuses = [founder, candidacy.node].map { pair in
            let status = state.status(of: Identity(pair.publicKey))
            return [
                "height": height, "node": JSON(pair.did), "nodeStatus": JSON(status.rawValue),
            ]
        }
        record.candidates = [
            "height": height,
            "candidates": .array(state.candidates.map { ["node": JSON($0.node.text)] }),
        ]
        record.receipts = [try receipt(height: 2)]
        try tellCredentials()
    }

    private var last: PublicRecord.Block {
        get throws { try #require(record.blocks.last) }
    }

    private func receipt(height: Int) throws -> JSON {
        let block = record.blocks[height - 1]
        let transaction = try Transaction(compact: block.transactions[0])
        return [
            "id": JSON(transaction.id.text), "transaction": JSON(block.transactions[0]),
            "height": JSON(height), "index": 0, "count": 1, "path": [], "resultPath": [],
            "result": ["code": JSON(block.codes[0]), "detail": ""],
            "header": JSON(String(decoding: block.header, as: UTF8.self)),
            "certificate": block.certificate,
        ]
    }

    private mutating func tellCredentials() throws {
        record.bundles = ["node": bundle.jws.compact]
        for credential in bundle.credentials {
            record.credentials[credential.claims.id] = credential.jws.compact
        }
        for auditor in candidacy.auditors {
            let key = auditor.pair.publicKey
            let name = CredentialClaims.keyID(issuer: auditor.issuer, key: key)
            record.keySets[auditor.issuer] = try JWKSet([.init(keyID: name, key: key)]).json
        }
        let node = candidacy.node
        record.keySets[node.did] = try JWKSet([.init(keyID: node.did, key: node.publicKey)]).json
    }

    private func expectations() throws -> DemoChecks.Expectations {
        DemoChecks.Expectations(
            applicants: [
                ExpectedOutcome(
                    name: "node", node: candidacy.node.did,
                    application: candidacy.application.digest.text,
                    consenting: Set(candidacy.auditors.map(\.issuer)), refusing: [],
                    isQuorumMet: true, admission: "ok")
            ],
            refunds: [
                ExpectedRefund(
                    deposit: try #require(deposit).text, payer: voter.did, amount: 100)
            ],
            switches: 1)
    }
}
