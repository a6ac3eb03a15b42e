package import Consensus
package import Encoding
package import Ledger

/// One file that proves offline how an election went: every listed candidate with its votes and,
/// where it could not be seated, why; the tie-breaks; the seats; the representatives to come. The
/// representatives who leave signed it with the block it was held in.
package struct ElectionCertificate: Sendable {
    package let file: ProofFile
    /// The record as the state keeps it.
    package let record: [UInt8]
    package let election: Election
    /// That the record is in the state after the block.
    package let proof: RecordProof
    package let header: BlockHeader
    package let certificate: CommitCertificate

    /// What the caller found in its chain; nothing is checked.
    package init(
        file: ProofFile, election: Election, proof: RecordProof, header: BlockHeader,
        certificate: CommitCertificate
    ) {
        self.file = file
        self.election = election
        record = election.json.bytes
        self.proof = proof
        self.header = header
        self.certificate = certificate
    }

    /// `{"format","network","genesis","election": text,"proof","header": text,"certificate",
    /// "handovers"}`.
    package var json: JSON {
        .object(
            JSONObject(
                file.opening + [
                    ("election", .string(String(decoding: record, as: UTF8.self))),
                    ("proof", proof.json), ("header", header.text),
                    ("certificate", certificate.json), file.closing,
                ]))
    }

    /// Reads a file. Nothing of it is believed yet.
    /// - Throws: `format`.
    package init(_ json: JSON) throws(ProofError) {
        self = try ProofFile.reading { try ElectionCertificate(reading: json) }
    }

    private init(reading json: JSON) throws {
        var fields = try Fields(json, "election certificate")
        file = try ProofFile(.election, &fields)
        record = Array(
            try fields.string(
                "election", maximumByteCount: Limits.electionByteCountMaximum
            ).utf8)
        election = try Election(bytes: record)
        proof = try RecordProof(try fields.json("proof"))
        header = try fields.header("header")
        certificate = try CommitCertificate(json: try fields.json("certificate"))
        try fields.end()
    }

    /// Checks everything in the file against the genesis file and nothing else, and that the
    /// election's parts fit each other.
    /// - Returns: the election.
    package func verify(genesis: Genesis) throws(ProofError) -> Election {
        let chain = try file.chain(from: genesis)
        try chain.verify(header, certificate)
        do {
            try proof.verify(
                key: RecordName.election(election.number).bytes, value: record,
                root: header.stateRoot)
        } catch {
            throw ProofError(.inclusion, error.detail)
        }
        guard election.height == header.height else {
            throw ProofError(
                .election, "the election is of block \(election.height), not \(header.height)")
        }
        try checkOrder()
        if election.isReplacement { try checkReplacement(chain) } else { try checkSeats() }
        return election
    }

    /// Votes, then earlier registration, then the bytes of the did.
    private func checkOrder() throws(ProofError) {
        for (rank, next) in zip(election.ranking, election.ranking.dropFirst()) {
            let isInOrder =
                rank.votes != next.votes
                ? rank.votes > next.votes
                : rank.registered != next.registered
                    ? rank.registered < next.registered : rank.node < next.node
            guard isInOrder else {
                throw ProofError(
                    .election, "\(next.node) is ranked behind \(rank.node) against the rules")
            }
        }
        for rank in election.ranking where rank.eligible != (rank.reason == nil) {
            throw ProofError(
                .election, "\(rank.node) is not seated without a reason, or in spite of one")
        }
    }

    /// Between two elections, the first eligible ones follow those who lost their seats, one for
    /// one; everybody else stays.
    private func checkReplacement(_ chain: TrustChain) throws(ProofError) {
        let eligible = election.ranking.filter(\.eligible).map(\.node)
        let (seats, coming) = (election.seats, election.representatives)
        guard eligible.starts(with: seats), seats.count == election.replaces.count,
            seats.allSatisfy(coming.contains),
            !election.replaces.contains(where: { coming.contains($0.node) })
        else {
            throw ProofError(.election, "the seats do not go from those replaced to the next")
        }
        // A set that takes over with the next block is in the header by its digest alone.
        guard !header.handsOver else { return }
        let staying = coming.list.filter { !seats.contains($0.node) }.map(\.consensusKey)
        let before = chain.representatives(at: header.height).list.filter { member in
            !election.replaces.contains { $0.node == member.node }
        }
        guard before.map(\.consensusKey) == staying else {
            throw ProofError(.election, "others than those replaced lose their seats")
        }
    }

    /// The seats go to the first eligible ones, who are the representatives to come; without seats
    /// there is a reason.
    private func checkSeats() throws(ProofError) {
        let eligible = election.ranking.filter(\.eligible).map(\.node)
        guard eligible.starts(with: election.seats) else {
            throw ProofError(.election, "the seats do not go to the first of the ranking")
        }
        if election.seats.isEmpty {
            guard election.note != nil,
                election.representatives.digest == header.nextRepresentatives
            else {
                throw ProofError(.election, "nobody was seated, and it does not say why")
            }
        } else {
            guard
                election.representatives.list.map(\.node).sorted() == election.seats.sorted()
            else {
                throw ProofError(
                    .election, "the representatives to come are not those who won seats")
            }
        }
    }
}
