package import Encoding
package import Ledger

/// One file that proves offline what the votes were at a moment: the headers around it and the
/// tallies after the last block before it, of every candidate or of one.
package struct CutoffProof: Sendable {
    package enum Tally: Sendable, Hashable {
        /// Of every node that ever stood: nothing can be left out.
        case all(TallySheet)
        case one(TallyProof)
    }

    package let file: ProofFile
    package let cutoff: CutoffHeaders
    package let tally: Tally

    /// What the caller found in its chain; nothing is checked.
    package init(file: ProofFile, cutoff: CutoffHeaders, tally: Tally) {
        self.file = file
        self.cutoff = cutoff
        self.tally = tally
    }

    /// `{"format","network","genesis","before","headers","final","certificate","tally" or
    /// "candidate","handovers"}`.
    package var json: JSON {
        let held =
            switch tally {
            case .all(let sheet): ("tally", sheet.json)
            case .one(let proof): ("candidate", proof.json)
            }
        return .object(JSONObject(file.opening + cutoff.members + [held, file.closing]))
    }

    /// Reads a file. Nothing of it is believed yet.
    /// - Throws: `format`.
    package init(_ json: JSON) throws(ProofError) {
        self = try ProofFile.reading { try CutoffProof(reading: json) }
    }

    private init(reading json: JSON) throws {
        var fields = try Fields(json, "cutoff")
        file = try ProofFile(.cutoff, &fields)
        cutoff = try CutoffHeaders(&fields)
        if let sheet = fields.optionalJSON("tally") {
            tally = .all(try TallySheet(sheet))
        } else {
            tally = .one(try TallyProof(try fields.json("candidate")))
        }
        try fields.end()
    }

    /// Checks everything in the file against the genesis file and nothing else.
    package func verify(genesis: Genesis) throws(ProofError) -> VerifiedTallies {
        try cutoff.verify(try file.chain(from: genesis))
        do {
            switch tally {
            case .all(let sheet): try sheet.verify(root: cutoff.last.stateRoot)
            case .one(let proof): try proof.verify(root: cutoff.last.stateRoot)
            }
        } catch {
            throw ProofError(.inclusion, error.detail)
        }
        return VerifiedTallies(proof: self)
    }
}

/// Tallies that hold. Only `CutoffProof.verify` makes them.
package struct VerifiedTallies: Sendable {
    package let proof: CutoffProof

    fileprivate init(proof: CutoffProof) { self.proof = proof }

    /// Whether no further votes can come before the moment.
    package var isFinal: Bool { proof.cutoff.isFinal }

    /// Most votes first; of every candidate, or the one asked about.
    package var totals: [TallyLeaf] {
        switch proof.tally {
        case .all(let sheet):
            sheet.leaves.sorted {
                $0.votes == $1.votes ? $0.candidate < $1.candidate : $0.votes > $1.votes
            }
        case .one(let proof): [proof.leaf]
        }
    }
}
