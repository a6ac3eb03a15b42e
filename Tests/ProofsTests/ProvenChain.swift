import Consensus
import Credentials
import Cryptography
import Encoding
import Ledger
import Proofs
import TestSupport
import Testing

/// A chain made without servers, with certificates: four founders, five nodes that stand and are
/// elected by turns, two voters. An election every fourth block; blocks are a second apart.
struct ProvenChain {
    struct Member: Sendable {
        let pair: KeyPair
        let consensus: KeyPair

        init() throws {
            pair = try KeyPair()
            consensus = try KeyPair(.ed25519)
        }

        var identity: Identity { Identity(pair.publicKey) }
    }

    struct SignedBlock: Sendable {
        let header: BlockHeader
        let certificate: CommitCertificate
        let transactions: [Transaction]
        let results: [TransactionResult]
        let election: Election?
        let electionProof: RecordProof?
        /// All tallies, and each candidate's own.
        let sheet: TallySheet
        let tallies: [TallyProof]
    }

    static let network = "test-network"

    let candidacy: TestCandidacy
    let founders: [Member]
    let nodes: [Member]
    let voters: [KeyPair]
    let genesis: Genesis
    private(set) var state: LedgerState
    /// From height 1 on.
    private(set) var blocks: [SignedBlock] = []
    private(set) var handovers: [Handover] = []

    /// - Parameter seats: how many founders there are, and seats; one node more stands for them.
    init(seats: Int = 4) throws {
        candidacy = try TestCandidacy()
        founders = try (0..<seats).map { _ in try Member() }
        nodes = try (0...seats).map { _ in try Member() }
        voters = try (0..<2).map { _ in try KeyPair() }
        let pairs = founders.map(\.pair) + nodes.map(\.pair) + voters
        let voters = voters
        let json: JSON = [
            "network": JSON(Self.network), "time": JSON(candidacy.now.rfc3339),
            "registrar": JSON(founders[0].pair.did),
            "representatives": .array(
                founders.enumerated().map { index, member in
                    [
                        "node": JSON(member.pair.did),
                        "consensusKey": JSON(
                            Base64URL.encode(member.consensus.publicKey.bytes)),
                        "endpoint": JSON("https://127.0.0.1:\(9000 + index)"),
                    ]
                }),
            "accounts": .array(
                pairs.map { pair in
                    [
                        "account": JSON(pair.did), "balance": "1000",
                        "allowance": voters.contains { $0 === pair } ? 20 : 0,
                    ]
                }),
            "auditorSet": candidacy.set.json,
            "parameters": [
                "approval": ["ratio": "7/10"], "electionInterval": 4, "seats": JSON(seats),
                "minimumSeats": 4, "allowance": 0, "votesPerCandidate": 20, "proofOfWorkBits": 0,
                "blockInterval": 100, "heartbeat": 1000, "termMarginSeconds": 0,
            ],
        ]
        genesis = try Genesis(bytes: json.bytes)
        state = try LedgerState(genesis: genesis)
    }

    /// Two elections, each of which changes the set: nodes 0 to 3 act from height 6, nodes 0, 1, 2
    /// and 4 from height 10. Block 2 has three votes, the last of them refused.
    static func played() throws -> ProvenChain {
        var chain = try ProvenChain()
        try chain.stand()
        let node = chain.nodes.map(\.identity)
        try chain.add([
            try chain.vote([(node[0], 5), (node[1], 4), (node[2], 3), (node[3], 2)], voter: 0),
            try chain.vote([(node[4], 1)], voter: 1),
            try chain.vote([(node[4], 20)], voter: 1, ahead: 1),
        ])
        for _ in 3...6 { try chain.add([]) }
        try chain.add([try chain.vote([(node[4], 5)], voter: 1)])
        while chain.blocks.count < 12 { try chain.add([]) }
        return chain
    }

    /// The next block, in which all nodes become candidates.
    mutating func stand() throws {
        try add(try nodes.map { try sign(try candidacy(of: $0), $0.pair) })
    }

    func sign(_ body: TransactionBody, _ pair: KeyPair, ahead: UInt64 = 0) throws -> Transaction {
        let sequence = state.account(Identity(pair.publicKey))?.sequence ?? 0
        return try TransactionDraft(
            network: Self.network, sequence: sequence + ahead,
            notAfter: candidacy.now.adding(milliseconds: 600_000), body: body
        ).sign(pair.key)
    }

    /// A change of parameters that all founders approved.
    func update(_ parameters: [(String, JSON)]) throws -> Transaction {
        let change = { (approvals: [String]) in
            ParametersUpdate(
                replaces: state.parameters.version, parameters: JSONObject(parameters),
                approvals: approvals)
        }
        let approvals = try founders.map {
            try ParametersApproval.sign(change([]), network: Self.network, key: $0.pair.key)
                .jws.compact
        }
        return try sign(.parametersUpdate(change(approvals)), founders[0].pair)
    }

    func vote(
        _ changes: [(Identity, Int64)], voter: Int, ahead: UInt64 = 0
    ) throws -> Transaction {
        let list = changes.map { VoteChange(candidate: $0.0, votes: $0.1) }
        return try sign(
            .vote(list.sorted { $0.candidate < $1.candidate }), voters[voter], ahead: ahead)
    }

