package import Consensus
package import Encoding
package import Ledger

/// The headers around a moment: the last block before it and the first that is not. What a block
/// says counts at T when its time is before T; once a block with a later time is there, no other
/// can come in between.
package struct CutoffHeaders: Sendable, Hashable {
    /// The moment asked about.
    package let before: Instant
    /// The last block whose time is before the moment.
    package let last: BlockHeader
    /// The block after it; nil while there is none.
    package let next: BlockHeader?
    /// Of `next`, which covers `last` by its id; of `last` while there is no next.
    package let certificate: CommitCertificate

    package init(
        before: Instant, last: BlockHeader, next: BlockHeader?, certificate: CommitCertificate
    ) {
        self.before = before
        self.last = last
        self.next = next
        self.certificate = certificate
    }

    /// The header that `certificate` is of.
    package var newest: BlockHeader { next ?? last }

    /// Whether no further block can come before the moment.
    package var isFinal: Bool { next != nil }

    var members: [(String, JSON)] {
        [
            ("before", .string(before.rfc3339)),
            ("headers", .array([last.text] + (next.map { [$0.text] } ?? []))),
            ("final", .bool(isFinal)), ("certificate", certificate.json),
        ]
    }

    init(_ fields: inout Fields) throws {
        let text = try fields.string("before", maximumByteCount: 64)
        before = try Instant(rfc3339: text)
        guard before.rfc3339.hasSameBytes(as: text) else {
            throw ProofError(.format, "before is written \(before.rfc3339)")
        }
        let headers = try fields.strings(
            "headers", maximumCount: 2, maximumByteCount: Limits.headerByteCountMaximum
        ).map { try BlockHeader(bytes: Array($0.utf8)) }
        guard let last = headers.first else {
            throw ProofError(.format, "headers has the last block before the moment, and the next")
        }
        self.last = last
        next = headers.count == 2 ? headers[1] : nil
        guard try fields.bool("final") == (headers.count == 2) else {
            throw ProofError(.format, "it is final exactly when there is a second header")
        }
        certificate = try CommitCertificate(json: try fields.json("certificate"))
    }

    /// - Throws: `cutoff`, `network` or `certificate`.
    func verify(_ chain: TrustChain) throws(ProofError) {
        guard last.time < before else {
            throw ProofError(
                .cutoff,
                "block \(last.height) of \(last.time.rfc3339) is not before \(before.rfc3339)")
        }
        guard let next else {
            try chain.verify(last, certificate)
            return
        }
        guard next.time >= before else {
            throw ProofError(
                .cutoff,
                "block \(next.height) of \(next.time.rfc3339) is before \(before.rfc3339) too")
        }
        guard next.height == last.height + 1, next.previous == last.id else {
            throw ProofError(
                .cutoff, "block \(next.height) does not follow block \(last.height) of this file")
        }
        try chain.check(last)
        try chain.verify(next, certificate)
    }
}
