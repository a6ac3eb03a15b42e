import Credentials
import Cryptography
import Encoding
import Simulator

@testable import Ledger

extension World {
    static let year: Int64 = 31_536_000_000

    /// What an auditor wants changed of its own keys; valid from now on for a year.
    func rotation(
        _ auditor: Int, to key: Person, _ change: (inout AuditorRotation.Draft) -> Void = { _ in }
    ) -> AuditorRotation.Draft {
        let now = Instant(seconds: time.seconds)
        var draft = AuditorRotation.Draft(
            network: World.network, issuer: auditors[auditor].issuer,
            version: state.auditorSet.version, key: key.key.publicKey,
            window: Validity(from: now, until: now.adding(milliseconds: World.year)))
        change(&draft)
        return draft
    }

    /// The auditor's account sends what its key signed.
    mutating func rotate(
        _ auditor: Int, to key: Person, by signer: Person? = nil, sender: Person? = nil,
        _ change: (inout AuditorRotation.Draft) -> Void = { _ in }
    ) throws -> ResultCode {
        let rotation = try rotation(auditor, to: key, change).sign(
            oldKey: (signer ?? auditors[auditor].signer).key, newKey: key.key)
        return try run(
            sender ?? auditors[auditor].person, .auditorRotate(rotation: rotation.jws.compact)
        ).code
    }

    /// The set of the next version, after `change` has had its way with its document.
    func nextAuditorSet(_ change: (inout JSONObject) -> Void = { _ in }) throws -> AuditorSet {
        var members = state.auditorSet.json.objectValue ?? JSONObject()
        members["version"] = JSON(state.auditorSet.version + 1)
        change(&members)
        return try AuditorSet(json: .object(members))
    }

    /// The next set with one auditor's first key in other hands since a height.
    func compromised(_ auditor: Int, since height: UInt64) throws -> AuditorSet {
        try nextAuditorSet { members in
            var list = members["auditors"]?.arrayValue ?? []
            var entry = list[auditor].objectValue ?? JSONObject()
            var keys = entry["keys"]?.arrayValue ?? []
            var key = keys[0].objectValue ?? JSONObject()
            key["compromisedSince"] = JSON(height)
            keys[0] = .object(key)
            entry["keys"] = .array(keys)
            list[auditor] = .object(entry)
            members["auditors"] = .array(list)
        }
    }

    func update(to set: AuditorSet, by signers: [Int]) throws -> TransactionBody {
        .auditorSetUpdate(
            AuditorSetUpdate(
                set: set,
                signatures: try signers.map {
                    try AuditorSetSignature.sign(
                        set, issuer: auditors[$0].issuer, key: auditors[$0].signer.key
                    ).jws.compact
                }))
    }

    func revocation(
        of credential: String, by auditor: Int, reason: String = "key-compromise"
    ) throws -> TransactionBody {
        .credentialRevoke(
            try CredentialRevocation(
                credential: credential, issuer: auditors[auditor].issuer, reason: reason))
    }

    /// A bundle of these credentials, whoever signed them.
    func merged(_ node: Person, _ credentials: [Credential]) throws -> Bundle {
        try Bundle.merge(
            credentials, holder: node.did, keyID: node.did,
            id: "00000000-0000-4000-8000-000000000009", at: Instant(seconds: time.seconds),
            key: node.key)
    }
}