    private func candidacy(of member: Member) throws -> TransactionBody {
        let now = candidacy.now
        let draft = ApplicationDraft.test(
            network: Self.network, consensusKey: member.consensus.publicKey, at: now)
        let application = try draft.sign(with: member.pair.key)
        let bundle = try Bundle.merge(
            try candidacy.auditors.map { try $0.credential(for: application, at: now) },
            holder: member.pair.did, keyID: member.pair.did, id: SecureRandom.uuid(), at: now,
            key: member.pair.key)
        return .candidateAdd([
            CandidateEntry(
                node: member.identity, consensusKey: member.consensus.publicKey.bytes,
                proof: try ConsensusKeyProof.sign(
                    network: Self.network, node: member.identity, key: member.consensus.key),
                endpoint: application.endpoint, bundle: bundle.jws.compact)
        ])
    }

    mutating func add(_ transactions: [Transaction]) throws {
        let height = state.tip.height + 1
        let deciders = state.representatives(at: height)
        let keys = KeyCache()
        let executed = try state.propose(
            pending: try transactions.map { try $0.verified(keys: keys) },
            time: state.tip.time.adding(milliseconds: 1000), proposer: deciders.list[0].node,
            round: 0)
        try #require(executed.block.transactions.count == transactions.count)
        try state.commit(executed)
        let header = executed.block.header
        let certificate = try certify(header, by: deciders)
        blocks.append(
            SignedBlock(
                header: header, certificate: certificate,
                transactions: executed.block.transactions.map(\.transaction),
                results: executed.results, election: executed.election,
                electionProof: executed.electionProof, sheet: state.tallySheet,
                tallies: nodes.compactMap { state.tallyProof(of: $0.identity) }))
        if header.handsOver {
            handovers.append(
                Handover(
                    header: header, certificate: certificate, before: deciders,
                    after: state.representatives(at: height + 1)))
        }
    }

    /// A certificate of exactly a quorum.
    func certify(
        _ header: BlockHeader, by deciders: Representatives, network: String = ProvenChain.network,
        genesis: Digest? = nil, since: UInt64? = nil
    ) throws -> CommitCertificate {
        let keys = try deciders.list.map {
            try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
        }
        let set = try RepresentativeSet(
            keys, approval: .ratio(numerator: 7, denominator: 10),
            genesis: genesis ?? self.genesis.digest,
            since: since ?? state.seatedSince(at: header.height))
        let vote = Vote(kind: .precommit, height: header.height, round: 0, valueID: header.id)
        let message = SigningDomain(network: network, set: set.digest).bytes(of: vote)
        let signers = keys.prefix(set.quorum).compactMap { key in
            (founders + nodes).first { $0.consensus.publicKey == key }
        }
        let signatures = try signers.map {
            JSON(Base64URL.encode(try $0.consensus.key.sign(message)))
        }
        var bitmap = [UInt8](repeating: 0, count: (keys.count + 7) / 8)
        for place in 0..<set.quorum { bitmap[place / 8] |= 1 << (place % 8) }
        return try CommitCertificate(json: [
            "height": JSON(header.height), "round": 0, "block": JSON(header.id.text),
            "bitmap": JSON(Base64URL.encode(bitmap)),
            "signatures": .array(signatures),
        ])
    }
}

extension ProvenChain {
    func file(_ kind: ProofFile.Kind, below height: UInt64) -> ProofFile {
        ProofFile(
            kind: kind, network: Self.network, genesis: genesis.digest,
            handovers: handovers.filter { $0.header.height < height })
    }

    /// The receipt of a transaction, and of whether it counts at a moment.
    func receipt(_ height: UInt64, _ index: Int, before: Instant? = nil) throws -> Receipt {
        let block = blocks[Int(height) - 1]
        let cutoff = before.map(cutoff)
        return try Receipt(
            file: file(.receipt, below: max(height, cutoff?.newest.height ?? 0)),
            transactions: block.transactions, codes: block.results.map(\.code.rawValue),
            index: index, header: block.header, certificate: block.certificate, cutoff: cutoff)
    }

    /// The votes before a moment, of all or of one.
    func cutoffProof(_ before: Instant, of candidate: Identity? = nil) throws -> CutoffProof {
        let cutoff = cutoff(before)
        let block = blocks[Int(cutoff.last.height) - 1]
        return CutoffProof(
            file: file(.cutoff, below: cutoff.newest.height), cutoff: cutoff,
            tally: try candidate.map { candidate in
                .one(try #require(block.tallies.first { $0.leaf.candidate == candidate }))
            } ?? .all(block.sheet))
    }

    /// The certificate of the election in this block.
    func electionCertificate(_ height: UInt64) throws -> ElectionCertificate {
        let block = blocks[Int(height) - 1]
        return ElectionCertificate(
            file: file(.election, below: height), election: try #require(block.election),
            proof: try #require(block.electionProof), header: block.header,
            certificate: block.certificate)
    }

    func cutoff(_ before: Instant) -> CutoffHeaders {
        let place = blocks.lastIndex { $0.header.time < before } ?? 0
        let next = place + 1 < blocks.count ? blocks[place + 1] : nil
        return CutoffHeaders(
            before: before, last: blocks[place].header, next: next?.header,
            certificate: next?.certificate ?? blocks[place].certificate)
    }

    func time(_ height: Int, plus milliseconds: Int64 = 0) -> Instant {
        blocks[height - 1].header.time.adding(milliseconds: milliseconds)
    }
}
