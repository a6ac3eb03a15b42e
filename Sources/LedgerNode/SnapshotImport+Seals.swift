import Consensus
import Encoding
import Ledger
import Proofs
import Web

extension SnapshotImport.Seal {
    /// `{"number","header": text,"certificate","proof"}`.
    var json: JSON {
        [
            "number": JSON(number),
            "header": .string(String(decoding: header.bytes, as: UTF8.self)),
            "certificate": certificate.json, "proof": proof.json,
        ]
    }

    /// Reads what a peer answered. Nothing of it is believed yet.
    static func list(_ answer: Response) throws -> [SnapshotImport.Seal] {
        let limits = JSONLimits(byteCountMaximum: Limits.electionSealsByteCountMaximum)
        var fields = try Fields(try answer.json(limits: limits), "elections")
        let items = try fields.objects(
            "elections", maximumCount: Limits.electionSealsMaximum)
        try fields.end()
        return try items.map { item in
            var item = item
            let number = try item.uint64("number")
            let text = try item.string(
                "header", maximumByteCount: Limits.headerByteCountMaximum)
            let seal = SnapshotImport.Seal(
                number: number, header: try BlockHeader(bytes: Array(text.utf8)),
                certificate: try CommitCertificate(json: try item.json("certificate")),
                proof: try RecordProof(try item.json("proof")))
            try item.end()
            return seal
        }
    }

    /// Checks that this proves the election of a state with a number.
    func verify(
        number: UInt64, _ state: LedgerState, _ trust: TrustChain
    ) throws {
        guard self.number == number, let election = state.election(number),
            election.height == header.height
        else { throw FormatError(.shape, "the proof is not of election \(number)") }
        try trust.verify(header, certificate)
        try proof.verify(
            key: RecordName.election(number).bytes, value: election.json.bytes,
            root: header.stateRoot)
    }
}
