package import Cryptography
package import Encoding
import Ledger

/// What every file begins with: its format, the network it is about, and the hand-overs that lead
/// from the representatives of genesis to those who certified its headers.
package struct ProofFile: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case receipt, cutoff, election
    }

    package let kind: Kind
    package let network: String
    /// SHA-256 of the genesis file.
    package let genesis: Digest
    package let handovers: [Handover]

    package init(kind: Kind, network: String, genesis: Digest, handovers: [Handover]) {
        self.kind = kind
        self.network = network
        self.genesis = genesis
        self.handovers = handovers
    }

    /// The JSON of a file's bytes, within the limits of this format.
    /// - Throws: `format`.
    package static func parse(_ bytes: [UInt8]) throws(ProofError) -> JSON {
        do {
            return try JSON.parse(
                bytes,
                limits: JSONLimits(
                    byteCountMaximum: Limits.fileByteCountMaximum,
                    valueCountMaximum: Limits.fileValueCountMaximum))
        } catch {
            throw ProofError(.format, error.detail)
        }
    }

    /// The kind that a file says it is of; nil when it is none of these files.
    package static func kind(of json: JSON) -> Kind? {
        guard let format = json["format"]?.stringValue else { return nil }
        return [Kind.receipt, .cutoff, .election].first { Self.format($0).hasSameBytes(as: format) }
    }

    private static func format(_ kind: Kind) -> String { "accredit/\(kind.rawValue)/1" }

    init(_ kind: Kind, _ fields: inout Fields) throws {
        let format = try fields.string("format", maximumByteCount: 64)
        guard format.hasSameBytes(as: Self.format(kind)) else {
            throw ProofError(
                .format, "its format is \(format.quotedForMessage), not \(Self.format(kind))")
        }
        self.kind = kind
        network = try fields.string(
            "network", maximumByteCount: Limits.networkNameByteCountMaximum)
        genesis = try fields.digest("genesis")
        handovers = try fields.array("handovers", maximumCount: Limits.handoversMaximum)
            .enumerated().map { try Handover($1, "handovers[\($0)]") }
    }

    /// The members before those of the kind.
    var opening: [(String, JSON)] {
        [
            ("format", .string(Self.format(kind))), ("network", .string(network)),
            ("genesis", .string(genesis.text)),
        ]
    }

    /// The member after those of the kind.
    var closing: (String, JSON) { ("handovers", .array(handovers.map(\.json))) }

    /// Follows the hand-overs from genesis.
    /// - Throws: `network`, `handover` or `certificate`.
    func chain(from genesis: Genesis) throws(ProofError) -> TrustChain {
        guard genesis.digest == self.genesis, genesis.network.hasSameBytes(as: network) else {
            throw ProofError(
                .network,
                "the file is about network \(network.quotedForMessage) of the genesis file "
                    + "\(self.genesis.text); the one given is \(genesis.network), "
                    + genesis.digest.text)
        }
        var chain = try TrustChain(genesis: genesis)
        for handover in handovers { try chain.follow(handover) }
        return chain
    }

    /// Runs a reader and says whatever it meets as `format`.
    static func reading<T>(_ body: () throws -> T) throws(ProofError) -> T {
        do {
            return try body()
        } catch let error as ProofError {
            throw error
        } catch let error as FormatError {
            throw ProofError(.format, error.detail)
        } catch {
            throw ProofError(.format, "\(error)")
        }
    }
}

extension Fields {
    /// A header as text.
    mutating func header(_ name: String) throws -> BlockHeader {
        let text = try string(name, maximumByteCount: Limits.headerByteCountMaximum)
        return try BlockHeader(bytes: Array(text.utf8))
    }

    /// A path of digests, from the leaf upwards.
    mutating func digests(_ name: String) throws -> [Digest] {
        try strings(name, maximumCount: Limits.pathCountMaximum, maximumByteCount: 64)
            .map { try Digest(hexadecimal: $0) }
    }
}

extension BlockHeader {
    /// The header as a string that keeps its bytes.
    var text: JSON { .string(String(decoding: bytes, as: UTF8.self)) }
}
