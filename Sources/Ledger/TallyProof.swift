package import Cryptography
package import Encoding

/// One line of the tallies as the state root covers it.
package struct TallyLeaf: Sendable, Hashable {
    package let candidate: Identity
    /// Votes held; 0 when not listed.
    package let votes: UInt64
    /// Whether the candidate is on the list.
    package let listed: Bool

    package init(candidate: Identity, votes: UInt64, listed: Bool) {
        self.candidate = candidate
        self.votes = votes
        self.listed = listed
    }

    init(_ candidate: Candidate) {
        self.init(
            candidate: candidate.node, votes: candidate.votes,
            listed: candidate.state == .listed)
    }

    /// `{"candidate":"<did>","votes":<n>,"listed":<bool>}`.
    package var text: String {
        #"{"candidate":"\#(candidate.text)","votes":\#(votes),"listed":\#(listed)}"#
    }

    package var bytes: [UInt8] { Array(text.utf8) }

    /// - Throws: `proof` for anything but the one spelling of a leaf.
    package init(text: String) throws(LedgerError) {
        do {
            var fields = try Fields(try JSON.parse(text), "leaf")
            candidate = try fields.identity("candidate")
            votes = try fields.uint64("votes")
            listed = try fields.bool("listed")
            try fields.end()
        } catch {
            throw LedgerError(.proof, "a leaf of the tallies cannot be read: \(error)")
        }
        guard self.text.hasSameBytes(as: text) else {
            throw LedgerError(
                .proof, "a leaf of the tallies is compact JSON with its members in order")
        }
    }
}

/// Proof of one candidate's votes after a block.
package struct TallyProof: Sendable, Hashable {
    package let leaf: TallyLeaf
    /// The candidate's number: how many stood before it for the first time.
    package let number: UInt64
    /// How many candidates had stood up to that block. It shapes the path; no root binds it.
    package let count: UInt64
    /// The siblings from the leaf upwards (RFC 9162 section 2.1.3.1).
    package let path: [Digest]
    /// The root of the records, which makes the state root with that of the tallies.
    package let recordsRoot: Digest

    package init(
        leaf: TallyLeaf, number: UInt64, count: UInt64, path: [Digest], recordsRoot: Digest
    ) {
        self.leaf = leaf
        self.number = number
        self.count = count
        self.path = path
        self.recordsRoot = recordsRoot
    }

    /// - Parameter root: `stateRoot` of a header.
    /// - Throws: `proof`.
    package func verify(root: Digest) throws(LedgerError) {
        guard let index = Int(exactly: number), let leafCount = Int(exactly: count),
            let tallyRoot = MerkleTree.impliedRoot(
                leaf: leaf.bytes, index: index, leafCount: leafCount, proof: path)
        else { throw LedgerError(.proof, "the path does not fit the candidate's number") }
        guard MerkleTree.nodeHash(recordsRoot, tallyRoot) == root else {
            throw LedgerError(.proof, "the leaf and its path do not lead to the state root")
        }
    }

    /// `{"leaf": text, "number": int, "count": int, "path": [hex], "recordsRoot": hex}`.
    package var json: JSON {
        [
            "leaf": .string(leaf.text), "number": .number(JSONNumber(number)),
            "count": .number(JSONNumber(count)),
            "path": .array(path.map { .string($0.text) }),
            "recordsRoot": .string(recordsRoot.text),
        ]
    }

    /// - Throws: `proof`.
    package init(_ json: JSON) throws(LedgerError) {
        do {
            var fields = try Fields(json, "tally")
            leaf = try TallyLeaf(text: try fields.string("leaf"))
            number = try fields.uint64("number")
            count = try fields.uint64("count")
            path = try Digest.list(&fields, "path", maximumCount: Limits.tallyDepthMaximum)
            recordsRoot = try fields.digest("recordsRoot")
            try fields.end()
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.proof, "\(error)")
        }
    }
}

/// All tallies after a block, which prove themselves: nothing can be left out of the tree.
package struct TallySheet: Sendable, Hashable {
    /// By the candidates' numbers.
    package let leaves: [TallyLeaf]
    package let recordsRoot: Digest

    package init(leaves: [TallyLeaf], recordsRoot: Digest) {
        self.leaves = leaves
        self.recordsRoot = recordsRoot
    }

    /// - Parameter root: `stateRoot` of a header.
    /// - Throws: `proof`.
    package func verify(root: Digest) throws(LedgerError) {
        guard MerkleTree.nodeHash(recordsRoot, MerkleTree.root(leaves.map(\.bytes))) == root else {
            throw LedgerError(.proof, "the tallies do not lead to the state root")
        }
    }

    /// `{"leaves": [text], "recordsRoot": hex}`.
    package var json: JSON {
        [
            "leaves": .array(leaves.map { .string($0.text) }),
            "recordsRoot": .string(recordsRoot.text),
        ]
    }

    /// - Throws: `proof`.
    package init(_ json: JSON) throws(LedgerError) {
        do {
            var fields = try Fields(json, "tally")
            var leaves: [TallyLeaf] = []
            for text in try fields.strings(
                "leaves", maximumCount: Limits.tallyLeavesMaximum)
            {
                leaves.append(try TallyLeaf(text: text))
            }
            self.leaves = leaves
            recordsRoot = try fields.digest("recordsRoot")
            try fields.end()
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.proof, "\(error)")
        }
    }
}
