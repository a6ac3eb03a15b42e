internal import Credentials
package import Cryptography
package import Encoding

/// One thing the ledger keeps. Accounts and tallies are binary, being the many; the rest is JSON.
enum Record {
    indirect case tip(Tip)
    indirect case settings(Settings)
    indirect case parameters(Parameters)
    indirect case auditorSet(AuditorSet)
    case account(Account)
    indirect case candidate(Candidate)
    indirect case deposit(Deposit)
    indirect case election(Election)
    case tally(Tally)
    /// The node a consensus key or an application belongs to.
    case owner(Identity)
    indirect case credential(CredentialRecord)
    indirect case auditorSetChange(AuditorSetChange)
    indirect case offence(Offence)
    indirect case offender(Offender)
    indirect case absences(Absences)

    var bytes: [UInt8] {
        switch self {
        case .tip(let tip): tip.json.bytes
        case .settings(let settings): settings.json.bytes
        case .parameters(let parameters): parameters.json.bytes
        case .auditorSet(let set): set.json.bytes
        case .account(let account): account.bytes
        case .candidate(let candidate): candidate.stored.bytes
        case .tally(let tally): tally.bytes
        case .deposit(let deposit): deposit.json.bytes
        case .election(let election): election.json.bytes
        case .owner(let node): Array(node.text.utf8)
        case .credential(let credential): credential.json.bytes
        case .auditorSetChange(let change): change.json.bytes
        case .offence(let offence): offence.json.bytes
        case .offender(let offender): offender.json.bytes
        case .absences(let absences): absences.json.bytes
        }
    }

    init(_ key: RecordKey, _ bytes: [UInt8]) throws {
        switch key {
        case .tip: self = .tip(try Tip(try Self.parse(bytes)))
        case .settings: self = .settings(try Settings(try Self.parse(bytes)))
        case .parameters: self = .parameters(try Parameters(try Self.parse(bytes)))
        case .auditorSet: self = .auditorSet(try AuditorSet(json: try Self.parse(bytes)))
        case .account: self = .account(try Account(bytes: bytes))
        case .tally: self = .tally(try Tally(bytes: bytes))
        case .candidate: self = .candidate(try Candidate(try Self.parse(bytes)))
        case .deposit: self = .deposit(try Deposit(try Self.parse(bytes)))
        case .election: self = .election(try Election(try Self.parse(bytes)))
        case .credential: self = .credential(try CredentialRecord(try Self.parse(bytes)))
        case .auditorSetChange:
            self = .auditorSetChange(try AuditorSetChange(try Self.parse(bytes)))
        case .offence: self = .offence(try Offence(try Self.parse(bytes)))
        case .offender: self = .offender(try Offender(try Self.parse(bytes)))
        case .absences: self = .absences(try Absences(try Self.parse(bytes)))
        case .consensusKey, .application:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw LedgerError(.records, "the owner of a key or application is no did")
            }
            self = .owner(try Identity(did: text))
        }
    }

    static func parse(_ bytes: [UInt8]) throws -> JSON {
        let limits = JSONLimits(byteCountMaximum: Limits.recordByteCountMaximum)
        return try JSON.parse(bytes, limits: limits)
    }
}

/// The newest block of a state.
package struct Tip: Sendable, Hashable {
    /// 0 is genesis.
    package let height: UInt64
    /// SHA-256 of the header bytes, or of the genesis file.
    package let block: Digest
    package let time: Instant

    var json: JSON {
        [
            "height": .number(JSONNumber(height)), "block": .string(block.text),
            "time": .number(JSONNumber(time.milliseconds)),
        ]
    }

    init(height: UInt64, block: Digest, time: Instant) {
        self.height = height
        self.block = block
        self.time = time
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "tip")
        height = try fields.exactUnsigned("height")
        block = try fields.digest("block")
        time = Instant(milliseconds: try fields.int64("time"))
        try fields.end()
    }
}

/// What genesis fixed for ever.
struct Settings {
    let network: String
    let genesis: Digest
    let registrar: Identity
    /// Sum of all balances and held deposits.
    let supply: UInt64

    var json: JSON {
        [
            "network": .string(network), "genesis": .string(genesis.text),
            "registrar": .string(registrar.text), "supply": .string(String(supply)),
        ]
    }

    init(_ genesis: Genesis) {
        network = genesis.network
        self.genesis = genesis.digest
        registrar = genesis.registrar
        supply = genesis.supply
    }

    init(_ json: JSON) throws {
        var fields = try Fields(json, "settings")
        network = try fields.string("network")
        genesis = try fields.digest("genesis")
        registrar = try fields.identity("registrar")
        supply = try fields.amount("supply")
        try fields.end()
    }
}

/// One record to store: insert or replace. Records are never deleted.
package struct RecordChange: Sendable, Hashable {
    package let key: [UInt8]
    package let value: [UInt8]

    package init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }

    /// An account as it is stored.
    /// - Parameter key: multicodec bytes of its key, as in `RecordName.bytes`.
    package init(account key: [UInt8], _ account: Account) {
        self.init(key: [RecordKey.accountKind] + key, value: account.bytes)
    }

    /// Whether a state holds the record in memory; the others it reads from a `RecordSource`.
    package var isHeld: Bool { key.first.map(RecordKey.isHeld) ?? true }

    /// The bucket of the tree that the record falls into; nil when a state holds it in memory.
    package var bucket: Int? {
        guard !isHeld else { return nil }
        return RecordEntry.bucket(of: Digest.sha256(self.key))
    }
}
