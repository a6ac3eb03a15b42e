package import Consensus
package import Encoding
package import Ledger

/// A header in which the representatives name their successors, certified by themselves.
package struct Handover: Sendable, Hashable {
    /// One of the successors.
    package enum Member: Sendable, Hashable {
        /// A member of the set before stays; its place there.
        case stays(Int)
        /// Not in the set before. `consensusKey` is Ed25519, 32 bytes.
        case joins(node: Identity, consensusKey: [UInt8])
    }

    package let header: BlockHeader
    package let certificate: CommitCertificate
    /// In the order of their consensus keys' bytes.
    package let members: [Member]

    /// - Parameters:
    ///   - before: who certified `header`.
    ///   - after: whom it names.
    package init(
        header: BlockHeader, certificate: CommitCertificate, before: Representatives,
        after: Representatives
    ) {
        self.header = header
        self.certificate = certificate
        members = after.list.map { member in
            let place = before.list.firstIndex {
                $0.node == member.node && $0.consensusKey == member.consensusKey
            }
            return place.map(Member.stays)
                ?? .joins(node: member.node, consensusKey: member.consensusKey)
        }
    }

    /// `{"header": text, "certificate", "representatives": [place | [did, base64url key]]}`.
    package var json: JSON {
        [
            "header": header.text, "certificate": certificate.json,
            "representatives": .array(members.map(\.json)),
        ]
    }

    /// The member `handovers` of a document. Nothing of it is believed yet.
    /// - Throws: `format`.
    package static func list(_ json: JSON) throws(ProofError) -> [Handover] {
        try ProofFile.reading {
            let items = json["handovers"]?.arrayValue ?? []
            guard items.count <= Limits.handoversMaximum else {
                throw ProofError(.format, "at most \(Limits.handoversMaximum) hand-overs are read")
            }
            return try items.enumerated().map { try Handover($1, "handovers[\($0)]") }
        }
    }

    init(_ json: JSON, _ path: String) throws {
        var fields = try Fields(json, path)
        header = try fields.header("header")
        certificate = try CommitCertificate(
            json: try fields.json("certificate"), path: "\(path).certificate")
        members = try fields.array(
            "representatives", maximumCount: Limits.representativesMaximum
        ).map { try Member($0) }
        try fields.end()
    }

    /// The successors, given those who leave.
    func successors(of before: Representatives) throws(ProofError) -> Representatives {
        var list: [Representative] = []
        for member in members {
            switch member {
            case .stays(let place):
                guard before.list.indices.contains(place) else {
                    throw ProofError(
                        .handover, "block \(header.height) keeps a member \(place) that is none")
                }
                list.append(before.list[place])
            case .joins(let node, let key):
                list.append(Representative(node: node, consensusKey: key, endpoint: ""))
            }
        }
        let set: Representatives
        do { set = try Representatives(list) } catch {
            throw ProofError(.handover, "block \(header.height): \(error.detail)")
        }
        guard set.list == list else {
            throw ProofError(
                .handover, "block \(header.height) names its successors out of their order")
        }
        return set
    }
}

extension Handover.Member {
    var json: JSON {
        switch self {
        case .stays(let place): JSON(place)
        case .joins(let node, let key): [.string(node.text), .string(Base64URL.encode(key))]
        }
    }

    init(_ json: JSON) throws {
        if let place = json.int64Value, (0..<Int64(Limits.representativesMaximum)).contains(place) {
            self = .stays(Int(place))
            return
        }
        guard let pair = json.arrayValue, pair.count == 2, let node = pair[0].stringValue,
            let key = pair[1].stringValue, key.utf8.count == 43
        else {
            throw ProofError(
                .format, "a representative is a place in the set before or a did and a key")
        }
        self = .joins(node: try Identity(did: node), consensusKey: try Base64URL.decode(key))
    }
}
