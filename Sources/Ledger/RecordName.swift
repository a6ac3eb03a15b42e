package import Cryptography

/// A record that can be proven against the state root.
package enum RecordName: Sendable, Hashable {
    case account(Identity)
    case candidate(Identity)
    case auditorSet
    case parameters
    case election(UInt64)
    /// By the id of its `deposit.pay`.
    case deposit(Digest)
    /// By the issuer URL of its auditor and its `jti`, a UUID.
    case credential(auditor: String, id: String)
    /// How the auditor set came to a version later than that of genesis.
    case auditorSetChange(UInt64)
    /// What a node is proven to have signed twice at a height.
    case offence(Identity, height: UInt64)
    case offender(Identity)

    /// The key of the record: a kind byte and the rest. An account is 0x04 and a candidate 0x05
    /// before the multicodec bytes of the key, which is the base58 part of its did decoded; a
    /// deposit 0x06 before its 32 bytes; an election 0x07 before its number in 8 bytes, big-endian;
    /// a credential 0x0B before SHA-256 of issuer URL, `#` and `jti`; a change of the auditor set
    /// 0x0C before its version in 8 bytes; an offence 0x0D before SHA-256 of did, `#` and height;
    /// an offender 0x0E before the multicodec bytes of its key;
    /// parameters and auditor set are the single bytes 0x02 and 0x03.
    package var bytes: [UInt8] { key.bytes }

    var key: RecordKey {
        switch self {
        case .account(let identity): .account(identity)
        case .candidate(let identity): .candidate(identity)
        case .auditorSet: .auditorSet
        case .parameters: .parameters
        case .election(let number): .election(number)
        case .deposit(let id): .deposit(id)
        case .credential(let auditor, let id):
            .credential(CredentialRecord.name(auditor: auditor, credential: id))
        case .auditorSetChange(let version): .auditorSetChange(version)
        case .offence(let node, let height): .offence(Offence.name(node, height: height))
        case .offender(let node): .offender(node)
        }
    }
}
