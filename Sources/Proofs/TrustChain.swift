package import Consensus
import Cryptography
import Encoding
package import Ledger

/// Who decides which height, from genesis on, believing only what each set certified about the
/// next one. It holds as long as no quorum of a set that left signs something else with its old
/// keys.
package struct TrustChain: Sendable {
    private struct Term: Sendable {
        /// The first height the set decides.
        let from: UInt64
        let representatives: Representatives
        let set: RepresentativeSet
    }

    package let network: String
    private let genesis: Digest
    private let approval: ApprovalPolicy
    private let proofOfWorkBits: UInt64
    /// The times of headers lie after this one.
    private var time: Instant
    private var terms: [Term] = []

    /// - Throws: `handover` when the representatives of genesis are no set.
    package init(genesis: Genesis) throws(ProofError) {
        network = genesis.network
        self.genesis = genesis.digest
        approval = ApprovalPolicy(genesis.parameters.approval)
        proofOfWorkBits = genesis.parameters.proofOfWorkBits
        time = genesis.time
        try append(genesis.representatives, from: 1)
    }

    /// The representatives of the newest term.
    package var newest: Representatives { terms[terms.count - 1].representatives }

    /// Who decides the block of this height, as far as the hand-overs followed so far say.
    package func representatives(at height: UInt64) -> Representatives {
        term(at: height).representatives
    }

    private func term(at height: UInt64) -> Term {
        var (low, high) = (0, terms.count)
        while low < high {
            let middle = low + (high - low) / 2
            if terms[middle].from <= height { low = middle + 1 } else { high = middle }
        }
        return terms[max(low - 1, 0)]
    }

    private mutating func append(
        _ representatives: Representatives, from height: UInt64
    ) throws(ProofError) {
        do {
            let keys = try representatives.list.map {
                try PublicKey(algorithm: .ed25519, bytes: $0.consensusKey)
            }
            terms.append(
                Term(
                    from: height, representatives: representatives,
                    set: try RepresentativeSet(
                        keys, approval: approval, genesis: genesis, since: height)))
        } catch {
            throw ProofError(
                .handover, "the representatives from height \(height) on are no set: \(error)")
        }
    }

    /// Takes the next hand-over.
    /// - Throws: `handover` or `certificate`.
    package mutating func follow(_ handover: Handover) throws(ProofError) {
        let header = handover.header
        guard header.height >= terms[terms.count - 1].from, header.time > time else {
            throw ProofError(
                .handover, "the hand-over of block \(header.height) is out of order")
        }
        guard header.handsOver else {
            throw ProofError(
                .handover, "block \(header.height) names no other representatives")
        }
        try verify(header, handover.certificate)
        let successors = try handover.successors(of: newest)
        guard successors.digest == header.nextRepresentatives else {
            throw ProofError(
                .handover,
                "block \(header.height) hands over to others than the file says: "
                    + header.nextRepresentatives.text)
        }
        time = header.time
        try append(successors, from: header.height + 1)
    }

    /// Checks that the representatives of its height certified this header.
    /// - Throws: `network` or `certificate`.
    package func verify(
        _ header: BlockHeader, _ certificate: CommitCertificate
    ) throws(ProofError) {
        try check(header)
        do {
            try certificate.verify(
                set: term(at: header.height).set, network: network, height: header.height,
                valueID: header.id)
        } catch {
            throw ProofError(
                .certificate, "the certificate of block \(header.height): \(error.detail)")
        }
    }

    /// What a header says of itself, before anybody's signature.
    func check(_ header: BlockHeader) throws(ProofError) {
        guard header.network.hasSameBytes(as: network) else {
            throw ProofError(
                .network,
                "block \(header.height) is of network \(header.network.quotedForMessage), not of "
                    + network)
        }
        let deciders = term(at: header.height).representatives
        guard header.height > 0, header.representatives == deciders.digest else {
            throw ProofError(
                .certificate,
                "block \(header.height) is said to be decided by \(header.representatives.text); "
                    + "the hand-overs lead to \(deciders.digest.text)")
        }
        guard ProofOfWork.isDone(header, bits: proofOfWorkBits) else {
            throw ProofError(
                .certificate,
                "block \(header.height) has not the work of \(proofOfWorkBits) bits that genesis "
                    + "asks for")
        }
        guard header.height > 1 || header.previous == genesis else {
            throw ProofError(.network, "block 1 does not follow this genesis file")
        }
    }
}

extension ApprovalPolicy {
    /// The ledger's rule, as agreement takes it.
    package init(_ rule: ApprovalRule) {
        switch rule {
        case .all: self = .all
        case .count(let count): self = .count(count)
        case .ratio(let numerator, let denominator):
            self = .ratio(
                numerator: Int(clamping: numerator), denominator: Int(clamping: denominator))
        }
    }
}
