internal import Cryptography
internal import Encoding

extension Branch {
    func offender(_ node: Identity) -> Offender? {
        if case .offender(let offender) = self[.offender(node)] { offender } else { nil }
    }

    /// The offender whose suspension lasts in this block; nil when the node may stand.
    func suspended(_ node: Identity) -> Offender? {
        guard let offender = offender(node),
            offender.isSuspended(at: height, base.parameters.evidence)
        else { return nil }
        return offender
    }

    func checkNotSuspended(_ node: Identity) throws(Refusal) {
        guard let offender = suspended(node) else { return }
        let end = offender.suspendedUntil(base.parameters.evidence)
        throw Refusal(
            .nodeSuspended,
            "\(node) signed two contradicting \(offender.last.kind.name)s of height "
                + "\(offender.last.height) and does not stand "
                + (end.map { "before block \($0)" } ?? "again"))
    }

    /// A deposit for a node stays while a proven offence of the node is answered with that.
    func checkNotOnHold(_ deposit: Deposit) throws(Refusal) {
        let rules = base.parameters.evidence
        guard let offender = offender(deposit.node), offender.isHolding(at: height, rules) else {
            return
        }
        let end = offender.holdsUntil(rules)
        throw Refusal(
            .depositOnHold,
            "deposit \(deposit.id.text) is held: \(deposit.node) signed two contradicting "
                + "\(offender.last.kind.name)s of height \(offender.last.height); it may go back "
                + (end.map { "from block \($0) on" }
                    ?? "when the representatives agree to other rules for evidence"))
    }

    /// Judges two statements of one representative, and does what the network's rules say about
    /// one that contradicted itself.
    mutating func prove(_ evidence: Evidence, _ transaction: Digest) throws(Refusal) {
        let name = Offence.name(evidence.node, height: evidence.height)
        if case .offence(let known) = self[.offence(name)] {
            throw Refusal(
                .evidenceKnown,
                "block \(known.recorded) has evidence against \(evidence.node) for height "
                    + "\(evidence.height)")
        }
        let key = try check(evidence)
        let offence = Offence(evidence, recorded: height, transaction: transaction)
        write(.offence(name), .offence(offence))
        let count = (offender(evidence.node)?.count ?? 0) &+ 1
        write(
            .offender(evidence.node),
            .offender(Offender(offence, consensusKey: key, count: count)))
        guard base.parameters.evidence.suspend, let candidate = candidate(evidence.node) else {
            return
        }
        endAdmission(of: candidate)
    }

    /// - Returns: the consensus key that signed both.
    private func check(_ evidence: Evidence) throws(Refusal) -> [UInt8] {
        guard evidence.height <= height else {
            throw Refusal(
                .evidenceEarly,
                "it is for height \(evidence.height), and this block is \(height)")
        }
        guard evidence.said(evidence.first) != evidence.said(evidence.second) else {
            throw Refusal(.evidenceSame, "both statements say the same; that is no offence")
        }
        if evidence.height < base.evidenceBegin(in: height, at: time) {
            throw Refusal(
                .evidenceExpired,
                "height \(evidence.height) is more than "
                    + "\(base.parameters.evidence.maximumAgeBlocks) blocks back and its term ended "
                    + "more than \(base.parameters.evidence.maximumAgeSeconds) s ago")
        }
        let acting = base.representatives(at: evidence.height)
        guard let member = acting.list.first(where: { $0.node == evidence.node }) else {
            throw Refusal(
                .evidenceNotRepresentative,
                "\(evidence.node) was no representative at height \(evidence.height)")
        }
        let set = base.seats(at: evidence.height)
        for statement in [evidence.first, evidence.second] {
            let bytes = evidence.said(statement).bytes(network: base.network, set: set)
            guard Self.isSigned(bytes, statement.signature, by: member.consensusKey) else {
                throw Refusal(
                    .evidenceForged,
                    "a statement is not signed by \(evidence.node) with its consensus key of "
                        + "height \(evidence.height), in this network, since its genesis, and in "
                        + "that set")
            }
        }
        return member.consensusKey
    }

    private static func isSigned(
        _ bytes: [UInt8], _ signature: [UInt8], by key: [UInt8]
    ) -> Bool {
        do {
            return try PublicKey(algorithm: .ed25519, bytes: key)
                .verify(signature: signature, message: bytes)
        } catch {
            return false
        }
    }
}
