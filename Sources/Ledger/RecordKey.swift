internal import Cryptography
internal import Encoding

/// What a record is about. The key bytes are one kind byte and the rest.
enum RecordKey: Hashable {
    /// The newest block. The one record outside the state root: the root stands inside that block.
    case tip
    case settings
    case parameters
    case auditorSet
    case account(Identity)
    case candidate(Identity)
    case deposit(Digest)
    case election(UInt64)
    /// Who owns a consensus key, for ever.
    case consensusKey([UInt8])
    /// Which node an application made a candidate, for ever.
    case application(Digest)

    var bytes: [UInt8] {
        switch self {
        case .tip: [0]
        case .settings: [1]
        case .parameters: [2]
        case .auditorSet: [3]
        case .account(let identity): [4] + Array(identity.text.utf8)
        case .candidate(let identity): [5] + Array(identity.text.utf8)
        case .deposit(let id): [6] + id.bytes
        case .election(let number): [7] + Self.bigEndian(number)
        case .consensusKey(let key): [8] + key
        case .application(let digest): [9] + digest.bytes
        }
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.uint64(number)
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        let kind = try reader.byte()
        switch kind {
        case 0: self = .tip
        case 1: self = .settings
        case 2: self = .parameters
        case 3: self = .auditorSet
        case 4: self = .account(try Self.identity(&reader))
        case 5: self = .candidate(try Self.identity(&reader))
        case 6: self = .deposit(try Digest(bytes: try reader.fixed(32)))
        case 7: self = .election(try reader.uint64())
        case 8: self = .consensusKey(try reader.fixed(32))
        case 9: self = .application(try Digest(bytes: try reader.fixed(32)))
        default: throw LedgerError(.records, "\(kind) is no kind of record")
        }
        try reader.end()
    }

    private static func identity(_ reader: inout ByteReader) throws -> Identity {
        let bytes = try reader.fixed(reader.remainingCount)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LedgerError(.records, "the key of a record is no did")
        }
        return try Identity(did: text)
    }
}
