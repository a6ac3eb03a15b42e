package import Cryptography
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
    /// The votes of the candidate with a number. Outside the tree of the records: the root of the
    /// tallies covers it.
    case tally(UInt64)
    /// What is known of a credential, for ever: see `CredentialRecord.name`.
    case credential(Digest)
    /// How the auditor set came to a version, for ever.
    case auditorSetChange(UInt64)

    /// A proven offence, for ever: see `Offence.name`.
    case offence(Digest)
    /// A node with at least one.
    case offender(Identity)
    /// Who let turns to propose pass.
    case absences

    static let accountKind: UInt8 = 4

    /// Whether a state holds records of this kind in memory; the others are too many.
    var isHeld: Bool {
        switch self {
        case .tip, .settings, .parameters, .auditorSet, .candidate, .election, .tally, .offender,
            .absences:
            true
        case .account, .deposit, .consensusKey, .application, .credential, .auditorSetChange,
            .offence:
            false
        }
    }

    /// The same of the kind byte that keys begin with.
    static func isHeld(kind: UInt8) -> Bool {
        switch kind {
        case 4, 6, 8, 9, 11, 12, 13: false
        default: true
        }
    }

    /// Whether the tree of the records covers it.
    var isInTree: Bool {
        switch self {
        case .tip, .tally: false
        case .settings, .parameters, .auditorSet, .account, .candidate, .deposit, .election,
            .consensusKey, .application, .credential, .auditorSetChange, .offence, .offender,
            .absences:
            true
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .tip: [0]
        case .settings: [1]
        case .parameters: [2]
        case .auditorSet: [3]
        case .account(let identity): [Self.accountKind] + identity.keyBytes
        case .candidate(let identity): [5] + identity.keyBytes
        case .deposit(let id): [6] + id.bytes
        case .election(let number): [7] + Self.bigEndian(number)
        case .consensusKey(let key): [8] + key
        case .application(let digest): [9] + digest.bytes
        case .tally(let number): [10] + Self.bigEndian(number)
        case .credential(let name): [11] + name.bytes
        case .auditorSetChange(let version): [12] + Self.bigEndian(version)
        case .offence(let name): [13] + name.bytes
        case .offender(let identity): [14] + identity.keyBytes
        case .absences: [15]
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
        case 10: self = .tally(try reader.uint64())
        case 11: self = .credential(try Digest(bytes: try reader.fixed(32)))
        case 12: self = .auditorSetChange(try reader.uint64())
        case 13: self = .offence(try Digest(bytes: try reader.fixed(32)))
        case 14: self = .offender(try Self.identity(&reader))
        case 15: self = .absences
        default: throw LedgerError(.records, "\(kind) is no kind of record")
        }
        try reader.end()
    }

    private static func identity(_ reader: inout ByteReader) throws -> Identity {
        try Identity(keyBytes: try reader.fixed(reader.remainingCount))
    }
}

/// Where a record is found, worked out once: the bytes of its key, and what the tree calls it.
struct RecordAddress: Sendable {
    let key: [UInt8]
    /// SHA-256 of `key`.
    let name: Digest

    init(_ key: RecordKey) {
        self.key = key.bytes
        name = Digest.sha256(self.key)
    }
}

extension Identity {
    /// SHA-256 of the key of its account: a name that is short and cannot be chosen to meet
    /// another's.
    package var accountName: Digest { RecordAddress(.account(self)).name }
}
